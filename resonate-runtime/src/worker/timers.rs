//! Deadlines that suspended executions wait for, where the engine may not keep them by itself.
//!
//! Some servers settle a promise without a target only when somebody looks at it (protocol
//! §3.4). So the worker that suspended on one looks at it when it is due: that settles it there,
//! and the execution is offered again. Where the server is quicker, nothing is looked at.
//!
//! What is remembered here ends with the process. Timers fire all the same: on the servers that
//! need it they carry a target, which makes the server keep their deadline. But there the
//! deadline of a `ctx.promise()` whose worker died comes only when somebody reads that promise,
//! and with the deadline of the execution that waits for it at the latest.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use resonate_core::protocol::{PromiseGet, PromiseRecord, Request, Response};
use resonate_core::{Millis, PromiseId};
use tokio::sync::Notify;

use crate::client::Core;

/// How long a server may take to say by itself that a deadline has come.
const GRACE: Duration = Duration::from_millis(250);
/// Waits before a promise is looked at again that should be settled and is not: the server's
/// clock may be behind.
const AGAIN_FIRST: Duration = Duration::from_millis(500);
const AGAIN_MAX: Duration = Duration::from_secs(60);
/// Executions whose next deadline is remembered, at most; those that wait longest are forgotten.
const REMEMBERED_MAX: usize = 100_000;
/// Promises that are looked at at the same time, at most.
const LOOKS_MAX: usize = 16;

/// The next deadline of each suspended execution.
#[derive(Default)]
pub(crate) struct Timers {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    of_task: HashMap<PromiseId, Due>,
    /// When to look, and for which task.
    queue: BTreeSet<(Millis, PromiseId)>,
}

/// A promise, as it is now.
async fn record_of(core: &Core, id: &PromiseId) -> Option<Arc<PromiseRecord>> {
    let get = PromiseGet { id: id.clone() };
    match core.ask(Request::PromiseGet(get)).await {
        Ok(Response::Promise(record)) => Some(record),
        Ok(_) | Err(_) => None,
    }
}

#[derive(Clone, Debug)]
struct Due {
    look_at: Millis,
    promise: PromiseId,
    /// The wait after the next look, should it be too early.
    again: Duration,
}

impl Timers {
    /// The task is suspended, and of the promises that it waits for this one is due first.
    pub(crate) fn remember(&self, task: &PromiseId, promise: PromiseId, deadline: Millis) {
        let due = Due {
            look_at: deadline.after(GRACE),
            promise,
            again: AGAIN_FIRST,
        };
        self.state().insert(task.clone(), due);
        self.changed.notify_one();
    }

    /// The task goes on.
    pub(crate) fn forget(&self, task: &PromiseId) {
        self.state().remove(task);
    }

    /// Looks at promises when they are due, until it is dropped.
    pub(crate) async fn keep(&self, core: &Core) {
        let mut looks = FuturesUnordered::new();
        loop {
            let next = self.state().queue.first().map(|(at, _)| *at);
            let wait = next.map_or(Duration::MAX, |at| core.clock.now().until(at));
            tokio::select! {
                () = tokio::time::sleep(wait.min(AGAIN_MAX)), if looks.len() < LOOKS_MAX => {
                    let now = core.clock.now();
                    while looks.len() < LOOKS_MAX {
                        let Some((task, due)) = self.state().pop_due(now) else { break };
                        looks.push(self.look(core, task, due));
                    }
                }
                Some(()) = looks.next(), if !looks.is_empty() => {}
                () = self.changed.notified() => {}
            }
        }
    }

    /// Looks at one promise: reading it settles it where it is due.
    async fn look(&self, core: &Core, task: PromiseId, due: Due) {
        let found = record_of(core, &due.promise).await;
        if found.is_some_and(|record| !record.state.is_pending()) {
            return;
        }
        let again = Due {
            look_at: core.clock.now().after(due.again),
            again: (due.again * 2).min(AGAIN_MAX),
            ..due
        };
        let mut state = self.state();
        // Unless the task was suspended anew meanwhile.
        if !state.of_task.contains_key(&task) {
            state.insert(task, again);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn insert(&mut self, task: PromiseId, due: Due) {
        self.remove(&task);
        self.queue.insert((due.look_at, task.clone()));
        self.of_task.insert(task, due);
        if self.queue.len() > REMEMBERED_MAX
            && let Some((_, forgotten)) = self.queue.pop_last()
        {
            self.of_task.remove(&forgotten);
        }
    }

    fn remove(&mut self, task: &PromiseId) {
        if let Some(due) = self.of_task.remove(task) {
            self.queue.remove(&(due.look_at, task.clone()));
        }
    }

    fn pop_due(&mut self, now: Millis) -> Option<(PromiseId, Due)> {
        let (_, task) = self.queue.first().filter(|(at, _)| *at <= now)?.clone();
        let due = self.of_task.get(&task).cloned();
        self.remove(&task);
        due.map(|due| (task, due))
    }
}

/// The settled record of a promise that settles at its deadline at the latest.
pub(crate) async fn settled_when_due(
    core: &Core,
    promise: &PromiseId,
    deadline: Millis,
) -> Arc<PromiseRecord> {
    let mut wait = core.clock.now().until(deadline.after(GRACE));
    let mut again = AGAIN_FIRST;
    loop {
        tokio::time::sleep(wait).await;
        match record_of(core, promise).await {
            Some(record) if !record.state.is_pending() => return record,
            Some(_) | None => {}
        }
        wait = again;
        again = (again * 2).min(AGAIN_MAX);
    }
}

impl fmt::Debug for Timers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timers")
            .field("remembered", &self.state().queue.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::{Due, Duration, Millis, REMEMBERED_MAX, State};

    fn due(at: i64) -> Due {
        Due {
            look_at: Millis::new(at),
            promise: "p".into(),
            again: Duration::ZERO,
        }
    }

    #[test]
    fn each_task_is_due_once_at_its_latest_word_and_in_order() {
        let mut state = State::default();
        for (task, at) in [("b", 30), ("a", 20), ("c", 10), ("b", 5), ("a", 25)] {
            state.insert(task.into(), due(at));
        }
        state.remove(&"c".into());
        let popped: Vec<_> = std::iter::from_fn(|| state.pop_due(Millis::new(24))).collect();
        let names: Vec<&str> = popped.iter().map(|(task, _)| task.as_str()).collect();
        assert_eq!(names, ["b"]);
        assert_eq!(state.queue.len(), 1);
        assert_eq!(state.of_task.len(), 1);
    }

    #[test]
    fn what_is_due_last_is_forgotten_when_there_is_too_much() {
        let mut state = State::default();
        let most = i64::try_from(REMEMBERED_MAX).unwrap();
        for at in (0..=most).rev() {
            state.insert(format!("t{at}").into(), due(at));
        }
        assert_eq!(state.queue.len(), REMEMBERED_MAX);
        assert_eq!(state.of_task.len(), REMEMBERED_MAX);
        assert!(!state.of_task.contains_key(&*format!("t{most}")));
    }
}
