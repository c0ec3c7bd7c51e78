//! A promise that a client waits for, from outside any function.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context as TaskContext, Poll, Waker};

use resonate_core::execution::Recording;
use resonate_core::payload::Codec;
use resonate_core::protocol::{PromiseRecord, PromiseSettle, Request, Response, Settlement};
use resonate_core::registry::BoxFuture;
use resonate_core::{PromiseId, Value};
use tokio::sync::oneshot;

use super::core::Core;
use super::listeners::Watch;
use crate::error::{Error, Kind, Result};

type Settled = Result<Arc<PromiseRecord>>;

/// A promise that a client waits for.
pub(crate) struct Waiting {
    watch: Arc<Watch>,
    state: Mutex<State>,
}

enum State {
    Waits(BoxFuture<'static, Settled>),
    /// The result came when somebody asked whether it was there.
    Came(Settled),
    HandedOut,
}

impl Waiting {
    /// Waits for a promise that exists.
    pub(crate) fn existing(core: &Arc<Core>, id: PromiseId) -> Self {
        Self::new(core, id, |watch| {
            Box::pin(async move { watch.settled().await })
        })
    }

    /// Waits for a promise that is being created, after it is.
    pub(crate) fn begun(
        core: &Arc<Core>,
        id: PromiseId,
        begun: oneshot::Receiver<Result<()>>,
    ) -> Self {
        Self::new(core, id, |watch| {
            Box::pin(async move {
                let stopped = |_| Error::of(Kind::Stopped, "this client was shut down");
                begun.await.map_err(stopped)??;
                watch.settled().await
            })
        })
    }

    /// Nothing to wait for: what was asked for cannot be.
    pub(crate) fn refused(core: &Arc<Core>, id: PromiseId, error: Error) -> Self {
        Self::new(core, id, |_| Box::pin(std::future::ready(Err(error))))
    }

    fn new(
        core: &Arc<Core>,
        id: PromiseId,
        future: impl FnOnce(Arc<Watch>) -> BoxFuture<'static, Settled>,
    ) -> Self {
        let watch = Arc::new(Watch::new(core, id));
        let state = Mutex::new(State::Waits(future(Arc::clone(&watch))));
        Self { watch, state }
    }

    pub(crate) fn id(&self) -> &str {
        self.watch.id().as_str()
    }

    pub(crate) fn codec(&self) -> &dyn Codec {
        &*self.watch.core().codec
    }

    /// Whether the result is there. Asking is what makes a handle listen that nobody awaits.
    pub(crate) fn is_done(&self) -> bool {
        if self.watch.is_settled() {
            return true;
        }
        // Waiting takes timers, which take a runtime.
        if tokio::runtime::Handle::try_current().is_err() {
            return false;
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let State::Waits(future) = &mut *state {
            let mut cx = TaskContext::from_waker(Waker::noop());
            if let Poll::Ready(settled) = future.as_mut().poll(&mut cx) {
                *state = State::Came(settled);
            }
        }
        match &*state {
            State::Waits(_) => false,
            State::Came(_) | State::HandedOut => true,
        }
    }

    pub(crate) fn poll_settled(&mut self, cx: &mut TaskContext<'_>) -> Poll<Settled> {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let State::Waits(future) = state {
            let settled = std::task::ready!(Future::poll(future.as_mut(), cx));
            *state = State::Came(settled);
        }
        Poll::Ready(match std::mem::replace(state, State::HandedOut) {
            State::Came(settled) => settled,
            State::Waits(_) | State::HandedOut => Err(Error::handed_out()),
        })
    }

    pub(crate) async fn export(&self) -> Result<Recording> {
        self.watch.core().export(self.watch.id().clone()).await
    }

    pub(crate) async fn cancel(&self) -> Result<()> {
        let core = self.watch.core();
        let settle = PromiseSettle {
            id: self.watch.id().clone(),
            state: Settlement::RejectedCanceled,
            value: Value::default(),
        };
        let answer = core.ask(Request::PromiseSettle(settle)).await?;
        if let Response::Promise(record) = &answer {
            core.settled(record);
        }
        Ok(())
    }
}

impl fmt::Debug for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiting")
            .field("id", self.watch.id())
            .finish_non_exhaustive()
    }
}
