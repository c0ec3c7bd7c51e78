//! The only reader of the system's clock.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use resonate_core::Millis;
use tokio::time::Instant;

use crate::network::Network;

/// Where a client reads the time. Only the engine's clock decides when deadlines come. A client
/// plans them by the engine's time too, as far as it knows how that differs from its own clock.
pub trait Clock: Send + Sync + fmt::Debug + 'static {
    /// The time now.
    fn now(&self) -> Millis;
}

/// The wall clock, kept from going back: it follows the runtime's timers where they are ahead,
/// so that a test with paused time sees time pass.
#[derive(Debug)]
pub struct SystemClock {
    started: Instant,
    started_at: Millis,
}

impl SystemClock {
    /// A clock that starts now.
    #[must_use]
    pub fn start() -> Self {
        Self {
            started: Instant::now(),
            started_at: wall(),
        }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Millis {
        wall().max(self.started_at.after(self.started.elapsed()))
    }
}

/// The engine's time, by a process's own clock and what its network knows of the difference.
#[derive(Debug)]
pub(crate) struct EngineTime {
    pub(crate) own: Arc<dyn Clock>,
    pub(crate) network: Arc<dyn Network>,
}

impl Clock for EngineTime {
    fn now(&self) -> Millis {
        self.network.now(self.own.now())
    }
}

fn wall() -> Millis {
    let since = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    Millis::new(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
