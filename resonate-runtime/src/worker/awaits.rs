//! Calls that executions of this process are suspended on. When a call ends here too, whoever
//! waits for it goes on at once: an engine behind a wire takes its time to offer it.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use resonate_core::PromiseId;
use resonate_core::protocol::TaskRef;

use super::inbox;
use crate::client::Core;

/// Awaited calls that are remembered, at most; for others the engine's offer is waited for.
const CALLS_MAX: usize = 10_000;

/// Who waits for which call.
#[derive(Default)]
pub(crate) struct Awaits {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    by_call: HashMap<PromiseId, Vec<TaskRef>>,
    of_task: HashMap<PromiseId, Vec<PromiseId>>,
}

impl Awaits {
    /// The task is about to be suspended until one of these calls settles.
    pub(super) fn remember(&self, task: &TaskRef, calls: Vec<PromiseId>) {
        let mut state = self.state();
        state.forget(&task.id);
        if calls.is_empty() || state.by_call.len() + calls.len() > CALLS_MAX {
            return;
        }
        for call in &calls {
            let waiting = state.by_call.entry(call.clone()).or_default();
            waiting.push(task.clone());
        }
        state.of_task.insert(task.id.clone(), calls);
    }

    /// The task goes on.
    pub(crate) fn forget(&self, task: &PromiseId) {
        self.state().forget(task);
    }

    /// The tasks that waited for a call, which has settled.
    fn waiting_for(&self, call: &PromiseId) -> Vec<TaskRef> {
        let mut state = self.state();
        let waiting = state.by_call.get(call).cloned().unwrap_or_default();
        for task in &waiting {
            state.forget(&task.id);
        }
        waiting
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn forget(&mut self, task: &PromiseId) {
        for call in self.of_task.remove(task).unwrap_or_default() {
            let Some(waiting) = self.by_call.get_mut(&call) else {
                continue;
            };
            waiting.retain(|it| it.id != *task);
            if waiting.is_empty() {
                self.by_call.remove(&call);
            }
        }
    }
}

/// A call ended here: whoever waits for it here takes up its task. Its version has not changed
/// since it was suspended, unless somebody else was faster.
pub(super) fn go_on(core: &Arc<Core>, call: &PromiseId) {
    for task in core.awaits.waiting_for(call) {
        inbox::offer(core, task);
    }
}

impl fmt::Debug for Awaits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Awaits")
            .field("calls", &self.state().by_call.len())
            .finish()
    }
}
