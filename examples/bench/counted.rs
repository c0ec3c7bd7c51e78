//! A network that counts the requests that pass it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use resonate::network::{Network, NetworkError, Traits};
use resonate_core::ProcessId;
use resonate_core::protocol::{Answer, Message, Request};
use resonate_core::registry::BoxFuture;
use tokio::sync::{mpsc, watch};

#[derive(Debug)]
pub struct Counted {
    inner: Arc<dyn Network>,
    requests: AtomicU64,
}

impl Counted {
    pub fn new(inner: Arc<dyn Network>) -> Arc<Self> {
        Arc::new(Self {
            inner,
            requests: AtomicU64::new(0),
        })
    }

    /// Requests so far.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }
}

impl Network for Counted {
    fn call(
        &self,
        requests: Vec<Request>,
    ) -> BoxFuture<'static, Result<Vec<Answer>, NetworkError>> {
        let count = requests.len().try_into().unwrap_or(u64::MAX);
        self.requests.fetch_add(count, Ordering::Relaxed);
        self.inner.call(requests)
    }

    fn attach(
        &self,
        group: String,
        pid: ProcessId,
    ) -> BoxFuture<'static, Result<mpsc::Receiver<Message>, NetworkError>> {
        self.inner.attach(group, pid)
    }

    fn detach(&self) -> BoxFuture<'static, ()> {
        self.inner.detach()
    }

    fn gaps(&self) -> Option<watch::Receiver<u64>> {
        self.inner.gaps()
    }

    fn traits(&self) -> Traits {
        self.inner.traits()
    }

    fn describe(&self) -> String {
        self.inner.describe()
    }

    fn close(&self) -> BoxFuture<'static, ()> {
        self.inner.close()
    }
}
