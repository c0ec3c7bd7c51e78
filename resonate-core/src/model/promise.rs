//! A durable promise as kept.

use std::sync::Arc;

use super::{Task, TaskState};
use crate::protocol::{PromiseRecord, PromiseState};
use crate::{Millis, PromiseId, Value};

/// A promise, whether its deadline is kept actively, and its task if it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promise {
    /// The record that answers carry.
    pub record: Arc<PromiseRecord>,
    /// Whether the engine settles it at its deadline unasked: external promises, and any that
    /// acquired an edge or a listener.
    pub armed: bool,
    /// Its task; present exactly when it was created with a target.
    pub task: Option<Task>,
}

impl Promise {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> &PromiseId {
        &self.record.id
    }

    /// Whether it is not settled and its deadline has not come: at the deadline it is over.
    #[must_use]
    pub fn is_live(&self, now: Millis) -> bool {
        self.record.state.is_pending() && now < self.record.timeout_at
    }

    /// The record as it stands at `now`, a passed deadline counted.
    #[must_use]
    pub fn project(&self, now: Millis) -> Arc<PromiseRecord> {
        project(&self.record, now)
    }

    /// When its deadline has to be acted on: only while pending and armed.
    #[must_use]
    pub fn deadline_due(&self) -> Option<Millis> {
        (self.armed && self.record.state.is_pending()).then_some(self.record.timeout_at)
    }

    /// When it ended, or will at the latest: when it was settled, else its deadline.
    #[must_use]
    pub fn ends_at(&self) -> Millis {
        self.record.settled_at.unwrap_or(self.record.timeout_at)
    }

    /// The root of the execution that it belongs to; none when it is a root itself.
    #[must_use]
    pub fn origin(&self) -> Option<&str> {
        self.record.tags.origin_other_than(self.id())
    }

    /// The root of the execution that it belongs to, which may be itself.
    #[must_use]
    pub fn root(&self) -> &str {
        self.origin().unwrap_or_else(|| self.id().as_str())
    }

    /// When its task has to be acted on.
    #[must_use]
    pub fn task_due(&self) -> Option<Millis> {
        self.task
            .as_ref()
            .map(|task| &task.state)
            .and_then(TaskState::due)
    }
}

/// The record as it stands at `now`, a passed deadline counted.
#[must_use]
pub fn project(record: &Arc<PromiseRecord>, now: Millis) -> Arc<PromiseRecord> {
    if record.state.is_pending() && record.timeout_at <= now {
        Arc::new(expired(record))
    } else {
        Arc::clone(record)
    }
}

/// What its own deadline makes of a pending promise: stamped with the deadline, without a value.
#[must_use]
pub fn expired(record: &PromiseRecord) -> PromiseRecord {
    PromiseRecord {
        state: timeout_state(record),
        settled_at: Some(record.timeout_at),
        value: Value::default(),
        ..record.clone()
    }
}

/// The verdict of the deadline: a timer is resolved, anything else rejected.
fn timeout_state(record: &PromiseRecord) -> PromiseState {
    if record.tags.is_timer() {
        PromiseState::Resolved
    } else {
        PromiseState::RejectedTimedout
    }
}

/// The task of `awaiter` waits for `awaited`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// The promise that is waited for.
    pub awaited: PromiseId,
    /// The promise whose task waits.
    pub awaiter: PromiseId,
    /// Whether `awaited` has settled and the awaiter has not consumed that yet.
    pub ready: bool,
}
