//! Where the engine keeps things. Stores hold no rule of the protocol: they read objects and
//! commit lists of writes.

mod boxed;
mod error;
mod memory;
#[cfg(feature = "sqlite")]
mod sqlite;

use std::sync::Arc;

pub use error::{StoreError, StoreErrorKind};
pub use memory::MemoryStore;
#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteOptions, SqliteStore, Synchronous};

use crate::model::{Edge, Promise};
use crate::protocol::{PromiseRecord, ScheduleRecord};
use crate::{Millis, PromiseId, ScheduleId, Text};

/// What a step of the engine may read. Reads see every write applied so far.
///
/// All lists come in the order of their ids, as bytes.
pub trait View {
    /// The promise `id`.
    fn promise(&self, id: &PromiseId) -> Result<Option<Promise>, StoreError>;
    /// Every edge on which `awaited` is waited for.
    fn edges_to(&self, awaited: &PromiseId) -> Result<Vec<Edge>, StoreError>;
    /// Every edge on which the task of `awaiter` waits.
    fn edges_of(&self, awaiter: &PromiseId) -> Result<Vec<Edge>, StoreError>;
    /// The addresses that listen for `promise`.
    fn listeners(&self, promise: &PromiseId) -> Result<Vec<Text>, StoreError>;
    /// Promises whose tag `resonate:branch` is `branch`, at most `limit`.
    fn branch(&self, branch: &str, limit: usize) -> Result<Vec<Arc<PromiseRecord>>, StoreError>;
    /// The schedule `id`.
    fn schedule(&self, id: &ScheduleId) -> Result<Option<Arc<ScheduleRecord>>, StoreError>;
    /// Promises with an id after `cursor`, at most `limit`.
    fn promises_after(
        &self,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Promise>, StoreError>;
    /// Schedules with an id after `cursor`, at most `limit`.
    fn schedules_after(
        &self,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Arc<ScheduleRecord>>, StoreError>;
    /// Promises that have no other promise as their origin, by when they end ([`Promise::ends_at`]),
    /// then by id: those after `cursor`, at most `limit`.
    fn roots_after(
        &self,
        cursor: Option<&(Millis, PromiseId)>,
        limit: usize,
    ) -> Result<Vec<(Millis, PromiseId)>, StoreError>;
    /// Every other promise of which `root` is the origin.
    fn descendants(&self, root: &PromiseId) -> Result<Vec<Descendant>, StoreError>;
    /// What is due at `now`, at most `limit`: promise deadlines, then task offers, then leases,
    /// then schedules; within a kind by time, then id.
    fn due(&self, now: Millis, limit: usize) -> Result<Vec<Due>, StoreError>;
    /// The earliest instant at which anything is due.
    fn next_due(&self) -> Result<Option<Millis>, StoreError>;
    /// The last instant that was written: the clock never goes back behind it.
    fn clock(&self) -> Result<Millis, StoreError>;
}

/// A promise of an execution, as much of it as says whether it is over.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Descendant {
    /// Its id.
    pub id: PromiseId,
    /// When it ended, or will at the latest; see [`Promise::ends_at`].
    pub ends_at: Millis,
    /// Whether its deadline has to be acted on; see [`Promise::deadline_due`].
    pub is_due: bool,
}

impl From<&Promise> for Descendant {
    fn from(promise: &Promise) -> Self {
        Self {
            id: promise.id().clone(),
            ends_at: promise.ends_at(),
            is_due: promise.deadline_due().is_some(),
        }
    }
}

/// Something that needs attention because its time has come.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Due {
    /// A pending, armed promise reached its deadline.
    Promise(PromiseId),
    /// A pending task is offered again.
    Offer(PromiseId),
    /// The lease of an acquired task lapsed.
    Lease(PromiseId),
    /// A schedule has an occurrence.
    Schedule(ScheduleId),
}

/// One change to what is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// Insert the promise, or replace it. Of an existing one only the record's `state`, `value`
    /// and `settled_at`, `armed` and the task ever change.
    Promise(Promise),
    /// Remove the promise and its task, if it is there. Nobody waits or listens for it.
    RemovePromise(PromiseId),
    /// Insert the edge, or replace its `ready`.
    Edge(Edge),
    /// Remove the edge, if it is there.
    RemoveEdge {
        /// The promise that is waited for.
        awaited: PromiseId,
        /// The promise whose task waits.
        awaiter: PromiseId,
    },
    /// Add a listener, if it is not there.
    Listener {
        /// The promise that is listened for.
        promise: PromiseId,
        /// Who is told.
        address: Text,
    },
    /// Remove every listener of the promise.
    RemoveListeners(PromiseId),
    /// Insert the schedule, or replace it.
    Schedule(Arc<ScheduleRecord>),
    /// Remove the schedule, if it is there.
    RemoveSchedule(ScheduleId),
    /// Remember the last instant.
    Clock(Millis),
    /// Forget everything, the last instant too.
    Reset,
}

/// A place to keep promises, tasks and schedules.
///
/// Writes are gathered by [`Store::apply`], visible to reads at once, and kept from
/// [`Store::commit`] on: all of them or none.
pub trait Store: View {
    /// Applies the writes of one step to the open transaction, opening one if need be.
    ///
    /// # Errors
    /// When the store fails; the whole transaction must then be given up with
    /// [`Store::rollback`].
    fn apply(&mut self, writes: Vec<Write>) -> Result<(), StoreError>;

    /// Keeps everything applied since the last commit. Without open writes it does nothing.
    ///
    /// # Errors
    /// When the store fails. Nothing of the transaction is kept then, and after a failed sync
    /// every later call fails until the store is opened anew.
    fn commit(&mut self) -> Result<(), StoreError>;

    /// Gives up everything applied since the last commit.
    fn rollback(&mut self);

    /// Whether calls may block on a disk, so that a host keeps them off its async threads.
    fn blocks(&self) -> bool;

    /// One line for the start-up log: kind, place, and what an acknowledgement means.
    fn describe(&self) -> String;
}
