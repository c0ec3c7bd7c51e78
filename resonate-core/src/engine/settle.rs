//! Settlement, and everything that follows from it in the same step (protocol §3.3).

use std::sync::Arc;

use super::step::Step;
use crate::model::{Promise, TaskState, expired};
use crate::protocol::{PromiseRecord, PromiseState};
use crate::store::{StoreError, Write};
use crate::{PromiseId, Value};

impl Step<'_> {
    /// Settles those of the promises whose deadline has passed, each at its own deadline: first
    /// all of them, then those who waited for them are told, so that an awaiter that expires
    /// along with what it awaits is not resumed.
    pub(super) fn touch(&mut self, ids: &[&PromiseId]) -> Result<(), StoreError> {
        for id in ids {
            if let Some(promise) = self.promise(id)? {
                self.expire(promise)?;
            }
        }
        self.tell_awaiters()
    }

    /// Settles a pending promise as a client asked, with everything that follows.
    pub(super) fn settle(
        &mut self,
        promise: Promise,
        state: PromiseState,
        value: &Value,
    ) -> Result<Arc<PromiseRecord>, StoreError> {
        let record = Arc::new(PromiseRecord {
            state,
            value: value.clone(),
            settled_at: Some(self.now),
            ..PromiseRecord::clone(&promise.record)
        });
        self.close(promise, Arc::clone(&record))?;
        self.tell_awaiters()?;
        Ok(record)
    }

    /// Settles the promise if its deadline has passed, and says whether it did. Those who wait
    /// for it are told by [`Step::tell_awaiters`].
    pub(super) fn expire(&mut self, promise: Promise) -> Result<bool, StoreError> {
        if !promise.record.state.is_pending() || promise.is_live(self.now) {
            return Ok(false);
        }
        let record = Arc::new(expired(&promise.record));
        self.close(promise, record)?;
        Ok(true)
    }

    /// Writes a settled record, finishes its own task and drops the edges on which that waited.
    fn close(
        &mut self,
        mut promise: Promise,
        record: Arc<PromiseRecord>,
    ) -> Result<(), StoreError> {
        if let Some(task) = &mut promise.task {
            task.state = TaskState::Fulfilled;
            for edge in self.edges_of(&record.id)? {
                self.remove_edge(&edge.awaited, &record.id);
            }
        }
        // Whoever awaits or listens arms what it waits for, so nobody waits for an unarmed one.
        if promise.armed {
            self.settled.push_back(Arc::clone(&record));
        }
        promise.record = record;
        self.put(promise);
        Ok(())
    }

    /// Tells everyone who waits for what this step has settled.
    pub(super) fn tell_awaiters(&mut self) -> Result<(), StoreError> {
        while let Some(record) = self.settled.pop_front() {
            for awaiter in self.awaiters(&record.id)? {
                self.resume(&record.id, &awaiter)?;
            }
            let listeners = self.view.listeners(&record.id)?;
            if !listeners.is_empty() {
                self.write(Write::RemoveListeners(record.id.clone()));
            }
            for address in listeners {
                self.unblock(address, &record);
            }
        }
        Ok(())
    }

    /// Consumes one edge: a suspended task becomes pending and is offered, one that is awake
    /// finds out later, a finished one no longer cares. A timeout always wins: an awaiter past
    /// its own deadline is settled, never resumed.
    fn resume(&mut self, awaited: &PromiseId, awaiter: &PromiseId) -> Result<(), StoreError> {
        let Some(promise) = self.promise(awaiter)? else {
            self.remove_edge(awaited, awaiter);
            return Ok(());
        };
        if self.expire(promise.clone())? {
            return Ok(());
        }
        match promise.task.as_ref().map(|task| &task.state) {
            Some(TaskState::Suspended) => {
                self.put_edge(awaited, awaiter, true);
                self.offer(promise);
            }
            Some(TaskState::Pending { .. } | TaskState::Acquired(_) | TaskState::Halted) => {
                self.put_edge(awaited, awaiter, true);
            }
            Some(TaskState::Fulfilled) | None => self.remove_edge(awaited, awaiter),
        }
        Ok(())
    }
}
