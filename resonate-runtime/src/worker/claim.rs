//! Claims on tasks, and those whose answer was lost on the way.

use std::sync::Arc;

use resonate_core::protocol::{
    PromiseGet, PromiseRecord, Refusal, Request, Response, Status, TaskAcquire, TaskId, TaskRecord,
    TaskRef, TaskStatus,
};
use resonate_core::{PromiseId, TaskVersion};
use tokio::time::Instant;

use crate::client::{Core, wait_after};

/// How often a claim is asked for; then it is left to the engine's next offer.
const TRIES_MAX: u32 = 5;

/// A task that was claimed.
pub(super) struct Claimed {
    pub(super) task: TaskRecord,
    pub(super) record: Arc<PromiseRecord>,
    pub(super) preload: Vec<Arc<PromiseRecord>>,
    /// When the claim was asked for.
    pub(super) sent: Instant,
}

/// Why a task was not claimed.
pub(super) enum Unclaimed {
    /// Somebody else has it, or it is settled: an old offer.
    Old,
    /// It was refused, and will be again.
    Refused(Refusal),
    /// The engine cannot be reached.
    Unanswered,
}

/// Claims an offered task.
pub(super) async fn acquire(core: &Core, offered: &TaskRef) -> Result<Claimed, Unclaimed> {
    let mut unanswered = false;
    for tries in 1..=TRIES_MAX {
        let sent = Instant::now();
        let acquire = Request::TaskAcquire(TaskAcquire {
            id: offered.id.clone(),
            version: offered.version,
            pid: core.settings.pid.clone(),
            ttl: core.ttl(),
        });
        match core.ask_once(acquire).await {
            Ok(Ok(Response::Claimed {
                task,
                promise,
                preload,
            })) => {
                let record = promise;
                return Ok(Claimed {
                    task,
                    record,
                    preload,
                    sent,
                });
            }
            Ok(Err(refusal)) => match refusal.status {
                Status::Conflict if unanswered => {
                    give_back_own(core, &offered.id).await;
                    return Err(Unclaimed::Old);
                }
                Status::Conflict | Status::NotFound => return Err(Unclaimed::Old),
                Status::BadRequest
                | Status::Unauthorized
                | Status::Forbidden
                | Status::Unprocessable => return Err(Unclaimed::Refused(refusal)),
                Status::Failed(_) => unanswered = true,
            },
            Ok(Ok(_)) => return Err(Unclaimed::Unanswered),
            Err(error) if error.is_permanent() => return Err(Unclaimed::Unanswered),
            Err(_) => unanswered = true,
        }
        tokio::time::sleep(wait_after(tries)).await;
    }
    Err(Unclaimed::Unanswered)
}

/// The claim of this process that nothing here knows of, because its answer was lost.
pub(crate) async fn unheld(core: &Core, id: &PromiseId) -> Option<TaskRecord> {
    let get = Request::TaskGet(TaskId { id: id.clone() });
    let Ok(Response::Task(task)) = core.ask(get).await else {
        return None;
    };
    let ours = task.state == TaskStatus::Acquired && task.pid.as_ref() == Some(&core.settings.pid);
    (ours && !core.leases.holds(&task.id, task.version)).then_some(task)
}

/// Gives a claim back whose answer was lost: it is offered again at once, with all that is
/// recorded.
pub(crate) async fn give_back_own(core: &Core, id: &PromiseId) {
    if let Some(task) = unheld(core, id).await {
        let TaskRecord { id, version, .. } = task;
        super::turn::release(core, &TaskRef { id, version }).await;
    }
}

/// The promise of a task, as it is now.
pub(crate) async fn record_of(core: &Core, id: &PromiseId) -> Option<Arc<PromiseRecord>> {
    match core
        .ask(Request::PromiseGet(PromiseGet { id: id.clone() }))
        .await
    {
        Ok(Response::Promise(record)) => Some(record),
        Ok(_) | Err(_) => None,
    }
}

/// Whether a task was given up at this very claim: then the answer to that was lost on the way.
pub(super) async fn is_given_up(core: &Core, id: PromiseId, version: TaskVersion) -> bool {
    match core.ask(Request::TaskGet(TaskId { id })).await {
        Ok(Response::Task(task)) => match task.state {
            TaskStatus::Suspended | TaskStatus::Pending => task.version == version,
            TaskStatus::Acquired | TaskStatus::Halted | TaskStatus::Fulfilled => false,
        },
        Ok(_) | Err(_) => false,
    }
}
