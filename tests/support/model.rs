//! A store that is too simple to be wrong: maps, and lists made by looking at everything.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use resonate_core::model::{Edge, Promise, TaskState};
use resonate_core::protocol::{PromiseRecord, ScheduleRecord};
use resonate_core::store::{Descendant, Due, Store, StoreError, View, Write};
use resonate_core::{Millis, PromiseId, ScheduleId, Text};

/// Everything that a store keeps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Promises by id.
    pub promises: BTreeMap<PromiseId, Promise>,
    /// Whether each edge (awaited, awaiter) is ready.
    pub edges: BTreeMap<(PromiseId, PromiseId), bool>,
    /// Listeners: the promise and the address.
    pub listeners: BTreeSet<(PromiseId, Text)>,
    /// Schedules by id.
    pub schedules: BTreeMap<ScheduleId, Arc<ScheduleRecord>>,
    /// The last instant.
    pub clock: Millis,
}

impl Contents {
    /// Reads everything that `view` shows of the promises, schedules and the clock.
    ///
    /// # Panics
    /// When the view fails.
    #[must_use]
    pub fn of(view: &dyn View) -> Self {
        let read = "the store can be read";
        let promises = view.promises_after(None, usize::MAX).expect(read);
        let schedules = view.schedules_after(None, usize::MAX).expect(read);
        let mut contents = Self {
            clock: view.clock().expect(read),
            ..Self::default()
        };
        for promise in promises {
            let id = promise.id().clone();
            for edge in view.edges_to(&id).expect(read) {
                contents
                    .edges
                    .insert((edge.awaited, edge.awaiter), edge.ready);
            }
            for address in view.listeners(&id).expect(read) {
                contents.listeners.insert((id.clone(), address));
            }
            contents.promises.insert(id, promise);
        }
        for schedule in schedules {
            contents.schedules.insert(schedule.id.clone(), schedule);
        }
        contents
    }

    /// Makes one change.
    pub fn write(&mut self, write: Write) {
        match write {
            Write::Reset => *self = Self::default(),
            Write::Promise(promise) => {
                self.promises.insert(promise.id().clone(), promise);
            }
            Write::RemovePromise(id) => drop(self.promises.remove(&id)),
            Write::Edge(edge) => {
                self.edges.insert((edge.awaited, edge.awaiter), edge.ready);
            }
            Write::RemoveEdge { awaited, awaiter } => {
                self.edges.remove(&(awaited, awaiter));
            }
            Write::Listener { promise, address } => {
                self.listeners.insert((promise, address));
            }
            Write::RemoveListeners(id) => self.listeners.retain(|(promise, _)| *promise != id),
            Write::Schedule(record) => {
                self.schedules.insert(record.id.clone(), record);
            }
            Write::RemoveSchedule(id) => {
                self.schedules.remove(&id);
            }
            Write::Clock(now) => self.clock = now,
        }
    }

    /// Everything that will be due, with its instant, in the order of [`View::due`].
    fn agenda(&self) -> Vec<(Millis, Due)> {
        let promises = || self.promises.values();
        let deadlines =
            promises().filter_map(|it| Some((it.deadline_due()?, Due::Promise(it.id().clone()))));
        let offers = promises().filter(|it| !is_leased(it));
        let offers = offers.filter_map(|it| Some((it.task_due()?, Due::Offer(it.id().clone()))));
        let leases = promises().filter(|it| is_leased(it));
        let leases = leases.filter_map(|it| Some((it.task_due()?, Due::Lease(it.id().clone()))));
        let schedules = self.schedules.values();
        let schedules = schedules.map(|it| (it.next_run_at, Due::Schedule(it.id.clone())));
        let mut agenda: Vec<_> = deadlines
            .chain(offers)
            .chain(leases)
            .chain(schedules)
            .collect();
        agenda.sort_by_key(|(at, due)| (kind(due), *at, due.clone()));
        agenda
    }
}

/// Whether the time of its task is that of a lease, not of an offer.
fn is_leased(promise: &Promise) -> bool {
    let state = promise.task.as_ref().map(|task| &task.state);
    matches!(state, Some(TaskState::Acquired(_)))
}

fn kind(due: &Due) -> u8 {
    match due {
        Due::Promise(_) => 0,
        Due::Offer(_) => 1,
        Due::Lease(_) => 2,
        Due::Schedule(_) => 3,
    }
}

