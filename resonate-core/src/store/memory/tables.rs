//! The maps and their indices, changed one write at a time and put back one write at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::{Edge, Promise, TaskState};
use crate::protocol::ScheduleRecord;
use crate::store::{Due, Write};
use crate::{Millis, PromiseId, ScheduleId, Text};

/// Everything that is kept. Each index is a function of the maps and moves with them.
#[derive(Clone, Debug, Default)]
pub(super) struct Tables {
    pub(super) promises: BTreeMap<PromiseId, Promise>,
    /// Edges by awaited, then awaiter; the flag is [`Edge::ready`].
    pub(super) awaiters: BTreeMap<PromiseId, BTreeMap<PromiseId, bool>>,
    /// The same edges by awaiter, then awaited.
    pub(super) awaited: BTreeMap<PromiseId, BTreeMap<PromiseId, bool>>,
    pub(super) listeners: BTreeMap<PromiseId, BTreeSet<Text>>,
    pub(super) branches: BTreeMap<Text, BTreeSet<PromiseId>>,
    /// Promises by the origin that is not themselves.
    pub(super) descendants: BTreeMap<Text, BTreeSet<PromiseId>>,
    /// All other promises by when they end.
    pub(super) roots: BTreeSet<(Millis, PromiseId)>,
    pub(super) schedules: BTreeMap<ScheduleId, Arc<ScheduleRecord>>,
    pub(super) clock: Millis,
    deadlines: BTreeSet<(Millis, PromiseId)>,
    offers: BTreeSet<(Millis, PromiseId)>,
    leases: BTreeSet<(Millis, PromiseId)>,
    runs: BTreeSet<(Millis, ScheduleId)>,
}

/// What stood in one place before a write.
#[derive(Clone, Debug)]
pub(super) enum Before {
    Promise(PromiseId, Option<Promise>),
    Edge {
        awaited: PromiseId,
        awaiter: PromiseId,
        ready: Option<bool>,
    },
    Listener {
        promise: PromiseId,
        address: Text,
    },
    Listeners(PromiseId, BTreeSet<Text>),
    Schedule(ScheduleId, Option<Arc<ScheduleRecord>>),
    Clock(Millis),
    Everything(Box<Tables>),
}

impl Tables {
    /// Makes one write and records what stood there.
    pub(super) fn write(&mut self, write: Write, undo: &mut Vec<Before>) {
        undo.push(match write {
            Write::Promise(promise) => {
                let id = promise.id().clone();
                let before = self.put_promise(&id, Some(promise));
                Before::Promise(id, before)
            }
            Write::RemovePromise(id) => {
                let before = self.put_promise(&id, None);
                Before::Promise(id, before)
            }
            Write::Edge(Edge {
                awaited,
                awaiter,
                ready,
            }) => {
                let ready = self.put_edge(&awaited, &awaiter, Some(ready));
                Before::Edge {
                    awaited,
                    awaiter,
                    ready,
                }
            }
            Write::RemoveEdge { awaited, awaiter } => {
                let ready = self.put_edge(&awaited, &awaiter, None);
                Before::Edge {
                    awaited,
                    awaiter,
                    ready,
                }
            }
            Write::Listener { promise, address } => {
                let listeners = self.listeners.entry(promise.clone()).or_default();
                if !listeners.insert(address.clone()) {
                    return;
                }
                Before::Listener { promise, address }
            }
            Write::RemoveListeners(promise) => {
                let Some(before) = self.listeners.remove(&promise) else {
                    return;
                };
                Before::Listeners(promise, before)
            }
            Write::Schedule(schedule) => {
                let id = schedule.id.clone();
                let before = self.put_schedule(&id, Some(schedule));
                Before::Schedule(id, before)
            }
            Write::RemoveSchedule(id) => {
                let before = self.put_schedule(&id, None);
                Before::Schedule(id, before)
            }
            Write::Clock(now) => Before::Clock(std::mem::replace(&mut self.clock, now)),
            Write::Reset => Before::Everything(Box::new(std::mem::take(self))),
        });
    }

    /// Puts back what stood in one place.
    pub(super) fn restore(&mut self, before: Before) {
        match before {
            Before::Promise(id, promise) => {
                self.put_promise(&id, promise);
            }
            Before::Edge {
                awaited,
                awaiter,
                ready,
            } => {
                self.put_edge(&awaited, &awaiter, ready);
            }
            Before::Listener { promise, address } => {
                if let Some(listeners) = self.listeners.get_mut(&promise) {
                    listeners.remove(&address);
                    if listeners.is_empty() {
                        self.listeners.remove(&promise);
                    }
                }
            }
            Before::Listeners(promise, listeners) => {
                self.listeners.insert(promise, listeners);
            }
            Before::Schedule(id, schedule) => {
                self.put_schedule(&id, schedule);
            }
            Before::Clock(now) => self.clock = now,
            Before::Everything(tables) => *self = *tables,
        }
    }

    /// What is due at `now`, in the order that the engine acts in.
    pub(super) fn due(&self, now: Millis) -> impl Iterator<Item = Due> {
        let promises = until(&self.deadlines, now).cloned().map(Due::Promise);
        let offers = until(&self.offers, now).cloned().map(Due::Offer);
        let leases = until(&self.leases, now).cloned().map(Due::Lease);
        let runs = until(&self.runs, now).cloned().map(Due::Schedule);
        promises.chain(offers).chain(leases).chain(runs)
    }

