//! One step: reads through its own changes, gathers writes and messages.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::Config;
use crate::model::{Edge, Promise, TaskState, project};
use crate::protocol::{Message, Outgoing, PromiseRecord, TaskRecord, TaskRef};
use crate::store::{StoreError, View, Write};
use crate::{Millis, PromiseId, Text};

/// A step in the making. Nothing of it is seen by anyone before [`Step::finish`].
pub(super) struct Step<'a> {
    pub(super) view: &'a dyn View,
    pub(super) config: &'a Config,
    pub(super) now: Millis,
    promises: BTreeMap<PromiseId, Slot>,
    /// Changed edges by awaiter, then awaited: the new [`Edge::ready`], or none when removed.
    edges: BTreeMap<PromiseId, BTreeMap<PromiseId, Option<bool>>>,
    /// Writes that no later read of the step looks for: listeners and schedules.
    rest: Vec<Write>,
    messages: Vec<Outgoing>,
    /// Settled in this step, with those who wait for them still to be told.
    pub(super) settled: VecDeque<Arc<PromiseRecord>>,
    time_told: bool,
}

/// What a step decided.
pub(super) struct Done {
    pub(super) writes: Vec<Write>,
    pub(super) messages: Vec<Outgoing>,
    /// Whether the answer shows a deadline as passed that is not written as passed: the clock
    /// has to be kept, or the promise would come to life again after a restart.
    pub(super) time_told: bool,
}

/// A promise as the step sees it.
struct Slot {
    promise: Option<Promise>,
    changed: bool,
}

impl<'a> Step<'a> {
    pub(super) fn new(view: &'a dyn View, config: &'a Config, now: Millis) -> Self {
        Self {
            view,
            config,
            now,
            promises: BTreeMap::new(),
            edges: BTreeMap::new(),
            rest: Vec::new(),
            messages: Vec::new(),
            settled: VecDeque::new(),
            time_told: false,
        }
    }

    /// The promise `id` as it stands after this step's changes.
    pub(super) fn promise(&mut self, id: &PromiseId) -> Result<Option<Promise>, StoreError> {
        if let Some(slot) = self.promises.get(id) {
            return Ok(slot.promise.clone());
        }
        let promise = self.view.promise(id)?;
        let slot = Slot {
            promise: promise.clone(),
            changed: false,
        };
        self.promises.insert(id.clone(), slot);
        Ok(promise)
    }

    /// Writes a promise and its task.
    pub(super) fn put(&mut self, promise: Promise) {
        let id = promise.id().clone();
        let slot = Slot {
            promise: Some(promise),
            changed: true,
        };
        self.promises.insert(id, slot);
    }

