//! Maps in memory.

mod tables;

use std::ops::Bound;
use std::sync::Arc;

use self::tables::{Before, Tables};
use super::{Descendant, Due, Store, StoreError, View, Write};
use crate::model::{Edge, Promise};
use crate::protocol::{PromiseRecord, ScheduleRecord};
use crate::{Millis, PromiseId, ScheduleId, Text};

/// Maps in memory: for tests and work that may be lost with the process.
///
/// ```
/// use resonate_core::Millis;
/// use resonate_core::store::{MemoryStore, Store, View, Write};
///
/// let mut store = MemoryStore::default();
/// store.apply(vec![Write::Clock(Millis::new(7))])?;
/// store.rollback();
/// assert_eq!(store.clock()?, Millis::ZERO);
/// # Ok::<(), resonate_core::store::StoreError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    tables: Tables,
    /// What the open transaction replaced, oldest first.
    undo: Vec<Before>,
}

impl Store for MemoryStore {
    fn apply(&mut self, writes: Vec<Write>) -> Result<(), StoreError> {
        for write in writes {
            self.tables.write(write, &mut self.undo);
        }
        Ok(())
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        self.undo.clear();
        Ok(())
    }

    fn rollback(&mut self) {
        while let Some(before) = self.undo.pop() {
            self.tables.restore(before);
        }
    }

    fn blocks(&self) -> bool {
        false
    }

    fn describe(&self) -> String {
        "memory: not durable, everything is lost with this process".into()
    }
}

impl View for MemoryStore {
    fn promise(&self, id: &PromiseId) -> Result<Option<Promise>, StoreError> {
        Ok(self.tables.promises.get(id).cloned())
    }

    fn edges_to(&self, awaited: &PromiseId) -> Result<Vec<Edge>, StoreError> {
        let Some(awaiters) = self.tables.awaiters.get(awaited) else {
            return Ok(Vec::new());
        };
        Ok(awaiters
            .iter()
            .map(|(awaiter, ready)| Edge {
                awaited: awaited.clone(),
                awaiter: awaiter.clone(),
                ready: *ready,
            })
            .collect())
    }

    fn edges_of(&self, awaiter: &PromiseId) -> Result<Vec<Edge>, StoreError> {
        let Some(awaited) = self.tables.awaited.get(awaiter) else {
            return Ok(Vec::new());
        };
        Ok(awaited
            .iter()
            .map(|(awaited, ready)| Edge {
                awaited: awaited.clone(),
                awaiter: awaiter.clone(),
                ready: *ready,
            })
            .collect())
    }

    fn listeners(&self, promise: &PromiseId) -> Result<Vec<Text>, StoreError> {
        let listeners = self.tables.listeners.get(promise);
        Ok(listeners.into_iter().flatten().cloned().collect())
    }

    fn branch(&self, branch: &str, limit: usize) -> Result<Vec<Arc<PromiseRecord>>, StoreError> {
        let ids = self.tables.branches.get(branch).into_iter().flatten();
        Ok(ids
            .filter_map(|id| self.tables.promises.get(id))
            .take(limit)
            .map(|promise| Arc::clone(&promise.record))
            .collect())
    }

    fn schedule(&self, id: &ScheduleId) -> Result<Option<Arc<ScheduleRecord>>, StoreError> {
        Ok(self.tables.schedules.get(id).cloned())
    }

    fn promises_after(
        &self,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Promise>, StoreError> {
        let page = self.tables.promises.range::<str, _>(after(cursor));
        Ok(page
            .take(limit)
            .map(|(_, promise)| promise.clone())
            .collect())
    }

    fn schedules_after(
        &self,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Arc<ScheduleRecord>>, StoreError> {
        let page = self.tables.schedules.range::<str, _>(after(cursor));
        Ok(page
            .take(limit)
            .map(|(_, schedule)| Arc::clone(schedule))
            .collect())
    }

    fn roots_after(
        &self,
        cursor: Option<&(Millis, PromiseId)>,
        limit: usize,
    ) -> Result<Vec<(Millis, PromiseId)>, StoreError> {
        let start = cursor.map_or(Bound::Unbounded, Bound::Excluded);
        let page = self.tables.roots.range((start, Bound::Unbounded));
        Ok(page.take(limit).cloned().collect())
    }

    fn descendants(&self, root: &PromiseId) -> Result<Vec<Descendant>, StoreError> {
        let ids = self.tables.descendants.get(root.as_str());
        let ids = ids.into_iter().flatten();
        Ok(ids
            .filter_map(|id| self.tables.promises.get(id))
            .map(Descendant::from)
            .collect())
    }

    fn due(&self, now: Millis, limit: usize) -> Result<Vec<Due>, StoreError> {
        Ok(self.tables.due(now).take(limit).collect())
    }

    fn next_due(&self) -> Result<Option<Millis>, StoreError> {
        Ok(self.tables.next_due())
    }

    fn clock(&self) -> Result<Millis, StoreError> {
        Ok(self.tables.clock)
    }
}

/// Every key after `cursor`.
fn after(cursor: Option<&str>) -> (Bound<&str>, Bound<&str>) {
    (
        cursor.map_or(Bound::Unbounded, Bound::Excluded),
        Bound::Unbounded,
    )
}
