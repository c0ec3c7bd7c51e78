//! Servers to test: our own, started here, or one that runs somewhere.
#![expect(clippy::print_stdout, reason = "the report on a server, case by case")]

use std::net::{SocketAddr, ToSocketAddrs};

use resonate::Server;
use resonate::server::ServerBuilder;
use tokio::runtime::Runtime;

use super::Client;

/// Our own server, with a runtime of its own.
#[derive(Debug)]
pub struct TestServer {
    server: Server,
    runtime: Runtime,
}

impl TestServer {
    /// Starts one, in memory and in debug mode unless the builder says otherwise.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start(set: impl FnOnce(ServerBuilder) -> ServerBuilder) -> Self {
        Self::try_start(set).expect("the server starts")
    }

    /// The same.
    ///
    /// # Errors
    /// When it does not start.
    ///
    /// # Panics
    /// When there are no threads.
    pub fn try_start(set: impl FnOnce(ServerBuilder) -> ServerBuilder) -> resonate::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("there are threads");
        let builder = set(Server::builder().bind(([127, 0, 0, 1], 0)).debug(true));
        let server = runtime.block_on(builder.start())?;
        Ok(Self { server, runtime })
    }

    /// The server.
    #[must_use]
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// Runs something on the server's runtime.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    /// A client of it.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::new(self.server.url())
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Ends it in good order.
    pub fn shutdown(self) {
        self.runtime.block_on(self.server.shutdown());
    }
}

/// The server that a conformance test speaks to: the one that `RESONATE_TEST_URL` names, or else
/// our own.
#[derive(Debug)]
pub struct Target {
    /// Where it is.
    pub url: String,
    own: Option<TestServer>,
}

impl Target {
    /// The server.
    #[must_use]
    pub fn find() -> Self {
        match foreign() {
            Some(url) => Self { url, own: None },
            None => {
                let own = TestServer::start(ServerBuilder::memory);
                let url = own.server().url().to_owned();
                Self {
                    url,
                    own: Some(own),
                }
            }
        }
    }

    /// A client of it.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::new(&self.url)
    }

    /// Whether it is our own.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.own.is_some()
    }

    /// Where it listens.
    ///
    /// # Panics
    /// When the URL names no host that is known here.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        let host = self.url.trim_start_matches("http://").trim_end_matches('/');
        let addresses = host.to_socket_addrs();
        let address = addresses.ok().and_then(|mut addresses| addresses.next());
        address.expect("the URL is http://host:port")
    }
}

/// A numbered case of the protocol while it is played: its end says in the report how it went.
#[derive(Debug)]
#[must_use = "it lasts as long as the case"]
pub struct Case(&'static str);

impl Case {
    /// Begins a case, or several that one test plays.
    pub const fn begin(numbers: &'static str) -> Self {
        Self(numbers)
    }

    /// Begins one for which a server has to be set up in a way, as only our own can be here.
    #[must_use]
    pub fn on_ours(numbers: &'static str, way: &str) -> Option<Self> {
        if foreign().is_some() {
            Self::not_played(numbers, way);
            return None;
        }
        Some(Self(numbers))
    }

    /// Says that a case is left out, and why.
    pub fn not_played(numbers: &str, why: &str) {
        println!("case {numbers}: not played, {why}");
    }
}

impl Drop for Case {
    fn drop(&mut self) {
        let how = if std::thread::panicking() {
            "not as expected, see below"
        } else {
            "as expected"
        };
        println!("case {}: {how}", self.0);
    }
}

/// The server that `RESONATE_TEST_URL` names.
#[must_use]
pub fn foreign() -> Option<String> {
    std::env::var("RESONATE_TEST_URL").ok()
}

/// An id that no test used before.
#[must_use]
pub fn unique(name: &str) -> String {
    use std::hash::{BuildHasher, RandomState};

    format!("{name}-{:016x}", RandomState::new().hash_one(name))
}
