//! Who in this process waits for which promise. Nobody polls: the engine says when one settles.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use resonate_core::PromiseId;
use resonate_core::protocol::{PromiseRecord, RegisterListener, Request, Response};
use tokio::sync::Notify;

use super::core::Core;
use crate::error::{Error, Kind, Result};

/// How often a listener is registered anew, in case the message was lost.
const REFRESH: Duration = Duration::from_secs(60);
/// How soon it is tried again when the engine could not be reached.
const AFTER_FAILURE: Duration = Duration::from_secs(5);

#[derive(Debug, Default)]
pub(crate) struct Listeners {
    awaited: Mutex<BTreeMap<PromiseId, Arc<Awaited>>>,
}

/// A promise that somebody here waits for.
#[derive(Debug, Default)]
struct Awaited {
    record: OnceLock<Arc<PromiseRecord>>,
    changed: Notify,
}

/// One who waits for a promise. With the last one the promise is forgotten here.
pub(crate) struct Watch {
    core: Arc<Core>,
    id: PromiseId,
    awaited: Arc<Awaited>,
}

impl Listeners {
    /// A promise has settled: whoever waits for it goes on.
    pub(crate) fn settled(&self, record: &Arc<PromiseRecord>) {
        if record.state.is_pending() {
            return;
        }
        let awaited = self.awaited().remove(&record.id);
        if let Some(awaited) = awaited {
            // The first record counts; any other is the same.
            let _known = awaited.record.set(Arc::clone(record));
            awaited.changed.notify_waiters();
        }
    }

    /// A turn of this process ended: whoever counted on it asks the engine instead.
    pub(crate) fn poke(&self, id: &PromiseId) {
        if let Some(awaited) = self.awaited().get(id) {
            awaited.changed.notify_waiters();
        }
    }

    /// Every waiter asks the engine again: the stream of messages had a gap.
    pub(crate) fn poke_all(&self) {
        let awaited = self.awaited();
        awaited
            .values()
            .for_each(|awaited| awaited.changed.notify_waiters());
    }

    fn awaited(&self) -> MutexGuard<'_, BTreeMap<PromiseId, Arc<Awaited>>> {
        self.awaited.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watch {
    pub(crate) fn new(core: &Arc<Core>, id: PromiseId) -> Self {
        let awaited = Arc::clone(core.listeners.awaited().entry(id.clone()).or_default());
        Self {
            core: Arc::clone(core),
            id,
            awaited,
        }
    }

    pub(crate) fn id(&self) -> &PromiseId {
        &self.id
    }

    pub(crate) fn core(&self) -> &Arc<Core> {
        &self.core
    }

    /// Whether the settled record is known.
    pub(crate) fn is_settled(&self) -> bool {
        self.awaited.record.get().is_some()
    }

    /// The settled record, as soon as it is known.
    pub(crate) async fn settled(&self) -> Result<Arc<PromiseRecord>> {
        let (core, id) = (&self.core, &self.id);
        let mut waited_long = false;
        loop {
            let changed = self.awaited.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if let Some(record) = self.awaited.record.get() {
                return Ok(Arc::clone(record));
            }
            // A turn of this process tells the result itself; but somebody else may settle the
            // promise under it.
            let mut refresh = REFRESH;
            if waited_long || !core.turns.is_running(id) {
                match ask(core, id).await {
                    Ok(record) if record.state.is_pending() => {}
                    Ok(record) => {
                        core.settled(&record);
                        return Ok(record);
                    }
                    // An outage costs time, not the result: it is asked for again.
                    Err(error) if error.is_unreachable() => {
                        tracing::warn!(%id, %error, "still waiting for a promise");
                        refresh = AFTER_FAILURE;
                    }
                    Err(error) => return Err(error),
                }
            }
            waited_long = tokio::select! {
                () = changed => false,
                () = tokio::time::sleep(refresh) => true,
                () = core.stopping() => {
                    let message = format!("this client was shut down while it waited for `{id}`");
                    return Err(Error::of(Kind::Stopped, message));
                }
            };
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut awaited = self.core.listeners.awaited();
        let known = awaited.get(&self.id);
        // The table's and this one: clones are made under the table's lock only.
        let is_last = Arc::strong_count(&self.awaited) == 2;
        if is_last && known.is_some_and(|known| Arc::ptr_eq(known, &self.awaited)) {
            awaited.remove(&self.id);
        }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Watch").field(&self.id).finish()
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
        Err(error) if error.is_not_found() => Err(Error::no_promise(id, error)),
        Err(error) => Err(error),
    }
}
