//! Messages of the engine, and the turns that they start: one at a time for each task.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use resonate_core::PromiseId;
use resonate_core::protocol::{Message, TaskRef};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::turn;
use crate::client::Core;

/// Offers that wait for a permit at most; more are left to the engine, which offers them again.
const WAITING_MAX: usize = 10_000;

/// The turns of this process.
#[derive(Default)]
pub(crate) struct Turns {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    tasks: JoinSet<()>,
    /// What runs, and the offer that came meanwhile.
    running: HashMap<PromiseId, Option<TaskRef>>,
}

/// Takes messages until the stream ends or the process drains.
pub(crate) async fn listen(core: Arc<Core>, mut messages: mpsc::Receiver<Message>) {
    while let Some(message) = messages.recv().await {
        match message {
            Message::Execute(task) => offer(&core, task),
            Message::Unblock(record) => core.listeners.settled(&record),
        }
    }
}

/// Takes up an offered task, unless it runs here or is held back.
pub(crate) fn offer(core: &Arc<Core>, task: TaskRef) {
    if core.is_draining() || core.settings.client_only {
        return;
    }
    if core.faults.holds(&task.id, task.version) {
        return;
    }
    let mut state = core.turns.state();
    if let Some(next) = state.running.get_mut(&task.id) {
        *next = Some(task);
        return;
    }
    if state.running.len() >= WAITING_MAX {
        return;
    }
    state.running.insert(task.id.clone(), None);
    let core = Arc::clone(core);
    state.spawn(async move {
        let mut next = Some(task);
        while let Some(task) = next {
            let id = task.id.clone();
            turn::take_up(&core, task).await;
            next = core.turns.ended(&core, &id);
        }
    });
}

impl Turns {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a turn that was claimed already.
    pub(crate) fn start(
        &self,
        core: &Arc<Core>,
        id: PromiseId,
        turn: impl Future<Output = ()> + Send + 'static,
    ) {
        let mut state = self.state();
        state.running.insert(id.clone(), None);
        let core = Arc::clone(core);
        state.spawn(async move {
            turn.await;
            let mut next = core.turns.ended(&core, &id);
            while let Some(task) = next {
                turn::take_up(&core, task).await;
                next = core.turns.ended(&core, &id);
            }
        });
    }

    /// Whether a turn of this task is under way here.
    pub(crate) fn is_running(&self, id: &PromiseId) -> bool {
        self.state().running.contains_key(id)
    }

    /// The turn is over; the offer that came meanwhile, if it is to be taken up.
    fn ended(&self, core: &Core, id: &PromiseId) -> Option<TaskRef> {
        let mut state = self.state();
        let next = state.running.get_mut(id).and_then(Option::take);
        let next =
            next.filter(|task| !core.is_draining() && !core.faults.holds(&task.id, task.version));
        if next.is_none() {
            state.running.remove(id);
            drop(state);
            core.listeners.poke(id);
        }
        next
    }

    /// Waits until no turn is under way, at most this long; whether that came.
    pub(crate) async fn ended_within(&self, limit: Duration) -> bool {
        let mut tasks = std::mem::take(&mut self.state().tasks);
        let all = async { while tasks.join_next().await.is_some() {} };
        let ended = tokio::time::timeout(limit, all).await.is_ok();
        if !ended {
            self.state().tasks = tasks;
        }
        ended
    }

    pub(crate) fn abort(&self) {
        self.state().tasks.abort_all();
    }
}

impl State {
    fn spawn(&mut self, turn: impl Future<Output = ()> + Send + 'static) {
        // Those that ended are forgotten here, so that the set does not grow.
        while self.tasks.try_join_next().is_some() {}
        self.tasks.spawn(turn);
    }
}

impl fmt::Debug for Turns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turns")
            .field("running", &self.state().running.len())
            .finish()
    }
}
