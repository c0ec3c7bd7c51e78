//! Taking up work after a restart.

use super::step::Step;
use crate::model::{Promise, Task, TaskState};
use crate::store::{Due, StoreError, View};
use crate::{Millis, ProcessId, PromiseId};

/// Every task that is on offer or held.
pub(super) fn unfinished(view: &dyn View) -> Result<Vec<PromiseId>, StoreError> {
    let mut limit = 1024;
    let due = loop {
        let due = view.due(Millis::MAX, limit)?;
        if due.len() < limit {
            break due;
        }
        limit = limit.saturating_mul(2);
    };
    let tasks = due.into_iter().filter_map(|due| match due {
        Due::Offer(id) | Due::Lease(id) => Some(id),
        Due::Promise(_) | Due::Schedule(_) => None,
    });
    Ok(tasks.collect())
}

/// Offers those of the tasks that nobody works on: pending ones, and those whose holder is gone.
pub(super) fn offer_again(
    step: &mut Step<'_>,
    tasks: &[PromiseId],
    abandoned: &dyn Fn(&ProcessId) -> bool,
) -> Result<(), StoreError> {
    for id in tasks {
        let Some(promise) = step.promise(id)? else {
            continue;
        };
        let Some(task) = promise.task.as_ref().filter(|_| promise.is_live(step.now)) else {
            continue;
        };
        let idle = match &task.state {
            TaskState::Pending { .. } => !is_delayed(&promise, task, step.now),
            TaskState::Acquired(lease) => abandoned(&lease.pid),
            TaskState::Suspended | TaskState::Halted | TaskState::Fulfilled => false,
        };
        if idle {
            step.offer(promise);
        }
    }
    Ok(())
}

/// Whether the first offer of the task is still to come.
fn is_delayed(promise: &Promise, task: &Task, now: Millis) -> bool {
    let until = promise.record.tags.delay().ok().flatten();
    task.version.get() == 0 && until.is_some_and(|until| now < until)
}