/// The reference store: what was kept, and what the open transaction sees.
#[derive(Clone, Debug, Default)]
pub struct ModelStore {
    /// What the last commit kept.
    pub kept: Contents,
    /// That and the writes since.
    pub seen: Contents,
}

impl View for ModelStore {
    fn promise(&self, id: &PromiseId) -> Result<Option<Promise>, StoreError> {
        Ok(self.seen.promises.get(id).cloned())
    }

    fn edges_to(&self, awaited: &PromiseId) -> Result<Vec<Edge>, StoreError> {
        Ok(self.edges(|edge| edge.awaited == *awaited))
    }

    fn edges_of(&self, awaiter: &PromiseId) -> Result<Vec<Edge>, StoreError> {
        Ok(self.edges(|edge| edge.awaiter == *awaiter))
    }

    fn listeners(&self, promise: &PromiseId) -> Result<Vec<Text>, StoreError> {
        let all = self.seen.listeners.iter();
        Ok(all
            .filter(|(of, _)| of == promise)
            .map(|(_, address)| Arc::clone(address))
            .collect())
    }

    fn branch(&self, branch: &str, limit: usize) -> Result<Vec<Arc<PromiseRecord>>, StoreError> {
        let all = self.seen.promises.values().map(|it| &it.record);
        Ok(all
            .filter(|record| record.tags.branch() == Some(branch))
            .take(limit)
            .cloned()
            .collect())
    }

    fn schedule(&self, id: &ScheduleId) -> Result<Option<Arc<ScheduleRecord>>, StoreError> {
        Ok(self.seen.schedules.get(id).cloned())
    }

    fn promises_after(
        &self,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Promise>, StoreError> {
        let all = self.seen.promises.values();
        Ok(all
            .filter(|it| cursor.is_none_or(|cursor| it.id().as_str() > cursor))
            .take(limit)
            .cloned()
            .collect())
    }

    fn schedules_after(
        &self,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Arc<ScheduleRecord>>, StoreError> {
        let all = self.seen.schedules.values();
        Ok(all
            .filter(|it| cursor.is_none_or(|cursor| it.id.as_str() > cursor))
            .take(limit)
            .cloned()
            .collect())
    }

    fn roots_after(
        &self,
        cursor: Option<&(Millis, PromiseId)>,
        limit: usize,
    ) -> Result<Vec<(Millis, PromiseId)>, StoreError> {
        let roots = self.seen.promises.values();
        let roots = roots.filter(|it| it.origin().is_none());
        let roots = roots.map(|it| (it.ends_at(), it.id().clone()));
        let roots: BTreeSet<_> = roots
            .filter(|root| cursor.is_none_or(|cursor| root > cursor))
            .collect();
        Ok(roots.into_iter().take(limit).collect())
    }

    fn descendants(&self, root: &PromiseId) -> Result<Vec<Descendant>, StoreError> {
        let all = self.seen.promises.values();
        Ok(all
            .filter(|it| it.origin() == Some(root.as_str()))
            .map(Descendant::from)
            .collect())
    }

    fn due(&self, now: Millis, limit: usize) -> Result<Vec<Due>, StoreError> {
        let agenda = self.seen.agenda().into_iter();
        Ok(agenda
            .filter(|(at, _)| *at <= now)
            .take(limit)
            .map(|(_, due)| due)
            .collect())
    }

    fn next_due(&self) -> Result<Option<Millis>, StoreError> {
        Ok(self.seen.agenda().into_iter().map(|(at, _)| at).min())
    }

    fn clock(&self) -> Result<Millis, StoreError> {
        Ok(self.seen.clock)
    }
}

impl ModelStore {
    fn edges(&self, keep: impl Fn(&Edge) -> bool) -> Vec<Edge> {
        let all = self.seen.edges.iter();
        all.map(|((awaited, awaiter), ready)| Edge {
            awaited: awaited.clone(),
            awaiter: awaiter.clone(),
            ready: *ready,
        })
        .filter(keep)
        .collect()
    }
}

impl Store for ModelStore {
    fn apply(&mut self, writes: Vec<Write>) -> Result<(), StoreError> {
        writes.into_iter().for_each(|write| self.seen.write(write));
        Ok(())
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        self.kept = self.seen.clone();
        Ok(())
    }

    fn rollback(&mut self) {
        self.seen = self.kept.clone();
    }

    fn blocks(&self) -> bool {
        false
    }

    fn describe(&self) -> String {
        "the reference model".to_owned()
    }
}
