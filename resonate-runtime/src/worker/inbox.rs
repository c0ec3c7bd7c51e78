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
    /// What runs.
    running: HashMap<PromiseId, Running>,
    /// How many requests are under way that may claim a task.
    claiming: HashMap<PromiseId, usize>,
}

#[derive(Default)]
struct Running {
    /// One, or two while a second claim finds out that it is too late.
    turns: usize,
    /// The offer that came meanwhile.
    next: Option<TaskRef>,
}

/// A turn is under way as long as this lives, whatever ends it.
struct UnderWay {
    core: Arc<Core>,
    id: PromiseId,
    ended: bool,
}

/// A request is under way that may claim this task.
pub(crate) struct Claiming<'c> {
    turns: &'c Turns,
    id: PromiseId,
}

/// Takes messages until the stream ends or the process drains: then others get them.
pub(crate) async fn listen(core: Arc<Core>, mut messages: mpsc::Receiver<Message>) {
    loop {
        let message = tokio::select! {
            biased;
            () = core.draining() => return,
            message = messages.recv() => message,
        };
        match message {
            Some(Message::Execute(task)) => offer(&core, task),
            Some(Message::Unblock(record)) => core.settled(&record),
            None => return,
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
    if let Some(running) = state.running.get_mut(&task.id) {
        running.next = Some(task);
        return;
    }
    if state.running.len() >= WAITING_MAX {
        return;
    }
    state.start(core, task.id.clone(), |core| async move {
        turn::take_up(&core, task).await;
    });
}

impl Turns {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a turn that was claimed already.
    pub(crate) fn start<F>(
        &self,
        core: &Arc<Core>,
        id: PromiseId,
        turn: impl FnOnce(Arc<Core>) -> F + Send + 'static,
    ) where
        F: Future<Output = ()> + Send + 'static,
    {
        self.state().start(core, id, turn);
    }

    /// Whether a turn of this task is under way here.
    pub(crate) fn is_running(&self, id: &PromiseId) -> bool {
        self.state().running.contains_key(id)
    }

    /// How many tasks have a turn under way here.
    pub(crate) fn count(&self) -> usize {
        self.state().running.len()
    }

    /// Notes that a request is made that may claim this task.
    pub(crate) fn claim(&self, id: &PromiseId) -> Claiming<'_> {
        *self.state().claiming.entry(id.clone()).or_default() += 1;
        Claiming {
            turns: self,
            id: id.clone(),
        }
    }

    /// The turn is over: the offer that came meanwhile, if it is to be taken up. Otherwise the
    /// task is not under way any more.
    fn next(&self, core: &Core, id: &PromiseId) -> Option<TaskRef> {
        let mut state = self.state();
        let next = state.running.get_mut(id)?.next.take();
        let wanted =
            |task: &TaskRef| !core.is_draining() && !core.faults.holds(&task.id, task.version);
        let next = next.filter(wanted);
        if next.is_none() {
            state.end(id);
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
    /// Runs a turn, and then those that were offered meanwhile.
    fn start<F>(
        &mut self,
        core: &Arc<Core>,
        id: PromiseId,
        turn: impl FnOnce(Arc<Core>) -> F + Send + 'static,
    ) where
        F: Future<Output = ()> + Send + 'static,
    {
        self.running.entry(id.clone()).or_default().turns += 1;
        let core = Arc::clone(core);
        let under_way = UnderWay {
            core,
            id,
            ended: false,
        };
        // Those that ended are forgotten here, so that the set does not grow.
        while self.tasks.try_join_next().is_some() {}
        self.tasks.spawn(async move {
            let (core, id) = (Arc::clone(&under_way.core), under_way.id.clone());
            turn(Arc::clone(&core)).await;
            while let Some(task) = core.turns.next(&core, &id) {
                turn::take_up(&core, task).await;
            }
            under_way.end();
        });
    }

    /// One turn of the task less is under way.
    fn end(&mut self, id: &PromiseId) {
        if let Some(running) = self.running.get_mut(id) {
            running.turns -= 1;
            if running.turns == 0 {
                self.running.remove(id);
            }
        }
    }
}

impl UnderWay {
    /// The turn is over, and that is noted already.
    fn end(mut self) {
        self.ended = true;
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        // A turn that was aborted did not say so itself.
        if !self.ended {
            self.core.turns.state().end(&self.id);
        }
        self.core.listeners.poke(&self.id);
    }
}

impl Claiming<'_> {
    /// Whether no other request of this process may have claimed the task, and no other turn than
    /// these runs it: then a claim in this process's name is one whose answer was lost.
    pub(crate) fn is_alone(&self, turns: usize) -> bool {
        let state = self.turns.state();
        let running = state.running.get(&self.id).map_or(0, |it| it.turns);
        state.claiming.get(&self.id) == Some(&1) && running <= turns
    }
}

impl Drop for Claiming<'_> {
    fn drop(&mut self) {
        let mut state = self.turns.state();
        if let Some(requests) = state.claiming.get_mut(&self.id) {
            *requests -= 1;
            if *requests == 0 {
                state.claiming.remove(&self.id);
            }
        }
    }
}

impl fmt::Debug for Turns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turns")
            .field("running", &self.state().running.len())
            .finish()
    }
}
