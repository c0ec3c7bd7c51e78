//! The `schedule.*` requests, but for the search, and the firing of schedules (protocol §3.9).

use std::sync::Arc;

use super::promise::{newborn, offer_newborn};
use super::refuse::{Handled, no_schedule};
use super::step::Step;
use crate::cron::Cron;
use crate::protocol::{PromiseCreate, Response, ScheduleCreate, ScheduleName, ScheduleRecord};
use crate::store::{StoreError, Write};
use crate::{Millis, PromiseId, ScheduleId, tags};

/// `schedule.get`.
pub(super) fn get(step: &mut Step<'_>, name: &ScheduleName) -> Handled<Response> {
    Ok(Response::Schedule(found(step, &name.id)?))
}

/// `schedule.create`.
pub(super) fn create(step: &mut Step<'_>, create: &ScheduleCreate) -> Handled<Response> {
    if let Some(schedule) = step.view.schedule(&create.id)? {
        return Ok(Response::Schedule(schedule));
    }
    let schedule = Arc::new(ScheduleRecord {
        id: create.id.clone(),
        cron: Arc::clone(&create.cron),
        promise_id: Arc::clone(&create.promise_id),
        promise_timeout: create.promise_timeout,
        promise_param: create.promise_param.clone(),
        promise_tags: create.promise_tags.clone(),
        created_at: step.now,
        next_run_at: next_run(&create.cron, step.now),
        last_run_at: None,
    });
    step.write(Write::Schedule(Arc::clone(&schedule)));
    Ok(Response::Schedule(schedule))
}

/// `schedule.delete`; promises that it has created stay.
pub(super) fn delete(step: &mut Step<'_>, name: &ScheduleName) -> Handled<Response> {
    found(step, &name.id)?;
    step.write(Write::RemoveSchedule(name.id.clone()));
    Ok(Response::Done)
}

/// Fires the occurrences that are due, at most `max` of them, and says how many there were.
pub(super) fn fire(step: &mut Step<'_>, id: &ScheduleId, max: usize) -> Result<usize, StoreError> {
    let Some(schedule) = step.view.schedule(id)? else {
        return Ok(0);
    };
    let mut schedule = ScheduleRecord::clone(&schedule);
    let mut fired = 0;
    while schedule.next_run_at <= step.now && fired < max {
        let occurrence = schedule.next_run_at;
        create_promise(step, &schedule, occurrence)?;
        schedule.last_run_at = Some(occurrence);
        schedule.next_run_at = next_run(&schedule.cron, occurrence);
        fired += 1;
    }
    if fired > 0 {
        step.write(Write::Schedule(Arc::new(schedule)));
    }
    Ok(fired)
}

/// Creates the promise of one occurrence, unless its id is taken: then that one is adopted.
fn create_promise(
    step: &mut Step<'_>,
    schedule: &ScheduleRecord,
    occurrence: Millis,
) -> Result<(), StoreError> {
    let id: PromiseId = schedule
        .promise_id
        .replace("{{.id}}", schedule.id.as_str())
        .replace("{{.timestamp}}", &occurrence.to_string())
        .into();
    if step.promise(&id)?.is_some() {
        return Ok(());
    }
    let lineage = [tags::ORIGIN, tags::BRANCH, tags::PARENT];
    let tags = lineage.into_iter().fold(
        schedule
            .promise_tags
            .clone()
            .with(tags::SCHEDULE, Arc::clone(schedule.id.text())),
        |tags, key| tags.with(key, Arc::clone(id.text())),
    );
    let create = PromiseCreate {
        id,
        timeout_at: Millis::new(occurrence.get().saturating_add(schedule.promise_timeout)),
        param: schedule.promise_param.clone(),
        tags,
    };
    let promise = newborn(&create, occurrence, step.now);
    offer_newborn(step, promise);
    Ok(())
}

fn found(step: &Step<'_>, id: &ScheduleId) -> Handled<Arc<ScheduleRecord>> {
    let schedule = step.view.schedule(id)?;
    Ok(schedule.ok_or_else(|| no_schedule(id))?)
}

/// The first occurrence strictly after `after`. A line without any (or one that an older version
/// accepted and this one does not read) stays in place and never fires.
fn next_run(cron: &str, after: Millis) -> Millis {
    cron.parse::<Cron>()
        .ok()
        .and_then(|cron| cron.next_after(after))
        .unwrap_or(Millis::MAX)
}
