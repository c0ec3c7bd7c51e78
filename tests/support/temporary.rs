//! A SQLite store in a folder that goes with it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

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
    /// Whether there are writes that no commit has kept.
    is_open: bool,
    commits: Arc<AtomicU64>,
    blocks: bool,
    _folder: TempDir,
}

/// How often a store has committed something.
#[derive(Clone, Debug)]
pub struct Commits(Arc<AtomicU64>);

impl Commits {
    /// So many times so far.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
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
            is_open: false,
            commits: Arc::default(),
            blocks: true,
            _folder: folder,
        }
    }

    /// One that tells how often it commits. It is used where its host is, so that what shares a
    /// commit does not depend on how long the one before took.
    ///
    /// # Panics
    /// As [`TemporaryStore::new`].
    #[must_use]
    pub fn counting() -> (Self, Commits) {
        let mut store = Self::new();
        store.blocks = false;
        let commits = Commits(Arc::clone(&store.commits));
        (store, commits)
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
        self.is_open |= !writes.is_empty();
        self.store.apply(writes)
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        self.store.commit()?;
        if std::mem::take(&mut self.is_open) {
            self.commits.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    fn rollback(&mut self) {
        self.is_open = false;
        self.store.rollback();
    }

    fn blocks(&self) -> bool {
        self.blocks
    }

    fn describe(&self) -> String {
        self.store.describe()
    }
}
