//! How far a client is on its way out, and who waits for that.

use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

/// How far a client is on its way out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    #[default]
    Serving,
    Draining,
    Stopping,
    Ended,
}

/// The phases of one client. Those who wait are woken in the order in which they began to, so
/// that a simulation repeats.
#[derive(Debug, Default)]
pub(crate) struct Life {
    phase: Mutex<Phase>,
    moved: Notify,
}

impl Life {
    pub(crate) fn phase(&self) -> Phase {
        *self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Goes on to this phase; never back.
    pub(crate) fn advance(&self, to: Phase) {
        let mut phase = self.phase.lock().unwrap_or_else(PoisonError::into_inner);
        *phase = to.max(*phase);
        drop(phase);
        self.moved.notify_waiters();
    }

    /// Ends once this phase is reached.
    pub(crate) async fn reached(&self, phase: Phase) {
        loop {
            let moved = self.moved.notified();
            tokio::pin!(moved);
            moved.as_mut().enable();
            if self.phase() >= phase {
                return;
            }
            moved.await;
        }
    }
}
