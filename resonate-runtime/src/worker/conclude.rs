//! What follows from the end of a turn: told, given back, held back, halted or rejected.

use std::sync::Arc;
use std::time::Duration;

use resonate_core::payload::Failure;
use resonate_core::protocol::{
    PromiseGet, PromiseRecord, PromiseSettle, PromiseState, Request, Response, Settlement, Status,
    TaskFulfill, TaskId, TaskRef, TaskRelease, TaskStatus,
};
use resonate_core::{PromiseId, Value};

use super::drive::Ending;
use super::fault::{FaultReport, HOLD_MAX};
use super::{awaits, inbox};
use crate::client::{Core, OnFault};
use crate::context::to_system_time;
use crate::error::FAULT;

/// How long a turn that ended may take for its last request.
const LAST_REQUEST: Duration = Duration::from_secs(5);

/// What follows from the end of a turn.
pub(super) async fn conclude(core: &Arc<Core>, task: &TaskRef, ending: Ending) {
    let id = &task.id;
    match ending {
        Ending::Fulfilled(record) => {
            core.counters.completed.increment();
            core.faults.clear(id);
            core.listeners.settled(&record);
            awaits::go_on(core, id);
        }
        Ending::Suspended { .. } => {
            core.counters.suspended.increment();
            core.faults.clear(id);
        }
        Ending::Lost => lost(core, task).await,
        Ending::Released(reason) => {
            tracing::info!(%id, reason, "a task is given back");
            release(core, task).await;
        }
        Ending::Faulted(report) => {
            core.counters.faults.increment();
            let attempts = hold_back(core, task, &report);
            match core.settings.on_fault {
                OnFault::Halt { after } if attempts >= after => halt(core, id).await,
                OnFault::Reject { after } if attempts >= after => reject(core, task, &report).await,
                OnFault::Hold | OnFault::Halt { .. } | OnFault::Reject { .. } => {
                    release(core, task).await;
                }
            }
        }
    }
}

/// The claim does not hold any more: somebody settled the promise, or has the task now.
async fn lost(core: &Core, task: &TaskRef) {
    let TaskRef { id, version } = task;
    if let Some(record) = settled(core, id).await {
        tracing::info!(%id, state = ?record.state, "the promise was settled under its execution, which is stopped");
        core.faults.clear(id);
        core.listeners.settled(&record);
        return;
    }
    core.counters.leases_lost.increment();
    tracing::warn!(%id, %version, "the claim is gone: another process goes on with this execution");
}

/// The promise's record, if it is settled and the engine says so soon.
async fn settled(core: &Core, id: &PromiseId) -> Option<Arc<PromiseRecord>> {
    let get = Request::PromiseGet(PromiseGet { id: id.clone() });
    let answer = tokio::time::timeout(LAST_REQUEST, core.ask_once(get)).await;
    match answer {
        Ok(Ok(Ok(Response::Promise(record)))) if !record.state.is_pending() => Some(record),
        Ok(_) | Err(_) => None,
    }
}

/// Leaves the work alone for a while, then tries it again; how often it failed so far.
pub(super) fn hold_back(core: &Arc<Core>, task: &TaskRef, report: &FaultReport) -> u32 {
    let now = to_system_time(core.clock.now());
    let (wait, attempts) = core.faults.note(task, report, now);
    try_after(core, task.id.clone(), wait);
    attempts
}

fn try_after(core: &Arc<Core>, id: PromiseId, wait: Duration) {
    let again = Arc::clone(core);
    core.background(async move {
        tokio::time::sleep(wait).await;
        if let Some(version) = again.faults.retry_of(&id) {
            inbox::offer(&again, TaskRef { id, version });
        }
    });
}

/// Leaves held work alone for the longest wait, then looks at it again.
fn look_again(core: &Arc<Core>, id: &PromiseId) {
    core.faults.postpone(id, HOLD_MAX);
    try_after(core, id.clone(), HOLD_MAX);
}

