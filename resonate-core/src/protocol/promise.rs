//! Durable promises on the wire: their record and the `promise.*` requests.

use serde::{Deserialize, Serialize};

use crate::{Millis, PromiseId, Tags, Text, Value};

/// Where a durable promise stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PromiseState {
    /// Not settled yet.
    Pending,
    /// Settled with a value.
    Resolved,
    /// Settled with an error.
    Rejected,
    /// Settled by a cancellation.
    RejectedCanceled,
    /// Settled by its own deadline.
    RejectedTimedout,
}

impl PromiseState {
    /// Whether the promise can still be settled.
    #[must_use]
    pub const fn is_pending(self) -> bool {
        matches!(self, Self::Pending)
    }
}

/// How a client may settle a promise; a timeout is never asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Settlement {
    /// With a value.
    Resolved,
    /// With an error.
    Rejected,
    /// By cancellation.
    RejectedCanceled,
}

impl From<Settlement> for PromiseState {
    fn from(settlement: Settlement) -> Self {
        match settlement {
            Settlement::Resolved => Self::Resolved,
            Settlement::Rejected => Self::Rejected,
            Settlement::RejectedCanceled => Self::RejectedCanceled,
        }
    }
}

/// A durable promise as answers carry it (protocol §2.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PromiseRecord {
    /// Its id.
    pub id: PromiseId,
    /// Where it stands.
    pub state: PromiseState,
    /// Its input.
    pub param: Value,
    /// Its outcome; empty while pending and after a timeout.
    pub value: Value,
    /// Its labels, fixed at creation.
    pub tags: Tags,
    /// Its deadline.
    pub timeout_at: Millis,
    /// When it was created.
    pub created_at: Millis,
    /// When it was settled; present exactly when it is not pending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled_at: Option<Millis>,
}

/// `promise.get`: read one promise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromiseGet {
    /// Which one.
    pub id: PromiseId,
}

/// `promise.create`: create a promise, or read the one that has this id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PromiseCreate {
    /// The id; creation is idempotent on it alone.
    pub id: PromiseId,
    /// The deadline.
    pub timeout_at: Millis,
    /// The input.
    #[serde(default)]
    pub param: Value,
    /// The labels.
    #[serde(default)]
    pub tags: Tags,
}

/// `promise.settle`: settle a promise once; later calls read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromiseSettle {
    /// Which one.
    pub id: PromiseId,
    /// How.
    pub state: Settlement,
    /// The outcome.
    #[serde(default)]
    pub value: Value,
}

/// `promise.register_callback`: resume the task `awaiter` when `awaited` settles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterCallback {
    /// The promise that is waited for.
    pub awaited: PromiseId,
    /// The promise whose task waits.
    pub awaiter: PromiseId,
}

/// `promise.register_listener`: send one `unblock` to `address` when `awaited` settles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterListener {
    /// The promise that is waited for.
    pub awaited: PromiseId,
    /// Who is told.
    pub address: Text,
}

/// `promise.search`: promises by state and labels, in the order of their ids.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromiseSearch {
    /// Only these; effective state, a passed deadline counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<PromiseState>,
    /// Only promises that carry every one of these labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Tags>,
    /// Page size, 1 to 1,000; 100 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
    /// The last id of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Text>,
}