    /// The earliest instant at which anything is due.
    pub(super) fn next_due(&self) -> Option<Millis> {
        let promises = [&self.deadlines, &self.offers, &self.leases]
            .into_iter()
            .filter_map(|index| index.first().map(|(at, _)| *at));
        promises.chain(self.runs.first().map(|(at, _)| *at)).min()
    }

    fn put_promise(&mut self, id: &PromiseId, promise: Option<Promise>) -> Option<Promise> {
        let after = promise.as_ref().map(Dues::of).unwrap_or_default();
        let tags = promise.as_ref().map(|promise| promise.record.tags.clone());
        let before = match promise {
            Some(promise) => self.promises.insert(id.clone(), promise),
            None => self.promises.remove(id),
        };
        let dues = before.as_ref().map(Dues::of).unwrap_or_default();
        moved(&mut self.deadlines, id, dues.deadline, after.deadline);
        moved(&mut self.offers, id, dues.offer, after.offer);
        moved(&mut self.leases, id, dues.lease, after.lease);
        moved(&mut self.roots, id, dues.end_of_root, after.end_of_root);
        // Tags never change, so these indices move only when a promise comes or goes.
        match (&before, &tags) {
            (None, Some(tags)) => {
                add(&mut self.branches, tags.branch(), id);
                add(&mut self.descendants, tags.origin_other_than(id), id);
            }
            (Some(before), None) => {
                let tags = &before.record.tags;
                remove(&mut self.branches, tags.branch(), id);
                remove(&mut self.descendants, tags.origin_other_than(id), id);
            }
            (Some(_), Some(_)) | (None, None) => {}
        }
        before
    }

    fn put_edge(
        &mut self,
        awaited: &PromiseId,
        awaiter: &PromiseId,
        ready: Option<bool>,
    ) -> Option<bool> {
        put_pair(&mut self.awaited, awaiter, awaited, ready);
        put_pair(&mut self.awaiters, awaited, awaiter, ready)
    }

    fn put_schedule(
        &mut self,
        id: &ScheduleId,
        schedule: Option<Arc<ScheduleRecord>>,
    ) -> Option<Arc<ScheduleRecord>> {
        let after = schedule.as_ref().map(|schedule| schedule.next_run_at);
        let before = match schedule {
            Some(schedule) => self.schedules.insert(id.clone(), schedule),
            None => self.schedules.remove(id),
        };
        let due = before.as_ref().map(|schedule| schedule.next_run_at);
        moved(&mut self.runs, id, due, after);
        before
    }
}

/// When a promise is due, by index.
#[derive(Default)]
struct Dues {
    deadline: Option<Millis>,
    offer: Option<Millis>,
    lease: Option<Millis>,
    end_of_root: Option<Millis>,
}

impl Dues {
    fn of(promise: &Promise) -> Self {
        let at = promise.task_due();
        let (offer, lease) = match promise.task.as_ref().map(|task| &task.state) {
            Some(TaskState::Pending { .. }) => (at, None),
            Some(TaskState::Acquired(_)) => (None, at),
            Some(TaskState::Suspended | TaskState::Halted | TaskState::Fulfilled) | None => {
                (None, None)
            }
        };
        Self {
            deadline: promise.deadline_due(),
            offer,
            lease,
            end_of_root: promise.origin().is_none().then(|| promise.ends_at()),
        }
    }
}

/// Adds the id to those under `key`, if there is a key.
fn add(index: &mut BTreeMap<Text, BTreeSet<PromiseId>>, key: Option<&str>, id: &PromiseId) {
    let Some(key) = key else { return };
    match index.get_mut(key) {
        Some(ids) => {
            ids.insert(id.clone());
        }
        None => {
            index.insert(key.into(), [id.clone()].into());
        }
    }
}

/// Removes the id from those under `key`, if there is a key.
fn remove(index: &mut BTreeMap<Text, BTreeSet<PromiseId>>, key: Option<&str>, id: &PromiseId) {
    let Some(key) = key else { return };
    if let Some(ids) = index.get_mut(key) {
        ids.remove(id);
        if ids.is_empty() {
            index.remove(key);
        }
    }
}

/// The ids whose time has come, earliest first.
fn until<K>(index: &BTreeSet<(Millis, K)>, now: Millis) -> impl Iterator<Item = &K> {
    index
        .iter()
        .take_while(move |(at, _)| *at <= now)
        .map(|(_, id)| id)
}

/// Moves an id from one instant of an index to another.
fn moved<K: Clone + Ord>(
    index: &mut BTreeSet<(Millis, K)>,
    id: &K,
    before: Option<Millis>,
    after: Option<Millis>,
) {
    if before == after {
        return;
    }
    if let Some(at) = before {
        index.remove(&(at, id.clone()));
    }
    if let Some(at) = after {
        index.insert((at, id.clone()));
    }
}

/// Sets or removes one flag of a map of maps, and says what it was.
fn put_pair(
    map: &mut BTreeMap<PromiseId, BTreeMap<PromiseId, bool>>,
    outer: &PromiseId,
    inner: &PromiseId,
    flag: Option<bool>,
) -> Option<bool> {
    match flag {
        Some(flag) => match map.get_mut(outer) {
            Some(pairs) => pairs.insert(inner.clone(), flag),
            None => {
                map.insert(outer.clone(), [(inner.clone(), flag)].into());
                None
            }
        },
        None => {
            let pairs = map.get_mut(outer)?;
            let before = pairs.remove(inner);
            if pairs.is_empty() {
                map.remove(outer);
            }
            before
        }
    }
}
