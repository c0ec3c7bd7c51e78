//! The server that a test runs against: this crate's own, or the one that is asked for.

use std::time::Duration;

use resonate::Server;
use resonate_core::engine::Config;

/// Names the server to test against, instead of our own.
const URL: &str = "RESONATE_TEST_URL";

/// A server for one test.
#[derive(Debug)]
pub struct TestServer {
    url: String,
    /// Kept alive for the test; a server that somebody else runs is left alone.
    ours: Option<Server>,
}

impl TestServer {
    /// Our own server in this process, on a free port, in memory and in debug mode; or the one at
    /// `RESONATE_TEST_URL`.
    ///
    /// # Panics
    /// When it cannot be started.
    pub async fn start() -> Self {
        match std::env::var(URL) {
            Ok(url) => Self { url, ours: None },
            Err(_) => Self::ours().await,
        }
    }

    /// Our own server, whatever is asked for.
    ///
    /// # Panics
    /// As [`start`](Self::start).
    pub async fn ours() -> Self {
        let server = Server::builder()
            .memory()
            .debug(true)
            .bind(([127, 0, 0, 1], 0))
            .engine(Config {
                // Work that was offered to a program which has just been killed, or is not up
                // yet, is offered again soon.
                retry_every: Duration::from_secs(1),
                ..Config::default()
            })
            .start()
            .await
            .expect("a server in memory on a free port starts");
        Self {
            url: server.url().to_owned(),
            ours: Some(server),
        }
    }

    /// Whether its clock is this test's to set.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        self.ours.is_some()
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}
