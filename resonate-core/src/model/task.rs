//! A task as kept.

use crate::protocol::{TaskRecord, TaskStatus};
use crate::{Millis, ProcessId, PromiseId, TaskVersion};

/// The obligation to settle a targeted promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Where it stands, with what belongs to that.
    pub state: TaskState,
    /// The number of its latest claim.
    pub version: TaskVersion,
}

/// Where a task stands (protocol §3.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskState {
    /// Offered; offered again at `retry_at`. [`Millis::MAX`] means never.
    Pending {
        /// When it is offered again.
        retry_at: Millis,
    },
    /// Held under a lease.
    Acquired(Lease),
    /// Waiting for promises to settle.
    Suspended,
    /// Stopped by an operator.
    Halted,
    /// Done.
    Fulfilled,
}

/// A process's claim on a task, until a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The holder.
    pub pid: ProcessId,
    /// Length of the lease in milliseconds, at least 1.
    pub ttl: i64,
    /// When it lapses unless renewed.
    pub expires_at: Millis,
}

impl TaskState {
    /// When the engine has to act on it: to offer it again, or to take the lease back.
    #[must_use]
    pub fn due(&self) -> Option<Millis> {
        match self {
            Self::Pending { retry_at } => Some(*retry_at).filter(|at| *at < Millis::MAX),
            Self::Acquired(lease) => Some(lease.expires_at),
            Self::Suspended | Self::Halted | Self::Fulfilled => None,
        }
    }

    /// Its name on the wire.
    #[must_use]
    pub const fn status(&self) -> TaskStatus {
        match self {
            Self::Pending { .. } => TaskStatus::Pending,
            Self::Acquired(_) => TaskStatus::Acquired,
            Self::Suspended => TaskStatus::Suspended,
            Self::Halted => TaskStatus::Halted,
            Self::Fulfilled => TaskStatus::Fulfilled,
        }
    }
}

impl Task {
    /// The record that answers carry; `resumes` counts its ready edges.
    #[must_use]
    pub fn record(&self, id: &PromiseId, resumes: u64) -> TaskRecord {
        let lease = match &self.state {
            TaskState::Acquired(lease) => Some(lease),
            TaskState::Pending { .. }
            | TaskState::Suspended
            | TaskState::Halted
            | TaskState::Fulfilled => None,
        };
        TaskRecord {
            id: id.clone(),
            state: self.state.status(),
            version: self.version,
            resumes,
            ttl: lease.map(|lease| lease.ttl),
            pid: lease.map(|lease| lease.pid.clone()),
        }
    }
}
