//! Suspended executions that are kept as they stand, so that they go on without a replay: so many
//! at most, for so long at most, the one that waits longest out first.
//!
//! Nothing depends on what is here: an execution that is not found is replayed.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use resonate_core::{Millis, PromiseId};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::drive::Parked;
use super::leaf::panic_text;

/// The longest time that any is kept, within what the runtime's clock can tell: a century.
const IDLE_MAX: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// The suspended executions that this process keeps.
pub(crate) struct Warm {
    /// How many.
    limit: usize,
    /// For how long each.
    idle: Duration,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    kept: HashMap<PromiseId, Kept>,
    /// When each is let go of, and in which order.
    queue: BTreeMap<Place, PromiseId>,
    /// How many were kept so far.
    count: u64,
    /// Nothing is kept any more.
    closed: bool,
}

/// When an execution is let go of; the number tells apart those of one instant.
type Place = (Instant, u64);

struct Kept {
    parked: Box<Parked>,
    place: Place,
}

impl Warm {
    pub(crate) fn new(limit: usize, idle: Duration) -> Self {
        Self {
            limit,
            idle,
            state: Mutex::default(),
            changed: Notify::new(),
        }
    }

    /// Whether anything is ever kept.
    pub(crate) fn is_on(&self) -> bool {
        self.limit > 0 && !self.idle.is_zero()
    }

    /// Keeps an execution that is suspended; `now` is the time by which its deadline counts.
    pub(super) fn keep(&self, parked: Parked, now: Millis) {
        let idle = self.idle.min(now.until(parked.deadline()));
        let until = Instant::now() + idle.min(IDLE_MAX);
        let mut state = self.state();
        let mut let_go = Vec::new();
        if state.closed {
            let_go.push(parked);
        } else {
            let_go.extend(state.remove(parked.id()));
            state.insert(parked, until);
            let over = state.kept.len().saturating_sub(self.limit);
            let_go.extend((0..over).filter_map(|_| state.pop()));
        }
        let is_next = state.queue.keys().next().map(|(at, _)| *at) == Some(until);
        drop(state);
        if is_next {
            self.changed.notify_one();
        }
        let_go.into_iter().for_each(discard);
    }

    /// The execution, if it is kept.
    pub(super) fn take(&self, id: &PromiseId) -> Option<Parked> {
        self.state().remove(id)
    }

    /// The execution will not go on.
    pub(crate) fn forget(&self, id: &PromiseId) {
        let parked = self.state().remove(id);
        parked.into_iter().for_each(discard);
    }

    /// Lets go of everything, and keeps nothing from now on.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        state.queue.clear();
        let kept = std::mem::take(&mut state.kept);
        drop(state);
        kept.into_values().for_each(|kept| discard(*kept.parked));
    }

    /// Lets go of what has waited for too long, until it is dropped.
    pub(crate) async fn watch(&self) {
        loop {
            let next = self.state().queue.keys().next().map(|(at, _)| *at);
            let Some(next) = next else {
                self.changed.notified().await;
                continue;
            };
            tokio::select! {
                biased;
                () = tokio::time::sleep_until(next) => {
                    while let Some(parked) = self.pop_due() {
                        discard(parked);
                    }
                }
                () = self.changed.notified() => {}
            }
        }
    }

    fn pop_due(&self) -> Option<Parked> {
        let now = Instant::now();
        let mut state = self.state();
        let is_due = state.queue.keys().next().is_some_and(|(at, _)| *at <= now);
        if is_due { state.pop() } else { None }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn insert(&mut self, parked: Parked, until: Instant) {
        self.count += 1;
        let (id, place) = (parked.id().clone(), (until, self.count));
        self.queue.insert(place, id.clone());
        let parked = Box::new(parked);
        self.kept.insert(id, Kept { parked, place });
    }

    fn remove(&mut self, id: &PromiseId) -> Option<Parked> {
        let Kept { parked, place } = self.kept.remove(id)?;
        self.queue.remove(&place);
        Some(*parked)
    }

    fn pop(&mut self) -> Option<Parked> {
        let (_, id) = self.queue.pop_first()?;
        self.kept.remove(&id).map(|kept| *kept.parked)
    }
}

/// Drops an execution. What the user's code does then is nobody else's misfortune.
pub(super) fn discard(parked: Parked) {
    let id = parked.id().clone();
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| drop(parked))) {
        let panic = panic_text(&*panic);
        tracing::error!(%id, panic, "a workflow panicked when it was dropped; it goes on from its records");
    }
}

impl fmt::Debug for Warm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Warm")
            .field("kept", &self.state().kept.len())
            .field("limit", &self.limit)
            .field("idle", &self.idle)
            .finish_non_exhaustive()
    }
}
