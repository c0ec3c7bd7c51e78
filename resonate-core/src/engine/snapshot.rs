//! Everything a store keeps, as one value that can be compared.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use crate::model::{Edge, Promise};
use crate::protocol::ScheduleRecord;
use crate::store::{StoreError, View};
use crate::{Millis, PromiseId, ScheduleId, Text};

const SCAN: usize = 1024;

/// A complete dump of a store, ordered and comparable: for tests, and to look inside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// The last instant that the store keeps.
    pub clock: Millis,
    /// Promises with their tasks.
    pub promises: BTreeMap<PromiseId, Promise>,
    /// Who waits for what, and what has settled for whom.
    pub edges: BTreeSet<Edge>,
    /// Who listens for what.
    pub listeners: BTreeSet<(PromiseId, Text)>,
    /// Schedules.
    pub schedules: BTreeMap<ScheduleId, Arc<ScheduleRecord>>,
}

impl Snapshot {
    /// Reads everything.
    ///
    /// # Errors
    /// When the store fails.
    pub fn of(view: &dyn View) -> Result<Self, StoreError> {
        let mut snapshot = Self {
            clock: view.clock()?,
            ..Self::default()
        };
        snapshot.read_promises(view)?;
        snapshot.read_schedules(view)?;
        Ok(snapshot)
    }

    /// The settled promises that the task `awaiter` has not consumed yet.
    pub fn resumes(&self, awaiter: &PromiseId) -> impl Iterator<Item = &PromiseId> {
        self.edges
            .iter()
            .filter(move |edge| edge.ready && edge.awaiter == *awaiter)
            .map(|edge| &edge.awaited)
    }

    /// What differs between this and `other`, a line each, for a person; the clocks are not
    /// compared.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let mut lines = Vec::new();
        compare("promise", &self.promises, &other.promises, &mut lines);
        compare("schedule", &self.schedules, &other.schedules, &mut lines);
        for edge in self.edges.symmetric_difference(&other.edges) {
            lines.push(format!("edge on one side only: {edge:?}"));
        }
        for listener in self.listeners.symmetric_difference(&other.listeners) {
            lines.push(format!("listener on one side only: {listener:?}"));
        }
        lines
    }

    fn read_promises(&mut self, view: &dyn View) -> Result<(), StoreError> {
        loop {
            let last = self.promises.last_key_value().map(|(id, _)| id.as_str());
            let rows = view.promises_after(last, SCAN)?;
            if rows.is_empty() {
                return Ok(());
            }
            for promise in rows {
                let id = promise.id().clone();
                self.edges.extend(view.edges_to(&id)?);
                let listeners = view.listeners(&id)?.into_iter();
                self.listeners
                    .extend(listeners.map(|address| (id.clone(), address)));
                self.promises.insert(id, promise);
            }
        }
    }

    fn read_schedules(&mut self, view: &dyn View) -> Result<(), StoreError> {
        loop {
            let last = self.schedules.last_key_value().map(|(id, _)| id.as_str());
            let rows = view.schedules_after(last, SCAN)?;
            if rows.is_empty() {
                return Ok(());
            }
            let rows = rows.into_iter();
            self.schedules
                .extend(rows.map(|schedule| (schedule.id.clone(), schedule)));
        }
    }
}

fn compare<K: Ord + fmt::Display, V: PartialEq + fmt::Debug>(
    what: &str,
    left: &BTreeMap<K, V>,
    right: &BTreeMap<K, V>,
    lines: &mut Vec<String>,
) {
    let ids: BTreeSet<&K> = left.keys().chain(right.keys()).collect();
    for id in ids {
        let (left, right) = (left.get(id), right.get(id));
        if left != right {
            lines.push(format!("{what} `{id}`: {left:?}, but {right:?}"));
        }
    }
}
