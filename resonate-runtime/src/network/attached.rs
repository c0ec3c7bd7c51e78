//! The embedded engine of a server, for a client in the server's process.

use std::sync::Arc;

use resonate_core::ProcessId;
use resonate_core::protocol::{Answer, Message, Request};
use resonate_core::registry::BoxFuture;
use tokio::sync::mpsc;

use super::{Embedded, Network, NetworkError, Traits};

/// An engine that outlives the client: closing closes nothing.
#[derive(Debug)]
pub(crate) struct Attached(pub(crate) Arc<Embedded>);

impl Network for Attached {
    fn call(
        &self,
        requests: Vec<Request>,
    ) -> BoxFuture<'static, Result<Vec<Answer>, NetworkError>> {
        self.0.call(requests)
    }

    fn attach(
        &self,
        group: String,
        pid: ProcessId,
    ) -> BoxFuture<'static, Result<mpsc::Receiver<Message>, NetworkError>> {
        self.0.attach(group, pid)
    }

    fn traits(&self) -> Traits {
        self.0.traits()
    }

    fn describe(&self) -> String {
        self.0.describe()
    }

    fn close(&self) -> BoxFuture<'static, ()> {
        Box::pin(std::future::ready(()))
    }
}
