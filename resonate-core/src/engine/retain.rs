//! Forgetting executions that finished long ago: a root promise with everything of its origin.

use std::collections::BTreeSet;
use std::time::Duration;

use super::step::Step;
use crate::store::{StoreError, View, Write};
use crate::{Millis, PromiseId};

/// How soon an execution of which something is still open is looked at again, at the earliest.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// How far the finished executions have been looked through. It is not kept: after a restart
/// they are looked through anew.
#[derive(Debug, Default)]
pub(super) struct Sweep {
    /// The last one that was looked at, by its end.
    after: Option<(Millis, PromiseId)>,
    /// Those before it that have to be looked at again, by when.
    again: BTreeSet<(Millis, PromiseId)>,
}

impl Sweep {
    /// When the next execution has to be looked at.
    pub(super) fn next_due(
        &self,
        view: &dyn View,
        retain: Duration,
    ) -> Result<Option<Millis>, StoreError> {
        let next = view.roots_after(self.after.as_ref(), 1)?;
        let next = next.first().map(|(ends_at, _)| ends_at.after(retain));
        let again = self.again.first().map(|(at, _)| *at);
        Ok(next.into_iter().chain(again).min())
    }

    /// Notes the roots that were written with an end that has been passed already.
    pub(super) fn follow(&mut self, writes: &[Write], retain: Duration) {
        let Some((ends_at, id)) = &self.after else {
            return;
        };
        for write in writes {
            if let Write::Promise(promise) = write
                && promise.origin().is_none()
                && (promise.ends_at(), promise.id()) <= (*ends_at, id)
            {
                let at = promise.ends_at().after(retain);
                self.again.insert((at, promise.id().clone()));
            }
        }
    }

    /// The root of the next execution to look at.
    fn take(&mut self, step: &Step<'_>, retain: Duration) -> Result<Option<PromiseId>, StoreError> {
        if self.again.first().is_some_and(|(at, _)| *at <= step.now) {
            return Ok(self.again.pop_first().map(|(_, id)| id));
        }
        let next = step.view.roots_after(self.after.as_ref(), 1)?.pop();
        let next = next.filter(|(ends_at, _)| ends_at.after(retain) <= step.now);
        let id = next.as_ref().map(|(_, id)| id.clone());
        self.after = next.or_else(|| self.after.take());
        Ok(id)
    }
}

/// Removes executions that finished longer ago than the retention, until a batch of promises has
/// been looked at; an execution goes whole.
pub(super) fn forget(step: &mut Step<'_>, sweep: &mut Sweep) -> Result<(), StoreError> {
    let Some(retain) = step.config.retain else {
        return Ok(());
    };
    let mut room = step.config.batch_max;
    while room > 0
        && let Some(root) = sweep.take(step, retain)?
    {
        let (promises, look_again) = forget_one(step, &root, retain)?;
        sweep.again.extend(look_again.map(|at| (at, root)));
        room = room.saturating_sub(promises);
    }
    Ok(())
}

/// Removes the execution, or says when to look at it again; and how many promises it has.
fn forget_one(
    step: &mut Step<'_>,
    root: &PromiseId,
    retain: Duration,
) -> Result<(usize, Option<Millis>), StoreError> {
    let Some(promise) = step.view.promise(root)? else {
        return Ok((1, None));
    };
    let mut ids = vec![root.clone()];
    let (mut ends_at, mut is_open) = (promise.ends_at(), promise.deadline_due().is_some());
    for member in step.view.descendants(root)? {
        ends_at = ends_at.max(member.ends_at);
        is_open |= member.is_due;
        ids.push(member.id);
    }
    let due = ends_at.after(retain);
    if due > step.now {
        // A deadline far away is an end only for what nobody settles before.
        let soon = step.now.after(retain.max(LOOK_AGAIN));
        return Ok((ids.len(), Some(due.min(soon))));
    }
    for id in &ids {
        is_open |= !step.view.edges_to(id)?.is_empty();
    }
    if is_open {
        let soon = step.now.after(retain.max(LOOK_AGAIN));
        return Ok((ids.len(), Some(soon)));
    }
    let promises = ids.len();
    for id in ids {
        step.write(Write::RemovePromise(id));
    }
    Ok((promises, None))
}
