//! A clock that is nothing but the runtime's: with paused time every instant repeats.

use std::time::Duration;

use resonate::Clock;
use resonate_core::Millis;
use tokio::time::Instant;

/// The runtime's time, from a fixed beginning.
#[derive(Debug)]
pub struct VirtualClock {
    started: Instant,
    from: Millis,
}

impl VirtualClock {
    /// When every world begins.
    pub const BEGINNING: Millis = Millis::new(1_000_000_000_000);

    /// A clock that starts now.
    #[must_use]
    pub fn start() -> Self {
        Self::starting_at(Self::BEGINNING)
    }

    /// A clock that starts now, and reads this.
    #[must_use]
    pub fn starting_at(from: Millis) -> Self {
        Self {
            started: Instant::now(),
            from,
        }
    }

    /// Time since the start.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Millis {
        let whole = u64::try_from(self.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.from.after(Duration::from_millis(whole))
    }
}
