//! Claims: a task that this process may run, and what it knows of it.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{join, join_all};
use resonate_core::execution::Lineage;
use resonate_core::protocol::{
    Answer, PromiseGet, PromiseRecord, Refusal, Request, Response, Status, TaskAcquire, TaskId,
    TaskRecord, TaskRef, TaskStatus,
};
use resonate_core::{PromiseId, TaskVersion};
use tokio::time::Instant;

use super::heartbeat::Lease;
use super::inbox::Claiming;
use crate::client::Core;
use crate::network::NetworkError;

/// How often a claim is asked for before the offer is left to the engine.
const TRIES_MAX: u32 = 5;

/// How long a lease holds that does not lapse while this process lives.
const FOREVER: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// A claim that this process holds: what a turn starts from.
pub(crate) struct Claim {
    pub(crate) lease: Arc<Lease>,
    pub(crate) record: Arc<PromiseRecord>,
    pub(crate) preload: Vec<Arc<PromiseRecord>>,
    /// Whether `preload` holds every recorded local promise of the execution.
    pub(crate) complete: bool,
    /// Whether nobody ran this execution before.
    pub(crate) fresh: bool,
    /// Promises that were read along with the claim, for an execution that is kept here.
    pub(crate) read: Vec<Arc<PromiseRecord>>,
}

/// What the engine granted.
pub(crate) struct Granted {
    pub(crate) task: TaskRecord,
    pub(crate) record: Arc<PromiseRecord>,
    pub(crate) preload: Vec<Arc<PromiseRecord>>,
    /// When it was asked for, at the earliest.
    pub(crate) sent: Instant,
}

/// What came of an offer.
pub(super) enum Taken {
    Claim(Claim),
    /// Somebody else has the task, or it is settled: the offer was old.
    Gone,
    /// Asking again changes nothing.
    Refused(Refusal),
    /// The engine cannot be reached.
    Unanswered,
}

impl Claim {
    pub(crate) fn of(core: &Core, granted: Granted) -> Self {
        let Granted {
            task,
            record,
            preload,
            sent,
        } = granted;
        Self {
            complete: core.traits.atomic && preload.len() < core.traits.preload_max,
            fresh: task.version == TaskVersion::default().next(),
            lease: hold(core, &task, &record, sent),
            record,
            preload,
            read: Vec::new(),
        }
    }
}

fn hold(core: &Core, task: &TaskRecord, record: &PromiseRecord, sent: Instant) -> Arc<Lease> {
    core.forget_wait(&task.id);
    let task = TaskRef {
        id: task.id.clone(),
        version: task.version,
    };
    let origin = Lineage::of(record).origin;
    let ttl = if core.traits.leases_hold {
        FOREVER
    } else {
        core.settings.lease
    };
    Arc::new(core.leases.hold(task, origin, sent, ttl))
}

/// Claims an offered task. For an execution that is kept here, the promises that it waits for are
/// read along with that, and nothing else need come.
pub(super) async fn acquire(
    core: &Core,
    offered: &TaskRef,
    kept: Option<&[PromiseId]>,
    claiming: &Claiming<'_>,
) -> Taken {
    let first_sent = Instant::now();
    let request = Request::TaskAcquire(TaskAcquire {
        id: offered.id.clone(),
        version: offered.version,
        pid: core.settings.pid.clone(),
        ttl: core.ttl(),
        brief: kept.is_some(),
    });
    let also = kept.unwrap_or_default();
    for tries in 1..=TRIES_MAX {
        let sent = Instant::now();
        // An answer that takes longer than the lease is worth nothing.
        let asked = ask(core, request.clone(), also);
        match tokio::time::timeout(core.settings.lease, asked).await {
            Ok(Ok((
                Ok(Response::Claimed {
                    task,
                    promise: record,
                    preload,
                }),
                read,
            ))) => {
                let granted = Granted {
                    task,
                    record,
                    preload,
                    sent,
                };
                let claim = Claim::of(core, granted);
                return Taken::Claim(Claim {
                    complete: claim.complete && kept.is_none(),
                    read,
                    ..claim
                });
            }
            Ok(Ok((Err(refusal), _))) => match refusal.status {
                Status::Conflict | Status::NotFound if tries == 1 => return Taken::Gone,
                // The answer to an earlier try may have been lost.
                Status::Conflict | Status::NotFound => {
                    let sought = Sought {
                        id: &offered.id,
                        version: Some(offered.version.next()),
                        sent: first_sent,
                        turns: 1,
                    };
                    return adopt(core, sought, claiming)
                        .await
                        .map_or(Taken::Gone, Taken::Claim);
                }
                Status::BadRequest
                | Status::Unauthorized
                | Status::Forbidden
                | Status::Unprocessable => return Taken::Refused(refusal),
                Status::Failed(_) => {}
            },
            Ok(Ok((Ok(_), _))) => return Taken::Unanswered,
            Ok(Err(error)) if error.is_permanent() => return Taken::Unanswered,
            Ok(Err(_)) | Err(_) => {}
        }
        tokio::time::sleep(core.jitter.wait_after(tries)).await;
    }
    Taken::Unanswered
}

