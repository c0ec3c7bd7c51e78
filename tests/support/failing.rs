//! A store that fails when it is told to.

use std::sync::Arc;

use resonate_core::model::{Edge, Promise};
use resonate_core::protocol::{PromiseRecord, ScheduleRecord};
use resonate_core::store::{Descendant, Due, Store, StoreError, StoreErrorKind, View, Write};
use resonate_core::{Millis, PromiseId, ScheduleId, Text};

/// Which call of a store fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The call of [`Store::apply`] with this number, from 0, before anything of it is written.
    Apply(usize),
    /// The call of [`Store::commit`] with this number, from 0. The store is poisoned from then on.
    Commit(usize),
    /// As [`Fault::Commit`], but what was committed is kept all the same: the failure was in
    /// telling so.
    CommitKept(usize),
}

/// Another store that fails once, as a disk would make it fail.
#[derive(Debug)]
pub struct FailingStore<S> {
    inner: S,
    fault: Fault,
    applies: usize,
    commits: usize,
    poisoned: bool,
}

impl<S: Store> FailingStore<S> {
    /// `inner` with one fault.
    pub const fn new(inner: S, fault: Fault) -> Self {
        Self {
            inner,
            fault,
            applies: 0,
            commits: 0,
            poisoned: false,
        }
    }

    /// Gives up what is open and hands the store out, as one that was opened anew.
    pub fn reopen(mut self) -> S {
        self.inner.rollback();
        self.inner
    }

    /// Whether the fault has happened.
    pub const fn has_failed(&self) -> bool {
        match self.fault {
            Fault::Apply(at) => self.applies > at,
            Fault::Commit(at) | Fault::CommitKept(at) => self.commits > at,
        }
    }

    fn usable(&self) -> Result<&S, StoreError> {
        if self.poisoned {
            let message = "an earlier commit failed; open the store again";
            return Err(StoreError::new(StoreErrorKind::Poisoned, message));
        }
        Ok(&self.inner)
    }
}

impl<S: Store> Store for FailingStore<S> {
    fn apply(&mut self, writes: Vec<Write>) -> Result<(), StoreError> {
        self.usable()?;
        self.applies += 1;
        if self.fault == Fault::Apply(self.applies - 1) {
            return Err(StoreError::new(StoreErrorKind::Full, "the disk is full"));
        }
        self.inner.apply(writes)
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        self.usable()?;
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
        self.usable()?.promise(id)
    }

    fn edges_to(&self, awaited: &PromiseId) -> Result<Vec<Edge>, StoreError> {
        self.usable()?.edges_to(awaited)
    }

    fn edges_of(&self, awaiter: &PromiseId) -> Result<Vec<Edge>, StoreError> {
        self.usable()?.edges_of(awaiter)
    }

    fn listeners(&self, promise: &PromiseId) -> Result<Vec<Text>, StoreError> {
        self.usable()?.listeners(promise)
    }

    fn branch(&self, branch: &str, limit: usize) -> Result<Vec<Arc<PromiseRecord>>, StoreError> {
        self.usable()?.branch(branch, limit)
    }

    fn schedule(&self, id: &ScheduleId) -> Result<Option<Arc<ScheduleRecord>>, StoreError> {
        self.usable()?.schedule(id)
    }

    fn promises_after(
        &self,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Promise>, StoreError> {
        self.usable()?.promises_after(cursor, limit)
    }

    fn schedules_after(
        &self,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Arc<ScheduleRecord>>, StoreError> {
        self.usable()?.schedules_after(cursor, limit)
    }

    fn roots_after(
        &self,
        cursor: Option<&(Millis, PromiseId)>,
        limit: usize,
    ) -> Result<Vec<(Millis, PromiseId)>, StoreError> {
        self.usable()?.roots_after(cursor, limit)
    }

    fn descendants(&self, root: &PromiseId) -> Result<Vec<Descendant>, StoreError> {
        self.usable()?.descendants(root)
    }

    fn due(&self, now: Millis, limit: usize) -> Result<Vec<Due>, StoreError> {
        self.usable()?.due(now, limit)
    }

    fn next_due(&self) -> Result<Option<Millis>, StoreError> {
        self.usable()?.next_due()
    }

    fn clock(&self) -> Result<Millis, StoreError> {
        self.usable()?.clock()
    }
}