    /// Promises of a branch that this step changed.
    pub(super) fn changed_in<'s>(
        &'s self,
        branch: &'s str,
    ) -> impl Iterator<Item = &'s Promise> + 's {
        self.promises
            .values()
            .filter(|slot| slot.changed)
            .filter_map(|slot| slot.promise.as_ref())
            .filter(move |promise| promise.record.tags.branch() == Some(branch))
    }

    /// The edges on which the task of `awaiter` waits.
    pub(super) fn edges_of(&self, awaiter: &PromiseId) -> Result<Vec<Edge>, StoreError> {
        let mut edges = self.view.edges_of(awaiter)?;
        let Some(changes) = self.edges.get(awaiter) else {
            return Ok(edges);
        };
        edges.retain(|edge| !changes.contains_key(&edge.awaited));
        edges.extend(changes.iter().filter_map(|(awaited, ready)| {
            ready.map(|ready| Edge {
                awaited: awaited.clone(),
                awaiter: awaiter.clone(),
                ready,
            })
        }));
        Ok(edges)
    }

    /// Those who still wait for `awaited`. A step adds edges after it has settled what it
    /// settles, so its own new edges need not be looked for.
    pub(super) fn awaiters(&self, awaited: &PromiseId) -> Result<Vec<PromiseId>, StoreError> {
        let mut edges = self.view.edges_to(awaited)?;
        edges.retain(|edge| {
            let change = self.edges.get(&edge.awaiter);
            let change = change.and_then(|changes| changes.get(awaited));
            !edge.ready && change.is_none()
        });
        Ok(edges.into_iter().map(|edge| edge.awaiter).collect())
    }

    /// Inserts an edge, or replaces its `ready`.
    pub(super) fn put_edge(&mut self, awaited: &PromiseId, awaiter: &PromiseId, ready: bool) {
        let changes = self.edges.entry(awaiter.clone()).or_default();
        changes.insert(awaited.clone(), Some(ready));
    }

    /// Removes an edge.
    pub(super) fn remove_edge(&mut self, awaited: &PromiseId, awaiter: &PromiseId) {
        let changes = self.edges.entry(awaiter.clone()).or_default();
        changes.insert(awaited.clone(), None);
    }

    /// How many awaited promises have settled since the task was last acquired.
    pub(super) fn resumes(&self, promise: &Promise) -> Result<u64, StoreError> {
        let may_have_any = promise.task.as_ref().is_some_and(|task| match task.state {
            TaskState::Pending { .. } | TaskState::Acquired(_) | TaskState::Halted => true,
            TaskState::Suspended | TaskState::Fulfilled => false,
        });
        if !may_have_any {
            return Ok(0);
        }
        let edges = self.edges_of(promise.id())?;
        Ok(edges.iter().map(|edge| u64::from(edge.ready)).sum())
    }

    /// Forgets which awaited promises have settled.
    pub(super) fn clear_resumes(&mut self, awaiter: &PromiseId) -> Result<(), StoreError> {
        for edge in self.edges_of(awaiter)? {
            if edge.ready {
                self.remove_edge(&edge.awaited, awaiter);
            }
        }
        Ok(())
    }

    /// The record of a promise's task.
    pub(super) fn task_record(&self, promise: &Promise) -> Result<Option<TaskRecord>, StoreError> {
        let resumes = self.resumes(promise)?;
        let task = promise.task.as_ref();
        Ok(task.map(|task| task.record(promise.id(), resumes)))
    }

    /// The record as it stands now, and that the answer shows it so.
    pub(super) fn project(&mut self, record: &Arc<PromiseRecord>) -> Arc<PromiseRecord> {
        let shown = project(record, self.now);
        self.time_told |= !Arc::ptr_eq(&shown, record);
        shown
    }

    /// A write of listeners or schedules.
    pub(super) fn write(&mut self, write: Write) {
        self.rest.push(write);
    }

    /// Tells a listener.
    pub(super) fn unblock(&mut self, address: Text, promise: &Arc<PromiseRecord>) {
        self.messages.push(Outgoing {
            address,
            message: Message::Unblock(Arc::clone(promise)),
        });
    }

    /// Makes the task pending and offers it now, and again after the retry time. The task of a
    /// timer waits for its deadline: it is kept and never offered.
    pub(super) fn offer(&mut self, mut promise: Promise) {
        let record = Arc::clone(&promise.record);
        let (Some(task), Some(target)) = (&mut promise.task, record.tags.target()) else {
            // A promise has a task exactly when it has a target.
            return;
        };
        let retry_at = if record.tags.is_timer() {
            Millis::MAX
        } else {
            self.messages.push(Outgoing {
                address: target.into(),
                message: Message::Execute(TaskRef {
                    id: record.id.clone(),
                    version: task.version,
                }),
            });
            self.now.after(self.config.retry_every)
        };
        task.state = TaskState::Pending { retry_at };
        self.put(promise);
    }

    /// What the step decided.
    pub(super) fn finish(self) -> Done {
        let mut writes = Vec::with_capacity(self.promises.len() + self.rest.len());
        for slot in self.promises.into_values().filter(|slot| slot.changed) {
            writes.extend(slot.promise.map(Write::Promise));
        }
        for (awaiter, changes) in self.edges {
            for (awaited, ready) in changes {
                let awaiter = awaiter.clone();
                writes.push(match ready {
                    Some(ready) => Write::Edge(Edge {
                        awaited,
                        awaiter,
                        ready,
                    }),
                    None => Write::RemoveEdge { awaited, awaiter },
                });
            }
        }
        writes.extend(self.rest);
        Done {
            writes,
            messages: self.messages,
            time_told: self.time_told,
        }
    }
}
