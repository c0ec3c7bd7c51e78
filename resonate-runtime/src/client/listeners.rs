//! Who in this process waits for which promise. Nobody polls: the engine says when one settles.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use resonate_core::PromiseId;
use resonate_core::protocol::{PromiseRecord, RegisterListener, Request, Response};
use tokio::sync::Notify;

use super::core::Core;
use crate::error::{Error, Kind, Result};

/// How often a listener is registered anew, in case the message was lost.
const REFRESH: Duration = Duration::from_secs(60);

#[derive(Debug, Default)]
pub(crate) struct Listeners {
    awaited: Mutex<BTreeMap<PromiseId, Arc<Awaited>>>,
}

/// A promise that somebody here waits for.
#[derive(Debug, Default)]
pub(crate) struct Awaited {
    record: OnceLock<Arc<PromiseRecord>>,
    changed: Notify,
}

impl Awaited {
    pub(crate) fn is_settled(&self) -> bool {
        self.record.get().is_some()
    }
}

impl Listeners {
    pub(crate) fn watch(&self, id: &PromiseId) -> Arc<Awaited> {
        let mut awaited = self.awaited.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(awaited.entry(id.clone()).or_default())
    }

    /// A promise has settled: whoever waits for it goes on.
    pub(crate) fn settled(&self, record: &Arc<PromiseRecord>) {
        if record.state.is_pending() {
            return;
        }
        let awaited = self
            .awaited
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&record.id);
        if let Some(awaited) = awaited {
            // The first record counts; any other is the same.
            let _known = awaited.record.set(Arc::clone(record));
            awaited.changed.notify_waiters();
        }
    }

    /// A turn of this process ended: whoever counted on it asks the engine instead.
    pub(crate) fn poke(&self, id: &PromiseId) {
        let awaited = self.awaited.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(awaited) = awaited.get(id) {
            awaited.changed.notify_waiters();
        }
    }

    /// Every waiter asks the engine again: the stream of messages had a gap.
    pub(crate) fn poke_all(&self) {
        let awaited = self.awaited.lock().unwrap_or_else(PoisonError::into_inner);
        awaited
            .values()
            .for_each(|awaited| awaited.changed.notify_waiters());
    }

    /// Forgets a promise that nobody waits for any more.
    fn release(&self, id: &PromiseId, awaited: Arc<Awaited>) {
        let mut all = self.awaited.lock().unwrap_or_else(PoisonError::into_inner);
        drop(awaited);
        if all
            .get(id)
            .is_some_and(|known| Arc::strong_count(known) == 1)
        {
            all.remove(id);
        }
    }
}

/// The settled record of a promise, as soon as it is known.
pub(super) async fn wait_for(core: &Arc<Core>, id: PromiseId) -> Result<Arc<PromiseRecord>> {
    let awaited = core.listeners.watch(&id);
    let result = wait(core, &id, &awaited).await;
    core.listeners.release(&id, awaited);
    result
}

async fn wait(core: &Arc<Core>, id: &PromiseId, awaited: &Awaited) -> Result<Arc<PromiseRecord>> {
    loop {
        let changed = awaited.changed.notified();
        tokio::pin!(changed);
        changed.as_mut().enable();
        if let Some(record) = awaited.record.get() {
            return Ok(Arc::clone(record));
        }
        // A turn of this process tells the result itself.
        if !core.turns.is_running(id) {
            let record = ask(core, id).await?;
            if !record.state.is_pending() {
                core.listeners.settled(&record);
                return Ok(record);
            }
        }
        tokio::select! {
            biased;
            () = changed => {}
            () = tokio::time::sleep(REFRESH) => {}
            () = core.stopping() => {
                let message = format!("this client was shut down while it waited for `{id}`");
                return Err(Error::of(Kind::Stopped, message));
            }
        }
    }
}

/// Asks to be told; the promise as it is now.
async fn ask(core: &Core, id: &PromiseId) -> Result<Arc<PromiseRecord>> {
    let listener = RegisterListener {
        awaited: id.clone(),
        address: core.own_address(),
    };
    match core.ask(Request::RegisterListener(listener)).await {
        Ok(Response::Promise(record)) => Ok(record),
        Ok(_) => Err(Error::of(
            Kind::Refused,
            "the answer does not belong to the request",
        )),
        Err(error) if error.is_not_found() => {
            let message = format!("there is no promise `{id}`");
            Err(Error::of(Kind::NotFound, message).because(error))
        }
        Err(error) => Err(error),
    }
}
