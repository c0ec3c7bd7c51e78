//! Everything a store keeps, as one value that can be compared.

use std::collections::{BTreeMap, BTreeSet};
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
