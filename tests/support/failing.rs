//! A store that fails when it is told to.

use std::cell::Cell;
use std::sync::Arc;

use resonate_core::model::{Edge, Promise};
use resonate_core::protocol::{PromiseRecord, ScheduleRecord};
use resonate_core::store::{Descendant, Due, Store, StoreError, StoreErrorKind, View, Write};
use resonate_core::{Millis, PromiseId, ScheduleId, Text};

/// Which call of a store fails. Calls are counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The call with this number, reads counted. A failing [`Store::apply`] has made half of its
    /// writes.
    Call(u64),
    /// The call of [`Store::apply`] with this number, before anything of it is written.
    Apply(u64),
    /// The call of [`Store::commit`] with this number. The store is poisoned from then on.
    Commit(u64),
    /// As [`Fault::Commit`], but what was committed is kept all the same: the failure was in
    /// telling so.
    CommitKept(u64),
}

/// Another store that fails once, as a disk would make it fail.
#[derive(Debug)]
pub struct FailingStore<S> {
    inner: S,
    fault: Fault,
    calls: Cell<u64>,
    applies: u64,
    commits: u64,
    poisoned: bool,
}

impl<S: Store> FailingStore<S> {
    /// `inner` with one fault.
    pub const fn new(inner: S, fault: Fault) -> Self {
        Self {
            inner,
            fault,
            calls: Cell::new(0),
            applies: 0,
            commits: 0,
            poisoned: false,
        }
    }

    /// The store itself, which does not fail.
    pub const fn inner(&self) -> &S {
        &self.inner
    }

    /// Gives up what is open and hands the store out, as one that was opened anew.
    pub fn reopen(mut self) -> S {
        self.inner.rollback();
        self.inner
    }

    /// Whether the fault has happened.
    pub const fn has_failed(&self) -> bool {
        match self.fault {
            Fault::Call(at) => self.calls.get() > at,
            Fault::Apply(at) => self.applies > at,
            Fault::Commit(at) | Fault::CommitKept(at) => self.commits > at,
        }
    }

    /// Counts a call.
    fn call(&self) -> Result<&S, StoreError> {
        if self.poisoned {
            let message = "an earlier commit failed; open the store again";
            return Err(StoreError::new(StoreErrorKind::Poisoned, message));
        }
        let number = self.calls.replace(self.calls.get() + 1);
        if self.fault == Fault::Call(number) {
            return Err(StoreError::new(StoreErrorKind::Io, "the disk fails here"));
        }
        Ok(&self.inner)
    }
}

impl<S: Store> Store for FailingStore<S> {
    fn apply(&mut self, mut writes: Vec<Write>) -> Result<(), StoreError> {
        if let Err(error) = self.call() {
            if !self.poisoned {
                writes.truncate(writes.len().div_ceil(2));
                self.inner.apply(writes)?;
            }
            return Err(error);
        }
        self.applies += 1;
        if self.fault == Fault::Apply(self.applies - 1) {
            return Err(StoreError::new(StoreErrorKind::Full, "the disk is full"));
        }
        self.inner.apply(writes)
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        self.call()?;
        self.commits += 1;
        let number = self.commits - 1;
        if self.fault == Fault::CommitKept(number) {
            self.inner.commit()?;
        } else if self.fault == Fault::Commit(number) {
            self.inner.rollback();
        } else {
            return self.inner.commit();
        }
        self.poisoned = true;
        Err(StoreError::new(StoreErrorKind::Io, "the sync failed"))
    }

    fn rollback(&mut self) {
        if !self.poisoned {
            self.inner.rollback();
        }
    }

    fn blocks(&self) -> bool {
        self.inner.blocks()
    }

    fn describe(&self) -> String {
        format!("{}, failing at {:?}", self.inner.describe(), self.fault)
    }
}

impl<S: Store> View for FailingStore<S> {
    fn promise(&self, id: &PromiseId) -> Result<Option<Promise>, StoreError> {
        self.call()?.promise(id)
    }

    fn edges_to(&self, awaited: &PromiseId) -> Result<Vec<Edge>, StoreError> {
        self.call()?.edges_to(awaited)
    }

    fn edges_of(&self, awaiter: &PromiseId) -> Result<Vec<Edge>, StoreError> {
        self.call()?.edges_of(awaiter)
    }

    fn listeners(&self, promise: &PromiseId) -> Result<Vec<Text>, StoreError> {
        self.call()?.listeners(promise)
    }

    fn branch(&self, branch: &str, limit: usize) -> Result<Vec<Arc<PromiseRecord>>, StoreError> {
        self.call()?.branch(branch, limit)
    }

    fn schedule(&self, id: &ScheduleId) -> Result<Option<Arc<ScheduleRecord>>, StoreError> {
        self.call()?.schedule(id)
    }

    fn promises_after(
        &self,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Promise>, StoreError> {
        self.call()?.promises_after(cursor, limit)
    }

    fn schedules_after(
        &self,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Arc<ScheduleRecord>>, StoreError> {
        self.call()?.schedules_after(cursor, limit)
    }

    fn roots_after(
        &self,
        cursor: Option<&(Millis, PromiseId)>,
        limit: usize,
    ) -> Result<Vec<(Millis, PromiseId)>, StoreError> {
        self.call()?.roots_after(cursor, limit)
    }

    fn descendants(&self, root: &PromiseId) -> Result<Vec<Descendant>, StoreError> {
        self.call()?.descendants(root)
    }

    fn due(&self, now: Millis, limit: usize) -> Result<Vec<Due>, StoreError> {
        self.call()?.due(now, limit)
    }

    fn next_due(&self) -> Result<Option<Millis>, StoreError> {
        self.call()?.next_due()
    }

    fn clock(&self) -> Result<Millis, StoreError> {
        self.call()?.clock()
    }
}
