//! How requests reach an engine and messages come back. Networks carry; they judge nothing.

mod embedded;
mod hub;
mod share;

use std::fmt;

use resonate_core::ProcessId;
use resonate_core::protocol::{Answer, Message, Request};
use resonate_core::registry::BoxFuture;
use tokio::sync::mpsc;

pub use embedded::Embedded;
pub(crate) use embedded::Host;
pub use resonate_core::engine::Config as EngineConfig;

/// A way to an engine: in this process, or over a wire.
///
/// Implement it to put something between a client and its engine, such as a test that loses
/// answers.
pub trait Network: Send + Sync + fmt::Debug + 'static {
    /// Makes the requests, in this order, and answers each. Where [`Traits::atomic`] holds they
    /// are kept by one commit.
    fn call(&self, requests: Vec<Request>)
    -> BoxFuture<'static, Result<Vec<Answer>, NetworkError>>;

    /// Opens the stream of messages for a process of a group. It is open when this returns.
    fn attach(
        &self,
        group: String,
        pid: ProcessId,
    ) -> BoxFuture<'static, Result<mpsc::Receiver<Message>, NetworkError>>;

    /// What it can do.
    fn traits(&self) -> Traits;

    /// One line for the start-up log.
    fn describe(&self) -> String;

    /// Finishes what is under way and closes. Calls fail afterwards.
    fn close(&self) -> BoxFuture<'static, ()>;
}

/// What a network can do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traits {
    /// The requests of one call are kept by one commit, so that the record of a local step may
    /// wait for its result. Preloads are complete then, too.
    pub atomic: bool,
}

/// A request that got no answer. Whether it had an effect is unknown.
#[derive(Debug)]
pub struct NetworkError {
    message: String,
    permanent: bool,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl NetworkError {
    /// A request that may be made again later.
    #[must_use]
    pub fn transient(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            permanent: false,
            source: None,
        }
    }

    /// A request that cannot succeed over this connection any more.
    #[must_use]
    pub fn permanent(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            permanent: true,
            source: None,
        }
    }

    /// The same error, with its cause.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Whether making the request again is pointless.
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        self.permanent
    }
}

impl fmt::Display for NetworkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for NetworkError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
