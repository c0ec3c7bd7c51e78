//! §3.3: what a settlement sets in motion, and the deadline that settles on its own.

use super::promise::{is_timer, verdict};
use super::*;

impl Model {
    /// Settles those of the named promises whose deadline has come (§0.2).
    pub(super) fn touch(&mut self, ids: &[&PromiseId]) {
        let due = self.ids(|it| ids.contains(&&it.record.id) && self.is_dead(it));
        self.expire(&due, !self.has(Bug::TouchTellsNobody));
    }

    /// Settles all of them first; only then does anybody hear of it.
    pub(super) fn expire(&mut self, ids: &[PromiseId], aloud: bool) {
        for id in ids {
            let (rejects, late) = (
                self.has(Bug::TimerRejects),
                self.has(Bug::TimeoutStampedNow),
            );
            let record = self.record(id);
            let timedout = PromiseState::RejectedTimedout;
            let state = if rejects {
                timedout
            } else {
                verdict(&record.tags)
            };
            let at = if late { self.clock } else { record.timeout_at };
            self.write_settlement(id, state, Value::default(), at);
        }
        ids.iter().for_each(|id| self.announce(id, aloud));
    }

    /// Steps 1 and 2: the promise is settled, and its own task finished.
    pub(super) fn write_settlement(
        &mut self,
        id: &PromiseId,
        state: PromiseState,
        value: Value,
        at: Millis,
    ) {
        if let Some(promise) = self.kept.promises.get_mut(id) {
            let record = Arc::make_mut(&mut promise.record);
            (record.state, record.value, record.settled_at) = (state, value, Some(at));
        }
        if !self.has(Bug::SettleLeavesTask) {
            self.set_task(id, TaskState::Fulfilled);
        }
        if !self.has(Bug::SettleLeavesOwnEdges) {
            self.kept.edges.retain(|(_, awaiter), _| awaiter != id);
        }
    }

    /// Steps 3 and 4: awaiters resume, or note it for later; listeners are told.
    pub(super) fn announce(&mut self, id: &PromiseId, aloud: bool) {
        let waiting = self
            .kept
            .edges
            .iter()
            .filter(|((it, _), ready)| it == id && !**ready);
        for (_, awaiter) in waiting.map(|(edge, _)| edge.clone()).collect::<Vec<_>>() {
            self.resume(id, &awaiter);
        }
        let all = self.kept.listeners.clone().into_iter();
        for (_, address) in all.filter(|(promise, _)| promise == id && aloud) {
            let message = Message::Unblock(Arc::clone(self.record(id)));
            self.sent.push(Outgoing { address, message });
        }
        if !self.has(Bug::ListenerStays) {
            self.kept.listeners.retain(|(promise, _)| promise != id);
        }
    }

    /// A timeout always wins: an awaiter past its own deadline is swept now, never resumed.
    fn resume(&mut self, awaited: &PromiseId, awaiter: &PromiseId) {
        let edge = (awaited.clone(), awaiter.clone());
        if self.is_dead(&self.kept.promises[awaiter]) && !self.has(Bug::ResumesDead) {
            return self.expire(std::slice::from_ref(awaiter), true);
        }
        let wakes = match self.task(awaiter).map(|task| &task.state) {
            None | Some(TaskState::Fulfilled) => {
                self.kept.edges.remove(&edge);
                return;
            }
            Some(TaskState::Suspended) => true,
            Some(TaskState::Pending { .. }) => self.has(Bug::ResumeOffersAgain),
            Some(TaskState::Halted) => self.has(Bug::SettleWakesHalted),
            Some(TaskState::Acquired(_)) => false,
        };
        self.kept.edges.insert(edge, true);
        if wakes {
            self.offer(awaiter);
        }
    }

    /// Sets the task pending at its version, sends an `execute` now and another after a while.
    /// The task of a timer is pending without either; without a task nothing happens.
    pub(super) fn offer(&mut self, id: &PromiseId) {
        let tags = self.record(id).tags.clone();
        let (Some(target), Some(task)) = (tags.get(TARGET), self.task(id)) else {
            return;
        };
        let silent = is_timer(&tags) && !self.has(Bug::TimerOffered);
        let retry_at = if silent {
            Millis::MAX
        } else {
            self.in_millis(RETRY_EVERY)
        };
        let (id, version, address) = (id.clone(), task.version, target.into());
        self.set_task(&id, TaskState::Pending { retry_at });
        if !silent {
            let message = Message::Execute(TaskRef { id, version });
            self.sent.push(Outgoing { address, message });
        }
    }

    /// The record as it reads now, a passed deadline counted.
    pub(super) fn read(&self, promise: &Promise) -> Arc<PromiseRecord> {
        let mut record = PromiseRecord::clone(&promise.record);
        if self.is_dead(promise) {
            record.state = verdict(&record.tags);
            record.settled_at = Some(record.timeout_at);
        }
        Arc::new(record)
    }
}
