//! A boxed store is a store, so that a host may choose one at run time.

use std::sync::Arc;

use super::{Descendant, Due, Store, StoreError, View, Write};
use crate::model::{Edge, Promise};
use crate::protocol::{PromiseRecord, ScheduleRecord};
use crate::{Millis, PromiseId, ScheduleId, Text};

impl<T: View + ?Sized> View for Box<T> {
    fn promise(&self, id: &PromiseId) -> Result<Option<Promise>, StoreError> {
        (**self).promise(id)
    }

    fn edges_to(&self, awaited: &PromiseId) -> Result<Vec<Edge>, StoreError> {
        (**self).edges_to(awaited)
    }

    fn edges_of(&self, awaiter: &PromiseId) -> Result<Vec<Edge>, StoreError> {
        (**self).edges_of(awaiter)
    }

    fn listeners(&self, promise: &PromiseId) -> Result<Vec<Text>, StoreError> {
        (**self).listeners(promise)
    }

    fn branch(&self, branch: &str, limit: usize) -> Result<Vec<Arc<PromiseRecord>>, StoreError> {
        (**self).branch(branch, limit)
    }

    fn schedule(&self, id: &ScheduleId) -> Result<Option<Arc<ScheduleRecord>>, StoreError> {
        (**self).schedule(id)
    }

    fn promises_after(
        &self,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Promise>, StoreError> {
        (**self).promises_after(cursor, limit)
    }

    fn schedules_after(
        &self,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Arc<ScheduleRecord>>, StoreError> {
        (**self).schedules_after(cursor, limit)
    }

    fn roots_after(
        &self,
        cursor: Option<&(Millis, PromiseId)>,
        limit: usize,
    ) -> Result<Vec<(Millis, PromiseId)>, StoreError> {
        (**self).roots_after(cursor, limit)
    }

    fn descendants(&self, root: &PromiseId) -> Result<Vec<Descendant>, StoreError> {
        (**self).descendants(root)
    }

    fn due(&self, now: Millis, limit: usize) -> Result<Vec<Due>, StoreError> {
        (**self).due(now, limit)
    }

    fn next_due(&self) -> Result<Option<Millis>, StoreError> {
        (**self).next_due()
    }

    fn clock(&self) -> Result<Millis, StoreError> {
        (**self).clock()
    }
}

impl<T: Store + ?Sized> Store for Box<T> {
    fn apply(&mut self, writes: Vec<Write>) -> Result<(), StoreError> {
        (**self).apply(writes)
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        (**self).commit()
    }

    fn rollback(&mut self) {
        (**self).rollback();
    }

    fn blocks(&self) -> bool {
        (**self).blocks()
    }

    fn describe(&self) -> String {
        (**self).describe()
    }
}
