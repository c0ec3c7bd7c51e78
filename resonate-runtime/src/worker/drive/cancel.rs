//! Steps that the code no longer wants.

use super::Driver;

impl Driver {
    /// Cancels the steps that the code asked to cancel, once they are recorded.
    pub(super) fn cancel_asked(&mut self) {
        let asked = std::mem::take(&mut self.pass.steps().cancels);
        self.canceling.extend(asked);
        for op in std::mem::take(&mut self.canceling) {
            self.cancel(op);
        }
    }

    fn cancel(&mut self, op: usize) {
        let is_created = {
            let steps = self.pass.steps();
            // It ended, or is about to.
            if !steps.is_open(op) || self.recording.contains(&op) {
                return;
            }
            steps.ops[op].created
        };
        if is_created || self.unwritten.contains_key(&op) {
            self.stop_running(op);
            self.record_canceled(op);
            self.cancel_below(op);
        } else {
            self.canceling.push(op);
        }
    }

    /// Cancels what the step asked for, elsewhere: this turn may not have come to that yet.
    fn cancel_below(&self, op: usize) {
        let (may_call, id) = {
            let step = &self.pass.steps().ops[op];
            (step.may_call, step.id.clone())
        };
        if may_call {
            let origin = self.root.about.origin.clone();
            self.core.cancel_below(origin, id);
        }
    }

    /// Stops what runs for a step, here.
    pub(super) fn stop_running(&mut self, op: usize) {
        self.queued.remove(&op);
        self.unversioned.remove(&op);
        if let Some(running) = self.leaf_handles.remove(&op) {
            running.abort();
        }
        let Some(index) = self.nested.remove(&op) else {
            return;
        };
        self.ended.remove(&index);
        self.finishing.remove(&index);
        self.drop_held(index);
        for begun in self.strands[index].stop() {
            self.abandon(begun);
        }
    }

    /// Stops a step whose body was canceled. What runs elsewhere is found by its record.
    fn abandon(&mut self, op: usize) {
        if !self.pass.steps().ops[op].is_local {
            return;
        }
        if self.unwritten.remove(&op).is_some() {
            // Nobody ever heard of it.
            self.stop_running(op);
        } else {
            self.cancel(op);
        }
    }
}
