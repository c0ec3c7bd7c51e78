//! Tasks on the wire: their record and the `task.*` requests.

use serde::{Deserialize, Serialize};

use super::promise::{PromiseCreate, PromiseSettle, RegisterCallback};
use crate::{ProcessId, PromiseId, TaskVersion, Text};

/// Where a task stands, as the wire names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskStatus {
    /// Offered to workers.
    Pending,
    /// Held by a process under a lease.
    Acquired,
    /// Waiting for promises to settle.
    Suspended,
    /// Stopped by an operator until `task.continue`.
    Halted,
    /// Done: its promise is settled.
    Fulfilled,
}

/// A task as answers carry it (protocol §2.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskRecord {
    /// The id of its promise.
    pub id: PromiseId,
    /// Where it stands.
    pub state: TaskStatus,
    /// The number of its latest claim.
    pub version: TaskVersion,
    /// Awaited promises that settled since it was last acquired.
    pub resumes: u64,
    /// Length of the lease in milliseconds; present exactly while acquired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl: Option<i64>,
    /// The holder; present exactly while acquired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<ProcessId>,
}

/// A task at one claim: the fencing token of `task.heartbeat` and `execute`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TaskRef {
    /// Which task.
    pub id: PromiseId,
    /// At which claim.
    pub version: TaskVersion,
}

/// `task.get`, `task.halt`, `task.continue`: a request that names only a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskId {
    /// Which task.
    pub id: PromiseId,
}

/// `task.create`: create a targeted promise and claim its task in one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskCreate {
    /// The claiming process.
    pub pid: ProcessId,
    /// Length of the lease in milliseconds, at least 1.
    pub ttl: i64,
    /// The promise; its tags carry `resonate:target`.
    pub action: PromiseCreate,
}

/// `task.acquire`: claim a pending task at a known version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskAcquire {
    /// Which task.
    pub id: PromiseId,
    /// The version that was offered.
    pub version: TaskVersion,
    /// The claiming process.
    pub pid: ProcessId,
    /// Length of the lease in milliseconds, at least 1.
    pub ttl: i64,
    /// Whether the recorded promises may be left out of the answer, as the caller knows them. It
    /// does not go over a wire: there the answer is what the protocol says.
    #[serde(skip)]
    pub brief: bool,
}

/// The promise operation inside a `task.fence`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FenceAction {
    /// `promise.create`.
    Create(PromiseCreate),
    /// `promise.settle`.
    Settle(PromiseSettle),
}

impl FenceAction {
    /// The promise that the action concerns.
    #[must_use]
    pub fn id(&self) -> &PromiseId {
        match self {
            Self::Create(create) => &create.id,
            Self::Settle(settle) => &settle.id,
        }
    }

    /// The action's kind on the wire.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Create(_) => "promise.create",
            Self::Settle(_) => "promise.settle",
        }
    }
}

/// `task.fence`: a promise operation made only while the claim holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskFence {
    /// The task whose claim is checked.
    pub id: PromiseId,
    /// The claim.
    pub version: TaskVersion,
    /// What to do under it.
    pub action: FenceAction,
}

/// `task.suspend`: give the claim back until one of the awaited promises settles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskSuspend {
    /// The task.
    pub id: PromiseId,
    /// The claim.
    pub version: TaskVersion,
    /// What it waits for; each awaiter is the task itself.
    pub actions: Vec<RegisterCallback>,
    /// As [`TaskAcquire::brief`], should it be redirected.
    pub brief: bool,
}

/// `task.release`: give the claim back so that another worker takes it at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskRelease {
    /// The task.
    pub id: PromiseId,
    /// The claim.
    pub version: TaskVersion,
}

/// `task.fulfill`: settle the task's own promise and finish the task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskFulfill {
    /// The task.
    pub id: PromiseId,
    /// The claim.
    pub version: TaskVersion,
    /// The settlement of its promise.
    pub action: PromiseSettle,
}

/// `task.heartbeat`: renew the leases that this process holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskHeartbeat {
    /// The holder.
    pub pid: ProcessId,
    /// Its claims; what it does not hold is ignored.
    pub tasks: Vec<TaskRef>,
}

/// `task.search`: tasks by state, in the order of their ids.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskSearch {
    /// Only these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<TaskStatus>,
    /// Page size, 1 to 1,000; 100 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
    /// The last id of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Text>,
}