/// An offer turned out to be old. Work that is held back here is looked at: it is only over when
/// somebody could run it.
pub(super) async fn gone(core: &Arc<Core>, offered: &TaskRef) {
    let id = &offered.id;
    if !core.faults.is_held(id) {
        return;
    }
    let task = core.ask(Request::TaskGet(TaskId { id: id.clone() })).await;
    match task {
        Ok(Response::Task(task)) => match task.state {
            // Somebody else had it just now: it keeps its pace here, at its new version.
            TaskStatus::Pending => {
                core.faults.renumber(id, task.version);
                look_again(core, id);
            }
            TaskStatus::Acquired | TaskStatus::Halted => look_again(core, id),
            TaskStatus::Suspended | TaskStatus::Fulfilled => core.faults.clear(id),
        },
        Err(error) if !error.is_not_found() => look_again(core, id),
        Ok(_) | Err(_) => core.faults.clear(id),
    }
}

/// The promise was settled already when its task was claimed: the task is fulfilled with it, for
/// which nobody needs the function. Engines see to that themselves; one that does not would offer
/// the task for ever.
pub(super) async fn fulfill(core: &Core, task: &TaskRef, record: &PromiseRecord) {
    let state = match record.state {
        PromiseState::Resolved => Settlement::Resolved,
        PromiseState::RejectedCanceled => Settlement::RejectedCanceled,
        PromiseState::Rejected | PromiseState::RejectedTimedout | PromiseState::Pending => {
            Settlement::Rejected
        }
    };
    let request = fulfillment(task, state, record.value.clone());
    match tokio::time::timeout(LAST_REQUEST, core.ask(request)).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) if error.is_refusal(Status::Conflict) => {}
        Ok(Err(_)) | Err(_) => {
            tracing::warn!(id = %task.id, "a task whose promise is settled could not be fulfilled; its lease lapses");
        }
    }
}

fn fulfillment(task: &TaskRef, state: Settlement, value: Value) -> Request {
    let TaskRef { id, version } = task.clone();
    let action = PromiseSettle {
        id: id.clone(),
        state,
        value,
    };
    Request::TaskFulfill(TaskFulfill {
        id,
        version,
        action,
    })
}

/// Gives a task back. A failure costs only time: the lease lapses.
async fn release(core: &Core, task: &TaskRef) {
    let TaskRef { id, version } = task.clone();
    let release = core.ask(Request::TaskRelease(TaskRelease { id, version }));
    match tokio::time::timeout(LAST_REQUEST, release).await {
        Ok(Ok(_)) => {}
        // It is not held any more: an earlier try may have given it back, unanswered.
        Ok(Err(error)) if error.is_refusal(Status::Conflict) => {}
        Ok(Err(_)) | Err(_) => {
            tracing::warn!(id = %task.id, "a task could not be given back; its lease lapses");
        }
    }
}

async fn halt(core: &Core, id: &PromiseId) {
    tracing::error!(%id, "halted: once a worker can run it, `resonate.tasks().resume(id)` (`task.continue`) offers it again");
    let halted = core.ask(Request::TaskHalt(TaskId { id: id.clone() })).await;
    if let Err(error) = halted {
        tracing::warn!(%id, %error, "a task could not be halted; its lease lapses");
    }
}

async fn reject(core: &Core, task: &TaskRef, report: &FaultReport) {
    let failure = Failure::new(FAULT, report.message.clone());
    let Ok(value) = core.encode(&failure.to_json()) else {
        return release(core, task).await;
    };
    let rejection = fulfillment(task, Settlement::Rejected, value);
    if let Ok(Response::Promise(record)) = core.ask(rejection).await {
        core.faults.clear(&task.id);
        core.listeners.settled(&record);
    } else {
        tracing::warn!(id = %task.id, "a task could not be rejected; its lease lapses");
    }
}
