//! How requests reach an engine and messages come back. Networks carry; they judge nothing.

mod debug;
mod embedded;
mod error;
#[cfg(feature = "http")]
mod http;
mod hub;
mod machine;
mod share;

use std::fmt;

use resonate_core::ProcessId;
use resonate_core::protocol::{Answer, Message, Request};
use resonate_core::registry::BoxFuture;
use tokio::sync::{mpsc, watch};

pub use embedded::Embedded;
pub(crate) use embedded::Host;
pub use error::{NetworkError, NetworkErrorKind};
#[cfg(feature = "http")]
pub(crate) use http::Backoff;
#[cfg(feature = "http")]
pub use http::{Http, HttpOptions};
#[cfg(feature = "http")]
pub(crate) use hub::{Hearing, Hub};
pub use resonate_core::engine::Config as EngineConfig;
pub use resonate_core::protocol;

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

    /// Takes no more messages: this process is on its way out, and what is offered to it is better
    /// offered to others.
    fn detach(&self) -> BoxFuture<'static, ()> {
        Box::pin(std::future::ready(()))
    }

    /// Counts the gaps in the streams of messages: after each, messages may have been lost, and
    /// whoever waits for one asks again. None when there are never any.
    fn gaps(&self) -> Option<watch::Receiver<u64>> {
        None
    }

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
    /// wait for its result.
    pub atomic: bool,
    /// Deadlines of promises without a target are kept by the engine itself. Where that is not
    /// certain, a worker looks at the timers that its suspended executions wait for when they
    /// are due.
    pub timers_fire: bool,
    /// Of how many recorded promises a preload holds every one: a longer one may be cut short.
    pub preload_max: usize,
    /// The engine is in another process, which lets a lease run out however busy this one is: so
    /// leases are kept on a thread of their own, where no function holds them up.
    pub elsewhere: bool,
}
