//! The time of a replay: it stands still, but for waits that are skipped.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use resonate_core::Millis;

use crate::clock::Clock;

/// A clock that goes on only when a wait is skipped.
#[derive(Debug)]
pub(crate) struct ReplayClock(AtomicI64);

impl ReplayClock {
    /// A clock that stands at `now`.
    pub(super) fn at(now: Millis) -> Self {
        Self(AtomicI64::new(now.get()))
    }

    /// Goes on by `wait`; what is left to wait for.
    pub(crate) fn skip(&self, wait: Duration) -> Duration {
        self.0
            .store(self.now().after(wait).get(), Ordering::Relaxed);
        Duration::ZERO
    }
}

impl Clock for ReplayClock {
    fn now(&self) -> Millis {
        Millis::new(self.0.load(Ordering::Relaxed))
    }
}
