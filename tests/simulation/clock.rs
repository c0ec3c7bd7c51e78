//! Clocks that run with the virtual time and can be set wrong.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use resonate::Clock;
use resonate_core::Millis;
use support::world::VirtualClock;
use tokio::time::Instant;

/// A clock that is off by so much.
#[derive(Debug)]
pub(crate) struct SkewedClock {
    right: Arc<VirtualClock>,
    off: AtomicI64,
    paced: Mutex<Paced>,
}

/// The time of an engine that lives by the clock: it is never earlier than it was. Where the
/// clock goes back, the engine's time runs on, a thousandth slower, until the clock is there.
#[derive(Debug)]
struct Paced {
    /// Where an engine begins that asks next.
    kept: Millis,
    from: Option<(Millis, Instant)>,
    told: Millis,
}

impl SkewedClock {
    pub(crate) fn new(right: &Arc<VirtualClock>, off: i64) -> Self {
        Self {
            right: Arc::clone(right),
            off: AtomicI64::new(off),
            paced: Mutex::new(Paced {
                kept: Millis::ZERO,
                from: None,
                told: Millis::ZERO,
            }),
        }
    }

    /// Moves it by `millis`.
    pub(crate) fn jump(&self, millis: i64) {
        self.off.fetch_add(millis, Ordering::Relaxed);
    }

    /// The engine's time when it last asked.
    pub(crate) fn told(&self) -> Millis {
        self.paced.lock().unwrap().told
    }

    /// The engine is gone; the next one begins at what is kept.
    pub(crate) fn forget_told(&self, kept: Millis) {
        *self.paced.lock().unwrap() = Paced {
            kept,
            from: None,
            told: kept,
        };
    }
}

impl Clock for SkewedClock {
    fn now(&self) -> Millis {
        let now = self.right.now().get() + self.off.load(Ordering::Relaxed);
        let now = Millis::new(now);
        let mut paced = self.paced.lock().unwrap();
        let kept = paced.kept;
        let (at, seen) = *paced.from.get_or_insert_with(|| (kept, Instant::now()));
        let passed = seen.elapsed().mul_f64(0.999).as_millis();
        let running = at.get() + i64::try_from(passed).unwrap();
        if running <= now.get() {
            paced.from = Some((now, Instant::now()));
        }
        paced.told = now.max(Millis::new(running));
        now
    }
}
