//! The time of an engine in this process: its clock's, and never earlier than it was.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use resonate_core::Millis;
use tokio::time::Instant;

use crate::clock::Clock;

/// How far the engine may be ahead of the clock before that is worth a word.
const WORTH_A_WORD: Duration = Duration::from_secs(60);

/// The engine's time.
///
/// A clock that was ahead once, and was set right, does not take the engine back: what it kept
/// would lie in the future. Its time goes on from where it was, a thousandth slower than real
/// time, until the clock has caught up. So nothing stands still meanwhile.
#[derive(Debug)]
pub(crate) struct Pace {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// An instant of the engine, and when that was.
    from: (Millis, Instant),
    told: bool,
}

impl Pace {
    /// The time of an engine that was at `kept` when its store was last open.
    pub(super) fn new(clock: Arc<dyn Clock>, kept: Millis) -> Self {
        let state = State {
            from: (kept, Instant::now()),
            told: false,
        };
        Self {
            clock,
            state: Mutex::new(state),
        }
    }

    /// The engine's time now.
    pub(crate) fn now(&self) -> Millis {
        let clock = self.clock.now();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, seen) = state.from;
        let passed = seen.elapsed().mul_f64(0.999).as_millis();
        let passed = Duration::from_millis(u64::try_from(passed).unwrap_or(u64::MAX));
        let running = at.after(passed);
        if running <= clock {
            state.from = (clock, Instant::now());
            state.told = false;
            return clock;
        }
        let ahead = clock.until(running);
        if ahead >= WORTH_A_WORD && !std::mem::replace(&mut state.told, true) {
            tracing::warn!(
                engine = running.get(),
                clock = clock.get(),
                ?ahead,
                "the engine's time is ahead of this machine's clock, which was wrong once or is now. Nothing stands still, but instants and schedules come early by as much. To set a file back, close it and run `UPDATE clock SET now = 0` on it",
            );
        }
        running
    }
}
