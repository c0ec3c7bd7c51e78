//! The `promise.*` requests, but for the search.

use std::sync::Arc;

use super::refuse::{Handled, no_promise, unprocessable};
use super::step::Step;
use crate::model::{Promise, Task, TaskState, expired};
use crate::protocol::{
    PromiseCreate, PromiseGet, PromiseRecord, PromiseSettle, PromiseState, RegisterCallback,
    RegisterListener, Response,
};
use crate::store::{StoreError, Write};
use crate::{Millis, PromiseId, TaskVersion, Value};

/// `promise.get`.
pub(super) fn get(step: &mut Step<'_>, get: &PromiseGet) -> Handled<Response> {
    step.touch(&[&get.id])?;
    let promise = found(step, &get.id)?;
    Ok(Response::Promise(promise.record))
}

/// `promise.create`.
pub(super) fn create(step: &mut Step<'_>, create: &PromiseCreate) -> Handled<Response> {
    step.touch(&[&create.id])?;
    Ok(Response::Promise(ensure(step, create)?))
}

/// `promise.settle`.
pub(super) fn settle(step: &mut Step<'_>, settle: &PromiseSettle) -> Handled<Response> {
    step.touch(&[&settle.id])?;
    Ok(Response::Promise(ensure_settled(step, settle)?))
}

/// `promise.register_callback`. An awaited promise that is settled wakes nobody: the answer says
/// it all.
pub(super) fn register_callback(
    step: &mut Step<'_>,
    callback: &RegisterCallback,
) -> Handled<Response> {
    let RegisterCallback { awaited, awaiter } = callback;
    step.touch(&[awaited, awaiter])?;
    let promise = found(step, awaited)?;
    let Some(waiting) = step.promise(awaiter)? else {
        return Err(unprocessable(format!(
            "the awaiter `{awaiter}` does not exist: create it first"
        ))
        .into());
    };
    if waiting.task.is_none() {
        return Err(unprocessable(format!(
            "the awaiter `{awaiter}` has no task to resume: it was created without the tag \
             `resonate:target`"
        ))
        .into());
    }
    let record = Arc::clone(&promise.record);
    if record.state.is_pending() && waiting.record.state.is_pending() {
        step.put_edge(awaited, awaiter, false);
        arm(step, promise);
    }
    Ok(Response::Promise(record))
}

/// `promise.register_listener`. Nobody is told of a promise that is settled already: the answer
/// says it all.
pub(super) fn register_listener(
    step: &mut Step<'_>,
    listener: &RegisterListener,
) -> Handled<Response> {
    step.touch(&[&listener.awaited])?;
    let promise = found(step, &listener.awaited)?;
    let record = Arc::clone(&promise.record);
    if record.state.is_pending() {
        step.write(Write::Listener {
            promise: listener.awaited.clone(),
            address: Arc::clone(&listener.address),
        });
        arm(step, promise);
    }
    Ok(Response::Promise(record))
}

/// The promise with the id of `create`: the one that exists, whatever it was created with, or a
/// new one, whose task is offered at once or when its delay is over.
pub(super) fn ensure(
    step: &mut Step<'_>,
    create: &PromiseCreate,
) -> Result<Arc<PromiseRecord>, StoreError> {
    if let Some(promise) = step.promise(&create.id)? {
        return Ok(promise.record);
    }
    let promise = newborn(create, step.now, step.now);
    let record = Arc::clone(&promise.record);
    let delayed_until = record.tags.delay().ok().flatten();
    match delayed_until.filter(|until| step.now < *until) {
        Some(until) => step.put(delayed(promise, until)),
        None => offer_newborn(step, promise),
    }
    Ok(record)
}

/// Settles the promise, or reads it when it is settled already.
pub(super) fn ensure_settled(
    step: &mut Step<'_>,
    settle: &PromiseSettle,
) -> Handled<Arc<PromiseRecord>> {
    let promise = found(step, &settle.id)?;
    if !promise.record.state.is_pending() {
        return Ok(promise.record);
    }
    Ok(step.settle(promise, settle.state.into(), &settle.value)?)
}

/// The promise `id`, which has been touched.
pub(super) fn found(step: &mut Step<'_>, id: &PromiseId) -> Handled<Promise> {
    Ok(step.promise(id)?.ok_or_else(|| no_promise(id))?)
}

/// From now on the engine keeps the deadline of the promise unasked: somebody waits for it.
pub(super) fn arm(step: &mut Step<'_>, promise: Promise) {
    if !promise.armed {
        step.put(Promise {
            armed: true,
            ..promise
        });
    }
}

/// A promise as it is born at `now`: pending, or settled when its deadline has passed already.
/// Its task is pending, and due never.
pub(super) fn newborn(create: &PromiseCreate, created_at: Millis, now: Millis) -> Promise {
    let mut record = PromiseRecord {
        id: create.id.clone(),
        state: PromiseState::Pending,
        param: create.param.clone(),
        value: Value::default(),
        tags: create.tags.clone(),
        timeout_at: create.timeout_at,
        created_at: created_at.min(create.timeout_at),
        settled_at: None,
    };
    let mut state = TaskState::Pending {
        retry_at: Millis::MAX,
    };
    if record.timeout_at <= now {
        record = expired(&record);
        state = TaskState::Fulfilled;
    }
    Promise {
        armed: record.tags.is_external(),
        task: record.tags.target().map(|_| Task {
            state,
            version: TaskVersion::default(),
        }),
        record: Arc::new(record),
    }
}

/// Writes a new promise, and offers its task if it has one that is not finished.
pub(super) fn offer_newborn(step: &mut Step<'_>, promise: Promise) {
    if promise.task.is_some() && promise.record.state.is_pending() {
        step.offer(promise);
    } else {
        step.put(promise);
    }
}

/// The same promise with its task to be offered first at `until`; the task of a timer never is.
fn delayed(mut promise: Promise, until: Millis) -> Promise {
    if let Some(task) = &mut promise.task
        && promise.record.state.is_pending()
        && !promise.record.tags.is_timer()
    {
        task.state = TaskState::Pending { retry_at: until };
    }
    promise
}
