//! The `task.*` requests, but for fence, suspend and the search.

use std::sync::Arc;

use super::refuse::{Handled, no_task, unprocessable, wrong_state, wrong_version};
use super::step::Step;
use super::{preload, promise};
use crate::model::{Lease, Promise, Task, TaskState};
use crate::protocol::{
    Response, TaskAcquire, TaskCreate, TaskFulfill, TaskHeartbeat, TaskId, TaskRef, TaskRelease,
    TaskStatus,
};
use crate::store::StoreError;
use crate::{Millis, ProcessId, PromiseId, TaskVersion};

/// Who claims a task, and for how long.
struct Claim<'a> {
    pid: &'a ProcessId,
    ttl: i64,
    /// Whether the claimant knows what is recorded.
    is_brief: bool,
}

/// `task.get`.
pub(super) fn get(step: &mut Step<'_>, task: &TaskId) -> Handled<Response> {
    step.touch(&[&task.id])?;
    let promise = step.promise(&task.id)?;
    let record = match &promise {
        Some(promise) => step.task_record(promise)?,
        None => None,
    };
    Ok(Response::Task(record.ok_or_else(|| no_task(&task.id))?))
}

/// `task.create`: creates a targeted promise and claims its task, or claims the task of the
/// promise that exists.
pub(super) fn create(step: &mut Step<'_>, create: &TaskCreate) -> Handled<Response> {
    let id = &create.action.id;
    let claim = Claim {
        pid: &create.pid,
        ttl: create.ttl,
        is_brief: false,
    };
    step.touch(&[id])?;
    let Some(existing) = step.promise(id)? else {
        let born = promise::newborn(&create.action, step.now, step.now);
        return if born.record.state.is_pending() {
            claimed(step, born, &claim)
        } else {
            step.put(born.clone());
            answer(step, &born, claim.is_brief)
        };
    };
    let Some(task) = &existing.task else {
        return Err(unprocessable(format!(
            "promise `{id}` exists without a task: it was created without the tag \
             `resonate:target`, so choose another id"
        ))
        .into());
    };
    match task.state {
        TaskState::Pending { .. } => {
            step.clear_resumes(id)?;
            claimed(step, existing, &claim)
        }
        TaskState::Fulfilled => answer(step, &existing, claim.is_brief),
        TaskState::Acquired(_) | TaskState::Suspended | TaskState::Halted => Err(wrong_state(
            id,
            task.state.status(),
            "it exists already and is taken care of, so listen for its promise",
        )
        .into()),
    }
}

/// `task.acquire`.
pub(super) fn acquire(step: &mut Step<'_>, acquire: &TaskAcquire) -> Handled<Response> {
    step.touch(&[&acquire.id])?;
    let (promise, task) = with_task(step, &acquire.id)?;
    if !matches!(task.state, TaskState::Pending { .. }) {
        let what_to_do = "it is not on offer, so drop the message that offered it";
        return Err(wrong_state(&acquire.id, task.state.status(), what_to_do).into());
    }
    if task.version != acquire.version {
        return Err(wrong_version(&acquire.id, &task, acquire.version).into());
    }
    let claim = Claim {
        pid: &acquire.pid,
        ttl: acquire.ttl,
        is_brief: acquire.brief,
    };
    step.clear_resumes(&acquire.id)?;
    claimed(step, promise, &claim)
}

/// `task.release`.
pub(super) fn release(step: &mut Step<'_>, release: &TaskRelease) -> Handled<Response> {
    step.touch(&[&release.id])?;
    let promise = held(step, &release.id, release.version)?;
    step.offer(promise);
    Ok(Response::Done)
}

/// `task.fulfill`.
pub(super) fn fulfill(step: &mut Step<'_>, fulfill: &TaskFulfill) -> Handled<Response> {
    step.touch(&[&fulfill.id])?;
    let promise = held(step, &fulfill.id, fulfill.version)?;
    let action = &fulfill.action;
    let record = step.settle(promise, action.state.into(), &action.value)?;
    Ok(Response::Promise(record))
}

