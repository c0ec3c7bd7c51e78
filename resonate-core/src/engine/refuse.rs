//! Why a request goes no further, in sentences that name the id and what to do.

use crate::model::Task;
use crate::protocol::{Refusal, Status, TaskStatus};
use crate::store::StoreError;
use crate::{PromiseId, ScheduleId, TaskVersion};

/// What ends a request early: an answer, or a failure of the store.
#[derive(Debug)]
pub(super) enum Stop {
    Refused(Refusal),
    Failed(StoreError),
}

/// What a request handler comes back with.
pub(super) type Handled<T> = Result<T, Stop>;

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

pub(super) fn no_promise(id: &PromiseId) -> Refusal {
    Refusal::new(
        Status::NotFound,
        format!("there is no promise `{id}`: create it first, or check the id"),
    )
}

pub(super) fn no_task(id: &PromiseId) -> Refusal {
    Refusal::new(
        Status::NotFound,
        format!(
            "there is no task `{id}`: a task exists for a promise that was created with the tag \
             `resonate:target`"
        ),
    )
}

pub(super) fn no_schedule(id: &ScheduleId) -> Refusal {
    Refusal::new(
        Status::NotFound,
        format!("there is no schedule `{id}`: create it first, or check the id"),
    )
}

/// A request about a task that needs it in another state.
pub(super) fn wrong_state(id: &PromiseId, is: TaskStatus, what_to_do: &str) -> Refusal {
    Refusal::new(
        Status::Conflict,
        format!("task `{id}` is {}: {what_to_do}", status_word(is)),
    )
}

pub(super) fn wrong_version(id: &PromiseId, task: &Task, asked: TaskVersion) -> Refusal {
    Refusal::new(
        Status::Conflict,
        format!(
            "task `{id}` is at version {}, not {asked}: drop this attempt, a later claim goes on",
            task.version
        ),
    )
}

pub(super) fn unprocessable(message: String) -> Refusal {
    Refusal::new(Status::Unprocessable, message)
}

fn status_word(status: TaskStatus) -> &'static str {
    match status {
        TaskStatus::Pending => "pending",
        TaskStatus::Acquired => "acquired",
        TaskStatus::Suspended => "suspended",
        TaskStatus::Halted => "halted",
        TaskStatus::Fulfilled => "fulfilled",
    }
}
