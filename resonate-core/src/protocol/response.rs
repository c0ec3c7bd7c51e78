//! The answer to a request: a response, or a refusal. Status numbers live only here.

use std::fmt;
use std::sync::Arc;

use super::promise::PromiseRecord;
use super::schedule::ScheduleRecord;
use super::task::TaskRecord;
use crate::Text;

/// What a request that was carried out answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Response {
    /// `{promise}`: get, create, settle, callback, listener, fulfill.
    Promise(Arc<PromiseRecord>),
    /// `{promises, cursor?}`.
    Promises {
        /// The page.
        promises: Vec<Arc<PromiseRecord>>,
        /// Where the next page starts, when there is one.
        cursor: Option<Text>,
    },
    /// `{task}`.
    Task(TaskRecord),
    /// `{task, promise, preload}`: create and acquire.
    Claimed {
        /// The task as it stands now.
        task: TaskRecord,
        /// Its promise.
        promise: Arc<PromiseRecord>,
        /// The recorded promises of its branch.
        preload: Vec<Arc<PromiseRecord>>,
    },
    /// `{action, preload}`: the claim held, and the inner operation answered this.
    Fenced {
        /// `promise.create` or `promise.settle`.
        kind: &'static str,
        /// The inner answer.
        result: Result<Arc<PromiseRecord>, Refusal>,
        /// Recorded promises of the branch; a hint that may be empty.
        preload: Vec<Arc<PromiseRecord>>,
    },
    /// `{preload}` with status 300: an awaited promise has settled, keep going.
    Redirect {
        /// The recorded promises of the task's branch.
        preload: Vec<Arc<PromiseRecord>>,
    },
    /// `{tasks, cursor?}`.
    Tasks {
        /// The page.
        tasks: Vec<TaskRecord>,
        /// Where the next page starts, when there is one.
        cursor: Option<Text>,
    },
    /// `{schedule}`.
    Schedule(Arc<ScheduleRecord>),
    /// `{schedules, cursor?}`.
    Schedules {
        /// The page.
        schedules: Vec<Arc<ScheduleRecord>>,
        /// Where the next page starts, when there is one.
        cursor: Option<Text>,
    },
    /// `{}`: suspend, release, halt, continue, heartbeat, delete.
    Done,
}

impl Response {
    /// The number on the wire.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Redirect { .. } => 300,
            Self::Promise(_)
            | Self::Promises { .. }
            | Self::Task(_)
            | Self::Claimed { .. }
            | Self::Fenced { .. }
            | Self::Tasks { .. }
            | Self::Schedule(_)
            | Self::Schedules { .. }
            | Self::Done => 200,
        }
    }
}

/// Why a request was refused. A refusal is an answer, not a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// 400: the request is malformed and will be refused again.
    BadRequest,
    /// 401: the token is missing or wrong.
    Unauthorized,
    /// 403: the token does not allow it.
    Forbidden,
    /// 404: there is no such promise, task or schedule.
    NotFound,
    /// 409: the task is not in a state, or not at a version, that allows it.
    Conflict,
    /// 422: a promise that the request refers to does not fit.
    Unprocessable,
    /// 500 and others: the peer failed; nothing can be said about the effect.
    Failed(u16),
}

impl Status {
    /// The number on the wire.
    #[must_use]
    pub const fn code(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::Unauthorized => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict => 409,
            Self::Unprocessable => 422,
            Self::Failed(code) => code,
        }
    }

    /// The refusal that the number stands for.
    #[must_use]
    pub const fn from_code(code: u16) -> Self {
        match code {
            400 => Self::BadRequest,
            401 => Self::Unauthorized,
            403 => Self::Forbidden,
            404 => Self::NotFound,
            409 => Self::Conflict,
            422 => Self::Unprocessable,
            other => Self::Failed(other),
        }
    }
}

/// A refused request: which way, and a sentence for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub status: Status,
    /// What was wrong; the text is not part of the protocol.
    pub message: String,
}

impl Refusal {
    /// A refusal with a sentence for a person.
    #[must_use]
    pub fn new(status: Status, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.status.code())
    }
}

impl std::error::Error for Refusal {}

/// What every request comes back with.
pub type Answer = Result<Response, Refusal>;