/// `task.heartbeat`: renews what this process holds, and passes over the rest in silence. A
/// promise past its deadline keeps its lease as it is.
pub(super) fn heartbeat(step: &mut Step<'_>, heartbeat: &TaskHeartbeat) -> Handled<Response> {
    for TaskRef { id, version } in &heartbeat.tasks {
        let Some(mut promise) = step.promise(id)? else {
            continue;
        };
        let live = promise.is_live(step.now);
        let Some(task) = promise
            .task
            .as_mut()
            .filter(|task| task.version == *version)
        else {
            continue;
        };
        let TaskState::Acquired(lease) = &mut task.state else {
            continue;
        };
        let expires_at = lease_end(step.now, lease.ttl);
        if live && lease.pid == heartbeat.pid && lease.expires_at != expires_at {
            lease.expires_at = expires_at;
            step.put(promise);
        }
    }
    Ok(Response::Done)
}

/// `task.halt`.
pub(super) fn halt(step: &mut Step<'_>, halt: &TaskId) -> Handled<Response> {
    step.touch(&[&halt.id])?;
    let (mut promise, task) = with_task(step, &halt.id)?;
    match task.state {
        TaskState::Halted => {}
        TaskState::Fulfilled => {
            let what_to_do = "there is nothing left to halt";
            return Err(wrong_state(&halt.id, TaskStatus::Fulfilled, what_to_do).into());
        }
        TaskState::Pending { .. } | TaskState::Acquired(_) | TaskState::Suspended => {
            promise.task = Some(Task {
                state: TaskState::Halted,
                ..task
            });
            step.put(promise);
        }
    }
    Ok(Response::Done)
}

/// `task.continue`: a halted task is offered again, never suspended again.
pub(super) fn carry_on(step: &mut Step<'_>, task: &TaskId) -> Handled<Response> {
    let id = &task.id;
    step.touch(&[id])?;
    let (promise, task) = with_task(step, id)?;
    if task.state != TaskState::Halted {
        let what_to_do = "only a halted task can be continued";
        return Err(wrong_state(id, task.state.status(), what_to_do).into());
    }
    step.offer(promise);
    Ok(Response::Done)
}

/// The fence: the promise whose task is held at `version`.
pub(super) fn held(step: &mut Step<'_>, id: &PromiseId, version: TaskVersion) -> Handled<Promise> {
    let (promise, task) = with_task(step, id)?;
    if !matches!(task.state, TaskState::Acquired(_)) {
        let what_to_do = "the claim is gone, so drop this attempt and report nothing";
        return Err(wrong_state(id, task.state.status(), what_to_do).into());
    }
    if task.version != version {
        return Err(wrong_version(id, &task, version).into());
    }
    Ok(promise)
}

fn with_task(step: &mut Step<'_>, id: &PromiseId) -> Handled<(Promise, Task)> {
    let found = step.promise(id)?;
    let found = found.and_then(|promise| promise.task.clone().map(|task| (promise, task)));
    Ok(found.ok_or_else(|| no_task(id))?)
}

/// Claims a task that is pending and has no resumes left: the next version, a full lease.
fn claimed(step: &mut Step<'_>, mut promise: Promise, claim: &Claim<'_>) -> Handled<Response> {
    if let Some(task) = &mut promise.task {
        task.version = task.version.next();
        task.state = TaskState::Acquired(Lease {
            pid: claim.pid.clone(),
            ttl: claim.ttl,
            expires_at: lease_end(step.now, claim.ttl),
        });
    }
    step.put(promise.clone());
    answer(step, &promise, claim.is_brief)
}

/// `{task, promise, preload}` of a task that was claimed just now or is finished, so without
/// resumes.
fn answer(step: &mut Step<'_>, promise: &Promise, is_brief: bool) -> Handled<Response> {
    let most = preload::most(step, is_brief);
    let id = promise.id();
    let task = promise.task.as_ref().map(|task| task.record(id, 0));
    Ok(Response::Claimed {
        task: task.ok_or_else(|| no_task(id))?,
        promise: Arc::clone(&promise.record),
        preload: preload::of(step, promise, most)?,
    })
}

/// When a lease taken or renewed now lapses.
fn lease_end(now: Millis, ttl: i64) -> Millis {
    Millis::new(now.get().saturating_add(ttl))
}

/// Takes a lapsed lease back and offers the task again, at the same version.
pub(super) fn take_back(step: &mut Step<'_>, id: &PromiseId) -> Result<(), StoreError> {
    let Some(promise) = step.promise(id)? else {
        return Ok(());
    };
    let lapsed = promise.task.as_ref().is_some_and(|task| match &task.state {
        TaskState::Acquired(lease) => lease.expires_at <= step.now,
        TaskState::Pending { .. }
        | TaskState::Suspended
        | TaskState::Halted
        | TaskState::Fulfilled => false,
    });
    if lapsed {
        step.offer(promise);
    }
    Ok(())
}
