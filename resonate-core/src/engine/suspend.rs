//! `task.suspend`: give the claim back until one of the awaited promises settles.

use super::refuse::{Handled, unprocessable};
use super::step::Step;
use super::{preload, promise, task};
use crate::PromiseId;
use crate::model::{Promise, TaskState};
use crate::protocol::{Response, TaskSuspend};

/// Registers one edge per awaited promise and suspends, or redirects: when one of them has
/// settled already the claim stays as it is, and nothing is registered. A promise that is named
/// twice counts once. Resumes buffered so far are consumed either way.
pub(super) fn suspend(step: &mut Step<'_>, suspend: &TaskSuspend) -> Handled<Response> {
    let id = &suspend.id;
    let mut ids: Vec<&PromiseId> = suspend.actions.iter().map(|edge| &edge.awaited).collect();
    ids.sort_unstable();
    ids.dedup();
    ids.push(id);
    step.touch(&ids)?;
    ids.pop();
    let promise = task::held(step, id, suspend.version)?;
    let awaited = awaited(step, id, &ids)?;
    step.clear_resumes(id)?;
    if awaited
        .iter()
        .any(|awaited| !awaited.record.state.is_pending())
    {
        let most = preload::most(step, suspend.brief);
        let preload = preload::of(step, &promise, most)?;
        return Ok(Response::Redirect { preload });
    }
    for awaited in awaited {
        step.put_edge(awaited.id(), id, false);
        promise::arm(step, awaited);
    }
    park(step, promise);
    Ok(Response::Done)
}

/// The awaited promises; all that are missing are named in one refusal.
fn awaited(step: &mut Step<'_>, id: &PromiseId, ids: &[&PromiseId]) -> Handled<Vec<Promise>> {
    let mut found = Vec::with_capacity(ids.len());
    let mut missing = Vec::new();
    for awaited in ids {
        match step.promise(awaited)? {
            Some(promise) => found.push(promise),
            None => missing.push(format!("`{awaited}`")),
        }
    }
    if missing.is_empty() {
        return Ok(found);
    }
    Err(unprocessable(format!(
        "task `{id}` awaits promises that do not exist: {}; create them first",
        missing.join(", ")
    ))
    .into())
}

fn park(step: &mut Step<'_>, mut promise: Promise) {
    if let Some(task) = &mut promise.task {
        task.state = TaskState::Suspended;
    }
    step.put(promise);
}