/// Claims a task, and reads these promises at the same time.
async fn ask(
    core: &Core,
    acquire: Request,
    also: &[PromiseId],
) -> Result<(Answer, Vec<Arc<PromiseRecord>>), NetworkError> {
    let reads = also.iter().map(|id| {
        let id = id.clone();
        Request::PromiseGet(PromiseGet { id })
    });
    let (answer, read) = if core.traits.atomic {
        let requests = std::iter::once(acquire).chain(reads);
        let mut answers = core.network.call(requests.collect()).await?.into_iter();
        (answers.next(), answers.collect())
    } else {
        let reads = join_all(reads.map(|read| core.network.call(vec![read])));
        let (claimed, read) = join(core.network.call(vec![acquire]), reads).await;
        let read: Vec<Answer> = read.into_iter().flatten().flatten().collect();
        (claimed?.into_iter().next(), read)
    };
    let unanswered = || NetworkError::transient("the engine left a request unanswered");
    let read = read.into_iter().filter_map(|answer| match answer {
        Ok(Response::Promise(record)) => Some(record),
        // It is read again, and then that counts.
        Ok(_) | Err(_) => None,
    });
    Ok((answer.ok_or_else(unanswered)?, read.collect()))
}

/// A claim that this process may hold without knowing.
pub(crate) struct Sought<'s> {
    pub(crate) id: &'s PromiseId,
    /// Which claim, if that is known.
    pub(crate) version: Option<TaskVersion>,
    /// When it was asked for, at the earliest.
    pub(crate) sent: Instant,
    /// Turns of the task in this process that do not hold it.
    pub(crate) turns: usize,
}

/// Takes over a claim that was granted to this process in an answer that never came. Without it
/// the task would lie idle until the lease lapses.
pub(crate) async fn adopt(
    core: &Core,
    sought: Sought<'_>,
    claiming: &Claiming<'_>,
) -> Option<Claim> {
    if !claiming.is_alone(sought.turns) {
        return None;
    }
    let id = sought.id.clone();
    let Ok(Response::Task(task)) = core.ask(Request::TaskGet(TaskId { id: id.clone() })).await
    else {
        return None;
    };
    let held = TaskRef {
        id: id.clone(),
        version: task.version,
    };
    let is_sought = task.state == TaskStatus::Acquired
        && task.pid.as_ref() == Some(&core.settings.pid)
        && sought.version.is_none_or(|version| version == task.version)
        && !core.leases.is_held(&held);
    if !is_sought {
        return None;
    }
    let Ok(Response::Promise(record)) = core.ask(Request::PromiseGet(PromiseGet { id })).await
    else {
        return None;
    };
    tracing::info!(id = %held.id, version = %held.version, "a claim whose answer was lost is taken over");
    Some(Claim {
        lease: hold(core, &task, &record, sought.sent),
        // An earlier turn of this process may have held it and recorded steps.
        fresh: false,
        record,
        preload: Vec::new(),
        // What was recorded is found by asking for it.
        complete: false,
        read: Vec::new(),
    })
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
