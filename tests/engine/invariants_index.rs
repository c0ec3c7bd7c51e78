//! A store whose look-ups do not agree with what it keeps is found out.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use resonate_core::engine::{Config, Engine, invariants};
use resonate_core::model::{Edge, Promise};
use resonate_core::protocol::{PromiseRecord, ScheduleRecord};
use resonate_core::store::{Descendant, Due, MemoryStore, StoreError, View};
use resonate_core::{Millis, PromiseId, ScheduleId, Text};
use support::engine::read_request;

/// A look-up that misses what it should find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lie {
    None,
    Due,
    NextDue,
    EdgesOf,
    Branch,
    Promise,
    Schedule,
    Roots,
    Descendants,
}

struct Lying {
    inner: MemoryStore,
    lie: Lie,
}

impl Lying {
    /// What is found, or nothing when this is the look-up that lies.
    fn unless<T: Default>(&self, lie: Lie, found: Result<T, StoreError>) -> Result<T, StoreError> {
        if self.lie == lie {
            return Ok(T::default());
        }
        found
    }
}

impl View for Lying {
    fn promise(&self, id: &PromiseId) -> Result<Option<Promise>, StoreError> {
        self.unless(Lie::Promise, self.inner.promise(id))
    }

    fn edges_to(&self, awaited: &PromiseId) -> Result<Vec<Edge>, StoreError> {
        self.inner.edges_to(awaited)
    }

    fn edges_of(&self, awaiter: &PromiseId) -> Result<Vec<Edge>, StoreError> {
        self.unless(Lie::EdgesOf, self.inner.edges_of(awaiter))
    }

    fn listeners(&self, promise: &PromiseId) -> Result<Vec<Text>, StoreError> {
        self.inner.listeners(promise)
    }

    fn branch(&self, branch: &str, limit: usize) -> Result<Vec<Arc<PromiseRecord>>, StoreError> {
        self.unless(Lie::Branch, self.inner.branch(branch, limit))
    }

    fn schedule(&self, id: &ScheduleId) -> Result<Option<Arc<ScheduleRecord>>, StoreError> {
        self.unless(Lie::Schedule, self.inner.schedule(id))
    }

    fn promises_after(
        &self,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Promise>, StoreError> {
        self.inner.promises_after(cursor, limit)
    }

    fn schedules_after(
        &self,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Arc<ScheduleRecord>>, StoreError> {
        self.inner.schedules_after(cursor, limit)
    }

    fn roots_after(
        &self,
        cursor: Option<&(Millis, PromiseId)>,
        limit: usize,
    ) -> Result<Vec<(Millis, PromiseId)>, StoreError> {
        self.unless(Lie::Roots, self.inner.roots_after(cursor, limit))
    }

    fn descendants(&self, root: &PromiseId) -> Result<Vec<Descendant>, StoreError> {
        self.unless(Lie::Descendants, self.inner.descendants(root))
    }

    fn due(&self, now: Millis, limit: usize) -> Result<Vec<Due>, StoreError> {
        self.unless(Lie::Due, self.inner.due(now, limit))
    }

    fn next_due(&self) -> Result<Option<Millis>, StoreError> {
        self.unless(Lie::NextDue, self.inner.next_due())
    }

    fn clock(&self) -> Result<Millis, StoreError> {
        self.inner.clock()
    }
}

#[test]
fn a_look_up_that_misses_something_is_found_out() {
    let now = Millis::new(1_000);
    let mut engine = Engine::new(MemoryStore::default(), Config::default());
    for line in [
        "task.create w 90000 TG BR(w)",
        "create p 90000 EX #resonate:origin=w",
        "suspend w 1 p",
        "schedule.create s *_*_*_*_* promise=x",
    ] {
        engine.handle(now, &read_request(line)).unwrap().unwrap();
    }
    engine.commit().unwrap();
    let inner = engine.into_store();
    for (lie, property) in [
        (Lie::None, None),
        (Lie::Due, Some("k4")),
        (Lie::NextDue, Some("k5")),
        (Lie::EdgesOf, Some("k6")),
        (Lie::Branch, Some("k7")),
        (Lie::Promise, Some("k8")),
        (Lie::Schedule, Some("k8")),
        (Lie::Roots, Some("k10")),
        (Lie::Descendants, Some("k11")),
    ] {
        let inner = inner.clone();
        let found = invariants::check(&Lying { inner, lie }, now).unwrap();
        let first = found.first().map(|violation| violation.property);
        assert_eq!(first, property, "{lie:?}: {found:?}");
    }
}
