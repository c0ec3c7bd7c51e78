//! One turn of one task: acquire, look up, drive, and one of five endings.

use std::sync::Arc;
use std::time::Duration;

use resonate_core::execution::{Lineage, Plan, PlanKind};
use resonate_core::payload::{Args, Failure, Invocation};
use resonate_core::protocol::{
    FenceAction, PromiseRecord, PromiseSettle, Request, Response, Settlement, Status, TaskFence,
    TaskFulfill, TaskId, TaskRecord, TaskRef, TaskRelease,
};
use resonate_core::registry::Registry;
use resonate_core::{PromiseId, Tags};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use super::claim::{Claimed, Unclaimed, acquire};
use super::drive::{Claim, Driver, Ending, Stop};
use super::fault::{FaultKind, FaultReport};
use super::heartbeat::Lease;
use super::inbox;
use super::pass::{Code, LocalWork};
use crate::client::{Core, OnFault};
use crate::context::{About, to_system_time};

/// A task that was created and claimed in one step.
pub(crate) struct Started {
    pub(crate) task: TaskRecord,
    pub(crate) record: Arc<PromiseRecord>,
    pub(crate) preload: Vec<Arc<PromiseRecord>>,
    /// When the claim was asked for.
    pub(crate) sent: Instant,
    /// Whether nobody ran it before.
    pub(crate) fresh: bool,
    pub(crate) permit: OwnedSemaphorePermit,
}

/// Runs a task that this process created and claimed.
pub(crate) fn start_claimed(core: &Arc<Core>, started: Started) {
    let Started {
        task,
        record,
        preload,
        sent,
        fresh,
        permit,
    } = started;
    let id = record.id.clone();
    // Two calls of one id may find the same claim; one of them starts the turn.
    let Some(lease) = hold(core, &task, &record, sent) else {
        return;
    };
    let (turn_core, claim) = (
        Arc::clone(core),
        Claim {
            lease,
            record,
            preload,
            fresh,
        },
    );
    core.turns.start(core, id, async move {
        let _permit = permit;
        run(&turn_core, claim).await;
    });
}

/// Takes up an offer: a permit first, then the claim, then the run.
pub(super) async fn take_up(core: &Arc<Core>, offered: TaskRef) {
    let Ok(_permit) = Arc::clone(&core.permits).acquire_owned().await else {
        return;
    };
    if core.is_draining() {
        return;
    }
    let claimed = match acquire(core, &offered).await {
        Ok(claimed) => claimed,
        Err(Unclaimed::Old) => {
            core.faults.clear(&offered.id);
            return;
        }
        Err(Unclaimed::Refused(refusal)) => {
            let report = FaultReport::refused("to let this process claim a task", &refusal);
            hold_back(core, &offered, &report);
            return;
        }
        Err(Unclaimed::Unanswered) => {
            tracing::warn!(id = %offered.id, "a task could not be claimed; the engine offers it again");
            return;
        }
    };
    let Claimed {
        task,
        record,
        preload,
        sent,
    } = claimed;
    let Some(lease) = hold(core, &task, &record, sent) else {
        return;
    };
    // Other SDKs give their sleeps a task, so that older servers fire them: nothing to run.
    if record.tags.is_timer() && record.state.is_pending() {
        return;
    }
    let fresh = offered.version.get() == 0;
    run(
        core,
        Claim {
            lease,
            record,
            preload,
            fresh,
        },
    )
    .await;
}

fn hold(core: &Core, task: &TaskRecord, record: &PromiseRecord, sent: Instant) -> Option<Lease> {
    core.timers.forget(&task.id);
    let task = TaskRef {
        id: task.id.clone(),
        version: task.version,
    };
    let origin = Lineage::of(record).origin;
    core.leases.hold(task, origin, sent, core.settings.lease)
}

/// Drives a claimed task to the end of its turn.
async fn run(core: &Arc<Core>, mut claim: Claim) {
    core.counters.turns.increment();
    let task = TaskRef {
        id: claim.lease.id.clone(),
        version: claim.lease.version,
    };
    let ending = match prepare(core, &mut claim).await {
        Ok(root) => {
            let mut driver = Driver::new(Arc::clone(core), claim, root);
            let ending = driver.run().await;
            conclude(core, &task, ending).await;
            // The lease is kept up to here: a release has to be made under it.
            drop(driver);
            return;
        }
        Err(ending) => ending,
    };
    conclude(core, &task, ending).await;
}

/// Finds the code for a promise that this process may never have seen before.
async fn prepare(core: &Arc<Core>, claim: &mut Claim) -> Result<LocalWork, Ending> {
    let record = Arc::clone(&claim.record);
    let id = &record.id;
    if !record.state.is_pending() {
        return Err(Ending::Fulfilled(record));
    }
    let undecodable = |cause: &dyn std::fmt::Display| {
        let message = format!(
            "the input of `{id}` is not the invocation of a function: {cause}. If it is encrypted, this client needs the same encryptor"
        );
        Ending::Faulted(FaultReport::new(FaultKind::Undecodable, message))
    };
    let json = core
        .codec
        .decode(&record.param)
        .map_err(|cause| undecodable(&cause))?;
    let json = json.ok_or_else(|| undecodable(&"it is empty"))?;
    let invocation = Invocation::from_json(&json).map_err(|cause| undecodable(&cause))?;
    let registry = Registry::global();
    let name = invocation.func.as_str();
    let unknown = |version| Ending::Faulted(FaultReport::unknown(registry, name, version));
    let version = match invocation.version.filter(|version| *version > 0) {
        Some(version) => version,
        None => {
            let latest = registry.latest(name).ok_or_else(|| unknown(None))?.version;
            pinned(core, claim, name, latest).await?
        }
    };
    let entry = registry
        .get(name, version)
        .ok_or_else(|| unknown(Some(version)))?;
    Ok(LocalWork {
        code: Code::Entry(entry),
        args: invocation.args(entry.params),
        retry: invocation.retry.or(entry.defaults.retry),
        about: Arc::new(About {
            id: id.clone(),
            origin: Lineage::of(&record).origin,
            name: entry.name.to_owned(),
            version,
            deadline: record.timeout_at,
            tags: record.tags.clone(),
            dependencies: core.dependencies.clone(),
        }),
    })
}

