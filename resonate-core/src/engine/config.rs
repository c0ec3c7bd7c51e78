//! The engine's bounds.

use std::time::Duration;

/// How patient the engine is, and how much it does or sends at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// How long after an offer a task that nobody claimed is offered again (R of protocol §3.5);
    /// at least a millisecond.
    pub retry_every: Duration,
    /// How many recorded promises of a branch travel with `task.create`, `task.acquire` and a
    /// redirected `task.suspend`.
    pub acquire_preload_max: usize,
    /// How many travel with `task.fence`. None by default: a workflow would otherwise receive
    /// its whole history with each step.
    pub fence_preload_max: usize,
    /// How many due things one [`tick`](super::Engine::tick) acts on; at least one.
    pub batch_max: usize,
    /// How long a finished execution is kept: its root promise and everything of its origin. It is
    /// then deleted as if it had never been, so that its id may be used again. `None`, the default,
    /// keeps everything.
    ///
    /// It has finished when its last promise is settled, or past a deadline that nobody has to act
    /// on. What a task of another execution has been woken for and not taken yet is kept as well.
    /// An execution that joins another one by its id has to finish within the retention of that
    /// one: a replay after it would start that one anew.
    pub retain: Option<Duration>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            retry_every: Duration::from_secs(30),
            acquire_preload_max: 10_000,
            fence_preload_max: 0,
            batch_max: 256,
            retain: None,
        }
    }
}

impl Config {
    /// The same, with what must be positive raised to its least value: work that is due at once
    /// again, or in batches of nothing, would never end.
    pub(super) fn bounded(self) -> Self {
        Self {
            retry_every: self.retry_every.max(Duration::from_millis(1)),
            batch_max: self.batch_max.max(1),
            ..self
        }
    }
}
