//! What the machine does on its own when a time has come (protocol §3.5).

use super::step::Step;
use super::{schedule, task};
use crate::PromiseId;
use crate::model::TaskState;
use crate::store::{Due, StoreError};

/// Acts on what is due, at most a batch: deadlines, offers, leases, then schedules. Each handler
/// looks again whether its time has come, for an earlier one may have changed that.
pub(super) fn act(step: &mut Step<'_>) -> Result<(), StoreError> {
    let due = step.view.due(step.now, step.config.batch_max)?;
    let mut budget = step.config.batch_max.saturating_sub(due.len());
    for thing in &due {
        if let Due::Promise(id) = thing
            && let Some(promise) = step.promise(id)?
        {
            step.expire(promise)?;
        }
    }
    step.tell_awaiters()?;
    for thing in due {
        match thing {
            Due::Promise(_) => {}
            Due::Offer(id) => offer_again(step, &id)?,
            Due::Lease(id) => {
                step.touch(&[&id])?;
                if step.config.leases_lapse {
                    task::take_back(step, &id)?;
                } else {
                    task::prolong(step, &id)?;
                }
            }
            Due::Schedule(id) => {
                // One occurrence is in the batch already; those missed before it are not.
                let fired = schedule::fire(step, &id, budget + 1)?;
                budget -= fired.saturating_sub(1);
            }
        }
    }
    Ok(())
}

/// Offers a task that nobody claimed since the last offer.
fn offer_again(step: &mut Step<'_>, id: &PromiseId) -> Result<(), StoreError> {
    step.touch(&[id])?;
    let Some(promise) = step.promise(id)? else {
        return Ok(());
    };
    let due = promise.task.as_ref().and_then(|task| match task.state {
        TaskState::Pending { retry_at } => Some(retry_at),
        TaskState::Acquired(_)
        | TaskState::Suspended
        | TaskState::Halted
        | TaskState::Fulfilled => None,
    });
    if due.is_some_and(|at| at <= step.now) {
        step.offer(promise);
    }
    Ok(())
}
