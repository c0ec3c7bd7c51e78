//! `task.fence`: a promise operation made only while the claim holds.

use super::refuse::{Handled, Stop};
use super::step::Step;
use super::{preload, promise, task};
use crate::protocol::{FenceAction, Response, TaskFence};

/// Checks the claim and carries out the inner operation in the same step; the claim itself, its
/// lease included, stays as it is. What the inner operation is refused travels inside the answer.
pub(super) fn fence(step: &mut Step<'_>, fence: &TaskFence) -> Handled<Response> {
    step.touch(&[&fence.id, fence.action.id()])?;
    let holder = task::held(step, &fence.id, fence.version)?;
    let result = match &fence.action {
        FenceAction::Create(create) => Ok(promise::ensure(step, create)?),
        FenceAction::Settle(settle) => match promise::ensure_settled(step, settle) {
            Ok(record) => Ok(record),
            Err(Stop::Refused(refusal)) => Err(refusal),
            Err(Stop::Failed(error)) => return Err(error.into()),
        },
    };
    Ok(Response::Fenced {
        kind: fence.action.kind(),
        result,
        preload: preload::of(step, &holder, step.config.fence_preload_max)?,
    })
}
