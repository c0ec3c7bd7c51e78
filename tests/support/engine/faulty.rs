//! A store that fails once, at a place that the test chooses.

use std::cell::Cell;
use std::sync::Arc;

use resonate_core::model::{Edge, Promise};
use resonate_core::protocol::{PromiseRecord, ScheduleRecord};
use resonate_core::store::{Descendant, Due, Store, StoreError, StoreErrorKind, View, Write};
use resonate_core::{Millis, PromiseId, ScheduleId, Text};

/// Any store, of which the n-th call fails. A failing `apply` has made half of its writes.
pub struct FaultyStore {
    inner: Box<dyn Store + Send>,
    calls_left: Cell<u64>,
    failed: Cell<bool>,
}

impl FaultyStore {
    /// A store that works.
    #[must_use]
    pub fn new(inner: Box<dyn Store + Send>) -> Self {
        Self {
            inner,
            calls_left: Cell::new(u64::MAX),
            failed: Cell::new(false),
        }
    }

    /// The same store, whose `call`-th call from now on, counted from 0, fails.
    #[must_use]
    pub fn failing_at(self, call: u64) -> Self {
        self.calls_left.set(call);
        self
    }

    /// The store itself, which does not fail.
    #[must_use]
    pub fn inner(&self) -> &dyn View {
        &self.inner
    }

    /// Whether the failure has happened.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.failed.get()
    }

    fn call(&self) -> Result<(), StoreError> {
        let left = self.calls_left.get();
        self.calls_left.set(left.wrapping_sub(1));
        if left > 0 {
            return Ok(());
        }
        self.failed.set(true);
        Err(StoreError::new(
            StoreErrorKind::Io,
            "the test chose to fail here",
        ))
    }
}

impl std::fmt::Debug for FaultyStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FaultyStore")
            .field("calls_left", &self.calls_left)
            .finish_non_exhaustive()
    }
}

impl View for FaultyStore {
    fn promise(&self, id: &PromiseId) -> Result<Option<Promise>, StoreError> {
        self.call()?;
        self.inner.promise(id)
    }

    fn edges_to(&self, awaited: &PromiseId) -> Result<Vec<Edge>, StoreError> {
        self.call()?;
        self.inner.edges_to(awaited)
    }

    fn edges_of(&self, awaiter: &PromiseId) -> Result<Vec<Edge>, StoreError> {
        self.call()?;
        self.inner.edges_of(awaiter)
    }

    fn listeners(&self, promise: &PromiseId) -> Result<Vec<Text>, StoreError> {
        self.call()?;
        self.inner.listeners(promise)
    }

    fn branch(&self, branch: &str, limit: usize) -> Result<Vec<Arc<PromiseRecord>>, StoreError> {
        self.call()?;
        self.inner.branch(branch, limit)
    }

    fn schedule(&self, id: &ScheduleId) -> Result<Option<Arc<ScheduleRecord>>, StoreError> {
        self.call()?;
        self.inner.schedule(id)
    }

    fn promises_after(
        &self,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Promise>, StoreError> {
        self.call()?;
        self.inner.promises_after(cursor, limit)
    }

    fn schedules_after(
        &self,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Arc<ScheduleRecord>>, StoreError> {
        self.call()?;
        self.inner.schedules_after(cursor, limit)
    }

    fn roots_after(
        &self,
        cursor: Option<&(Millis, PromiseId)>,
        limit: usize,
    ) -> Result<Vec<(Millis, PromiseId)>, StoreError> {
        self.call()?;
        self.inner.roots_after(cursor, limit)
    }

    fn descendants(&self, root: &PromiseId) -> Result<Vec<Descendant>, StoreError> {
        self.call()?;
        self.inner.descendants(root)
    }

    fn due(&self, now: Millis, limit: usize) -> Result<Vec<Due>, StoreError> {
        self.call()?;
        self.inner.due(now, limit)
    }

    fn next_due(&self) -> Result<Option<Millis>, StoreError> {
        self.call()?;
        self.inner.next_due()
    }

    fn clock(&self) -> Result<Millis, StoreError> {
        self.call()?;
        self.inner.clock()
    }
}

impl Store for FaultyStore {
    fn apply(&mut self, mut writes: Vec<Write>) -> Result<(), StoreError> {
        if let Err(error) = self.call() {
            writes.truncate(writes.len().div_ceil(2));
            self.inner.apply(writes)?;
            return Err(error);
        }
        self.inner.apply(writes)
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        self.call()?;
        self.inner.commit()
    }

    fn rollback(&mut self) {
        self.inner.rollback();
    }

    fn blocks(&self) -> bool {
        self.inner.blocks()
    }

    fn describe(&self) -> String {
        self.inner.describe()
    }
}
