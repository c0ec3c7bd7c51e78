//! The engine as an HTTP server: for development, tests and single machines.

mod auth;
mod body;
mod builder;
mod cors;
mod guard;
mod limits;
mod listen;
mod poll;
mod push;
mod rpc;
mod service;

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;
use tokio::task::JoinHandle;

#[cfg(feature = "jwt")]
pub use auth::PublicKey;
pub use builder::ServerBuilder;
pub use limits::Limits;

use crate::client::Builder;
use crate::clock::Clock;
use crate::network::{Embedded, Network};

/// What the ids of processes begin with that are attached in the server's own process: they die
/// with it, so that their leases need not be waited for.
const IN_PROCESS: &str = "in-process-";

/// A durable engine that clients and workers of any language reach over HTTP.
///
/// It serves from [`ServerBuilder::start`] on, and ends with [`Server::shutdown`] or when it is
/// dropped.
///
/// ```
/// use resonate::Server;
///
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let server = Server::builder().memory().bind(([127, 0, 0, 1], 0)).start().await?;
/// assert!(server.url().starts_with("http://127.0.0.1:"));
/// server.shutdown().await;
/// # Ok::<(), resonate::Error>(()) }).unwrap();
/// ```
pub struct Server {
    url: String,
    address: SocketAddr,
    engine: Arc<Embedded>,
    clock: Arc<dyn Clock>,
    stop: watch::Sender<bool>,
    /// The one that serves, and the one that pushes messages.
    tasks: Mutex<Option<(JoinHandle<()>, JoinHandle<()>)>>,
}

impl Server {
    /// Everything that can be set.
    pub fn builder() -> ServerBuilder {
        ServerBuilder::default()
    }

    /// Where this machine reaches it: `http://127.0.0.1:8001`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A client and worker in this process, to be set up further. It speaks to the engine
    /// directly; [`Resonate::shutdown`](crate::Resonate::shutdown) ends the client, not the server.
    ///
    /// Without a [`pid`](Builder::pid) of its own its work is taken up at once when the process
    /// starts again; with one, when its leases have lapsed.
    pub fn client(&self) -> Builder {
        Builder::default()
            .network(self.engine.clone())
            .clock(Arc::clone(&self.clock))
            .pid_prefix(IN_PROCESS)
    }

    /// Ends in good order: no new connections, message streams end, requests under way are
    /// answered, then the store is closed. Clients of this process are to be shut down before.
    pub async fn shutdown(&self) {
        self.stop.send_replace(true);
        let tasks = self
            .tasks
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some((serving, pusher)) = tasks {
            // A panic there was its own; there is nothing left to end.
            let _ended = serving.await;
            self.engine.close().await;
            pusher.abort();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        let tasks = self
            .tasks
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some((_serving, pusher)) = tasks {
            pusher.abort();
        }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}
