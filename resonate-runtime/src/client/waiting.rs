//! A promise that a client waits for, from outside any function.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context as TaskContext, Poll};

use resonate_core::payload::Codec;
use resonate_core::protocol::{PromiseRecord, PromiseSettle, Request, Settlement};
use resonate_core::registry::BoxFuture;
use resonate_core::{PromiseId, Value};
use tokio::sync::oneshot;

use super::core::Core;
use super::listeners::Awaited;
use crate::error::{Error, Kind, Result};

/// A promise that a client waits for.
pub(crate) struct Waiting {
    core: Arc<Core>,
    id: PromiseId,
    awaited: Arc<Awaited>,
    /// Locked by nobody: the lock makes handles shareable, so that a future may hold a borrowed
    /// one across an await.
    future: Mutex<Option<BoxFuture<'static, Result<Arc<PromiseRecord>>>>>,
}

impl Waiting {
    /// Waits for a promise that exists.
    pub(crate) fn existing(core: &Arc<Core>, id: PromiseId) -> Self {
        let (waiter, awaited_id) = (Arc::clone(core), id.clone());
        Self::new(
            core,
            id,
            Box::pin(async move { waiter.wait_for(awaited_id).await }),
        )
    }

    /// Waits for a promise that is being created, after it is.
    pub(crate) fn begun(
        core: &Arc<Core>,
        id: PromiseId,
        begun: oneshot::Receiver<Result<()>>,
    ) -> Self {
        let (waiter, awaited_id) = (Arc::clone(core), id.clone());
        let future = Box::pin(async move {
            let stopped = |_| Error::of(Kind::Stopped, "this client was shut down");
            begun.await.map_err(stopped)??;
            waiter.wait_for(awaited_id).await
        });
        Self::new(core, id, future)
    }

    /// Nothing to wait for: what was asked for cannot be.
    pub(crate) fn refused(core: &Arc<Core>, id: PromiseId, error: Error) -> Self {
        Self::new(core, id, Box::pin(std::future::ready(Err(error))))
    }

    fn new(
        core: &Arc<Core>,
        id: PromiseId,
        future: BoxFuture<'static, Result<Arc<PromiseRecord>>>,
    ) -> Self {
        let awaited = core.listeners.watch(&id);
        Self {
            core: Arc::clone(core),
            id,
            awaited,
            future: Mutex::new(Some(future)),
        }
    }

    pub(crate) fn id(&self) -> &str {
        self.id.as_str()
    }

    pub(crate) fn codec(&self) -> &dyn Codec {
        &*self.core.codec
    }

    pub(crate) fn is_done(&self) -> bool {
        self.awaited.is_settled()
    }

    pub(crate) fn poll_settled(
        &mut self,
        cx: &mut TaskContext<'_>,
    ) -> Poll<Result<Arc<PromiseRecord>>> {
        let slot = self
            .future
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        let Some(future) = slot else {
            return Poll::Ready(Err(Error::of(
                Kind::Config,
                "this handle gave its result already",
            )));
        };
        let result = std::task::ready!(Future::poll(future.as_mut(), cx));
        *slot = None;
        Poll::Ready(result)
    }

    pub(crate) async fn cancel(&self) -> Result<()> {
        let settle = PromiseSettle {
            id: self.id.clone(),
            state: Settlement::RejectedCanceled,
            value: Value::default(),
        };
        self.core
            .ask(Request::PromiseSettle(settle))
            .await
            .map(|_| ())
    }
}

impl fmt::Debug for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiting")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
