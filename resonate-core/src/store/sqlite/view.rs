//! What a step may read of the file.

use std::sync::Arc;

use super::{SqliteStore, read};
use crate::model::{Edge, Promise};
use crate::protocol::{PromiseRecord, ScheduleRecord};
use crate::store::{Descendant, Due, StoreError, View};
use crate::{Millis, PromiseId, ScheduleId, Text};

impl View for SqliteStore {
    fn promise(&self, id: &PromiseId) -> Result<Option<Promise>, StoreError> {
        self.read("reading a promise", |file| {
            self.recent.get(id, || read::promise(file, id))
        })
    }

    fn edges_to(&self, awaited: &PromiseId) -> Result<Vec<Edge>, StoreError> {
        self.read("reading edges", |file| {
            read::edges_to(file, awaited.as_str())
        })
    }

    fn edges_of(&self, awaiter: &PromiseId) -> Result<Vec<Edge>, StoreError> {
        self.read("reading edges", |file| {
            read::edges_of(file, awaiter.as_str())
        })
    }

    fn listeners(&self, promise: &PromiseId) -> Result<Vec<Text>, StoreError> {
        self.read("reading listeners", |file| {
            read::listeners(file, promise.as_str())
        })
    }

    fn branch(&self, branch: &str, limit: usize) -> Result<Vec<Arc<PromiseRecord>>, StoreError> {
        self.read("reading a branch", |file| read::branch(file, branch, limit))
    }

    fn schedule(&self, id: &ScheduleId) -> Result<Option<Arc<ScheduleRecord>>, StoreError> {
        self.read("reading a schedule", |file| read::schedule(file, id))
    }

    fn promises_after(
        &self,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Promise>, StoreError> {
        self.read("reading promises", |file| {
            read::promises_after(file, cursor, limit)
        })
    }

    fn schedules_after(
        &self,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Arc<ScheduleRecord>>, StoreError> {
        self.read("reading schedules", |file| {
            read::schedules_after(file, cursor, limit)
        })
    }

    fn roots_after(
        &self,
        cursor: Option<&(Millis, PromiseId)>,
        limit: usize,
    ) -> Result<Vec<(Millis, PromiseId)>, StoreError> {
        self.read("reading roots", |file| {
            read::roots_after(file, cursor, limit)
        })
    }

    fn descendants(&self, root: &PromiseId) -> Result<Vec<Descendant>, StoreError> {
        self.read("reading an execution", |file| {
            read::descendants(file, root.as_str())
        })
    }

    fn due(&self, now: Millis, limit: usize) -> Result<Vec<Due>, StoreError> {
        self.read("reading what is due", |file| {
            if self.earliest.is_after(now) {
                return Ok(Vec::new());
            }
            read::due(file, now, limit)
        })
    }

    fn next_due(&self) -> Result<Option<Millis>, StoreError> {
        self.read("reading what is due", |file| {
            self.earliest.get(|| read::next_due(file))
        })
    }

    fn clock(&self) -> Result<Millis, StoreError> {
        self.read("reading the clock", |_| Ok(self.clock.now))
    }
}