/// The version of an execution that was started without one: chosen at its first run, kept in a
/// promise of its own, and never changed by a deploy.
async fn pinned(
    core: &Arc<Core>,
    claim: &mut Claim,
    name: &str,
    latest: u32,
) -> Result<u32, Ending> {
    let lineage = Lineage::of(&claim.record);
    let id = core.grammar().named_child(&lineage.id, "version");
    let version_in = |record: &PromiseRecord| {
        let json = core.codec.decode(&record.param).ok().flatten()?;
        Invocation::from_json(&json).ok()?.version
    };
    let preloaded = claim.preload.iter().position(|record| record.id == id);
    // It is no step of the function, so the journal does not know it.
    if let Some(pin) = preloaded.map(|at| claim.preload.remove(at)) {
        return Ok(version_in(&pin).unwrap_or(latest));
    }
    let pin = Invocation::new(name, Some(latest), Args::default(), None);
    let refused = |message: String| Ending::Faulted(FaultReport::new(FaultKind::Refused, message));
    let param = core
        .encode(&pin.to_json())
        .map_err(|error| refused(error.to_string()))?;
    let plan = Plan {
        id: id.clone(),
        kind: PlanKind::Local,
        deadline: lineage.deadline,
        param,
        labels: Tags::default(),
    };
    let fence = |action| {
        let (id, version) = (claim.lease.id.clone(), claim.lease.version);
        Request::TaskFence(TaskFence {
            id,
            version,
            action,
        })
    };
    let settle = PromiseSettle {
        id,
        state: Settlement::Resolved,
        value: resonate_core::Value::default(),
    };
    let requests = vec![
        fence(FenceAction::Create(plan.child_of(&lineage))),
        fence(FenceAction::Settle(settle)),
    ];
    let answers = core.insist(requests).await.map_err(Stop::from)?;
    match answers.into_iter().next() {
        Some(Ok(Response::Fenced {
            result: Ok(record), ..
        })) => Ok(version_in(&record).unwrap_or(latest)),
        Some(Err(refusal)) if refusal.status == Status::Conflict => Err(Ending::Lost),
        answer => Err(refused(format!(
            "the version could not be kept: {answer:?}"
        ))),
    }
}

/// What follows from the end of a turn.
async fn conclude(core: &Arc<Core>, task: &TaskRef, ending: Ending) {
    let id = &task.id;
    match ending {
        Ending::Fulfilled(record) => {
            core.counters.completed.increment();
            core.faults.clear(id);
            core.listeners.settled(&record);
        }
        Ending::Suspended => {
            core.counters.suspended.increment();
            core.faults.clear(id);
        }
        Ending::Lost => {
            core.counters.leases_lost.increment();
            tracing::warn!(%id, version = %task.version, "the claim is gone: another process goes on with this execution, or it was settled from outside");
        }
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

/// Leaves the work alone for a while, then tries it again; how often it failed so far.
fn hold_back(core: &Arc<Core>, task: &TaskRef, report: &FaultReport) -> u32 {
    let now = to_system_time(core.clock.now());
    let (wait, attempts) = core.faults.note(&task.id, task.version, report, now);
    let (again, id) = (Arc::clone(core), task.id.clone());
    core.background(async move {
        tokio::time::sleep(wait).await;
        if let Some(version) = again.faults.retry_of(&id) {
            inbox::offer(&again, TaskRef { id, version });
        }
    });
    attempts
}

/// Gives a task back. A failure costs only time: the lease lapses.
pub(super) async fn release(core: &Core, task: &TaskRef) {
    let TaskRef { id, version } = task.clone();
    let release = core.ask(Request::TaskRelease(TaskRelease { id, version }));
    let released = match tokio::time::timeout(Duration::from_secs(5), release).await {
        // After a lost answer it is not ours to give any more, as it should be.
        Ok(Err(error)) => error.is_refused() || error.is_not_found(),
        Ok(Ok(_)) => true,
        Err(_) => false,
    };
    if !released {
        tracing::warn!(id = %task.id, "a task could not be given back; its lease lapses");
    }
}

async fn halt(core: &Core, id: &PromiseId) {
    tracing::error!(%id, "halted: `task.continue` resumes it once it can run");
    let halted = core.ask(Request::TaskHalt(TaskId { id: id.clone() })).await;
    if let Err(error) = halted {
        tracing::warn!(%id, %error, "a task could not be halted; its lease lapses");
    }
}

async fn reject(core: &Core, task: &TaskRef, report: &FaultReport) {
    let failure = Failure::new(format!("{:?}", report.kind), report.message.clone());
    let Ok(value) = core.encode(&failure.to_json()) else {
        return release(core, task).await;
    };
    let TaskRef { id, version } = task.clone();
    let action = PromiseSettle {
        id: id.clone(),
        state: Settlement::Rejected,
        value,
    };
    let rejected = core
        .ask(Request::TaskFulfill(TaskFulfill {
            id,
            version,
            action,
        }))
        .await;
    match rejected {
        Ok(Response::Promise(record)) => core.listeners.settled(&record),
        Ok(_) | Err(_) => {
            tracing::warn!(id = %task.id, "a task could not be rejected; its lease lapses")
        }
    }
}
