//! A SQLite store in a folder that goes with it.

use std::sync::Arc;

use resonate_core::model::{Edge, Promise};
use resonate_core::protocol::{PromiseRecord, ScheduleRecord};
use resonate_core::store::{
    Descendant, Due, SqliteOptions, SqliteStore, Store, StoreError, Synchronous, View, Write,
};
use resonate_core::{Millis, PromiseId, ScheduleId, Text};
use tempfile::TempDir;

/// A SQLite store in a folder that goes with it.
#[derive(Debug)]
pub struct TemporaryStore {
    store: SqliteStore,
    _folder: TempDir,
}

impl TemporaryStore {
    /// A new, empty one; it does not wait for the disk.
    ///
    /// # Panics
    /// When no file can be made.
    #[must_use]
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let options = SqliteOptions::new(folder.path().join("store.db"));
        let store = SqliteStore::open(options.synchronous(Synchronous::Normal));
        Self {
            store: store.expect("a new store"),
            _folder: folder,
        }
    }
}

impl Default for TemporaryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl View for TemporaryStore {
    fn promise(&self, id: &PromiseId) -> Result<Option<Promise>, StoreError> {
        self.store.promise(id)
    }

    fn edges_to(&self, awaited: &PromiseId) -> Result<Vec<Edge>, StoreError> {
        self.store.edges_to(awaited)
    }

    fn edges_of(&self, awaiter: &PromiseId) -> Result<Vec<Edge>, StoreError> {
        self.store.edges_of(awaiter)
    }

    fn listeners(&self, promise: &PromiseId) -> Result<Vec<Text>, StoreError> {
        self.store.listeners(promise)
    }

    fn branch(&self, branch: &str, limit: usize) -> Result<Vec<Arc<PromiseRecord>>, StoreError> {
        self.store.branch(branch, limit)
    }

    fn schedule(&self, id: &ScheduleId) -> Result<Option<Arc<ScheduleRecord>>, StoreError> {
        self.store.schedule(id)
    }

    fn promises_after(
        &self,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Promise>, StoreError> {
        self.store.promises_after(cursor, limit)
    }

    fn schedules_after(
        &self,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Arc<ScheduleRecord>>, StoreError> {
        self.store.schedules_after(cursor, limit)
    }

    fn roots_after(
        &self,
        cursor: Option<&(Millis, PromiseId)>,
        limit: usize,
    ) -> Result<Vec<(Millis, PromiseId)>, StoreError> {
        self.store.roots_after(cursor, limit)
    }

    fn descendants(&self, root: &PromiseId) -> Result<Vec<Descendant>, StoreError> {
        self.store.descendants(root)
    }

    fn due(&self, now: Millis, limit: usize) -> Result<Vec<Due>, StoreError> {
        self.store.due(now, limit)
    }

    fn next_due(&self) -> Result<Option<Millis>, StoreError> {
        self.store.next_due()
    }

    fn clock(&self) -> Result<Millis, StoreError> {
        self.store.clock()
    }
}

impl Store for TemporaryStore {
    fn apply(&mut self, writes: Vec<Write>) -> Result<(), StoreError> {
        self.store.apply(writes)
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        self.store.commit()
    }

    fn rollback(&mut self) {
        self.store.rollback();
    }

    fn blocks(&self) -> bool {
        self.store.blocks()
    }

    fn describe(&self) -> String {
        self.store.describe()
    }
}
