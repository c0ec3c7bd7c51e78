//! Clocks that run with the virtual time and can be set wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use resonate::Clock;
use resonate_core::Millis;
use support::world::VirtualClock;

/// A clock that is off by so much.
#[derive(Debug)]
pub(crate) struct SkewedClock {
    right: Arc<VirtualClock>,
    off: AtomicI64,
    /// The latest instant that it told.
    told: AtomicI64,
}

impl SkewedClock {
    pub(crate) fn new(right: &Arc<VirtualClock>, off: i64) -> Self {
        Self {
            right: Arc::clone(right),
            off: AtomicI64::new(off),
            told: AtomicI64::new(0),
        }
    }

    /// Moves it by `millis`.
    pub(crate) fn jump(&self, millis: i64) {
        self.off.fetch_add(millis, Ordering::Relaxed);
    }

    /// The latest instant that it told since it was last forgotten.
    pub(crate) fn told(&self) -> Millis {
        Millis::new(self.told.load(Ordering::Relaxed))
    }

    /// Whoever was told the time is gone.
    pub(crate) fn forget_told(&self) {
        self.told.store(0, Ordering::Relaxed);
    }
}

impl Clock for SkewedClock {
    fn now(&self) -> Millis {
        let now = self.right.now().get() + self.off.load(Ordering::Relaxed);
        self.told.fetch_max(now, Ordering::Relaxed);
        Millis::new(now)
    }
}
