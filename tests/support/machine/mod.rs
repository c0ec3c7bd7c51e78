//! The protocol's machine as maps, written from the protocol's text to compare the engine with.
//!
//! It is the interoperability profile (§0.3) said as plainly as possible: no indexes, no store, no
//! transactions. Speed does not matter, and nothing is shared with the engine but the words.

mod bug;
mod promise;
mod settle;
mod task;
mod time;

pub use bug::Bug;
use resonate_core::model::{Lease, Promise, Task, TaskState};
use resonate_core::protocol::*;
use resonate_core::tags::{
    BRANCH, DELAY, EXTERNAL, ORIGIN, PARENT, SCHEDULE, SCOPE, TARGET, TIMER, Tags,
};
use resonate_core::{Millis, ProcessId, PromiseId, ScheduleId, TaskVersion, Text, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
pub use time::CRON_LINES;

/// How long a pending task waits to be offered again, in milliseconds.
pub const RETRY_EVERY: i64 = 30_000;
/// How many records a preload carries at most.
pub const PRELOAD_MAX: usize = 10_000;

/// Everything that is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Promises with their tasks.
    pub promises: BTreeMap<PromiseId, Promise>,
    /// (awaited, awaiter), and whether the awaited has settled since.
    pub edges: BTreeMap<(PromiseId, PromiseId), bool>,
    /// Who listens for what.
    pub listeners: BTreeSet<(PromiseId, Text)>,
    /// Schedules.
    pub schedules: BTreeMap<ScheduleId, ScheduleRecord>,
}

/// The machine.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// The rule it breaks.
    pub bug: Option<Bug>,
    /// The instant of the last step: it never goes back.
    pub clock: Millis,
    /// What it keeps.
    pub kept: Kept,
    /// What it has said since somebody last took it.
    pub sent: Vec<Outgoing>,
}

impl Model {
    /// Answers one request. The texts of refusals are empty.
    ///
    /// # Errors
    /// The refusal, when that is the answer.
    pub fn handle(&mut self, now: Millis, request: &Request) -> Answer {
        self.see(now);
        match request {
            Request::PromiseGet(get) => self.promise_get(&get.id),
            Request::PromiseCreate(create) => self.promise_create(create),
            Request::PromiseSettle(settle) => self.promise_settle(settle),
            Request::RegisterCallback(callback) => self.register_callback(callback),
            Request::RegisterListener(listener) => self.register_listener(listener),
            Request::PromiseSearch(search) => self.promise_search(search),
            Request::TaskGet(task) => self.existing(&task.id).map(Response::Task),
            Request::TaskCreate(create) => self.task_create(create),
            Request::TaskAcquire(acquire) => self.task_acquire(acquire),
            Request::TaskFence(fence) => self.task_fence(fence),
            Request::TaskSuspend(suspend) => self.task_suspend(suspend),
            Request::TaskRelease(release) => self.task_release(release),
            Request::TaskFulfill(fulfill) => self.task_fulfill(fulfill),
            Request::TaskHeartbeat(heartbeat) => self.task_heartbeat(heartbeat),
            Request::TaskHalt(task) => self.task_halt(&task.id),
            Request::TaskContinue(task) => self.task_continue(&task.id),
            Request::TaskSearch(search) => self.task_search(search),
            Request::ScheduleGet(name) => self.schedule_get(&name.id),
            Request::ScheduleCreate(create) => self.schedule_create(create),
            Request::ScheduleDelete(name) => self.schedule_delete(&name.id),
            Request::ScheduleSearch(search) => self.schedule_search(search),
        }
    }

    fn see(&mut self, now: Millis) {
        let back = self.has(Bug::ClockGoesBack);
        self.clock = if back { now } else { self.clock.max(now) };
    }

    fn has(&self, bug: Bug) -> bool {
        self.bug == Some(bug)
    }

    fn in_millis(&self, span: i64) -> Millis {
        Millis::new(self.clock.get().saturating_add(span))
    }

    fn known(&self, id: &PromiseId) -> bool {
        self.kept.promises.contains_key(id)
    }

    fn record(&self, id: &PromiseId) -> &Arc<PromiseRecord> {
        &self.kept.promises[id].record
    }

    fn is_pending(&self, id: &PromiseId) -> bool {
        self.record(id).state == PromiseState::Pending
    }

    /// Pending in the books, but its deadline has come: at the deadline it is over.
    fn is_dead(&self, promise: &Promise) -> bool {
        let deadline = promise.record.timeout_at;
        let lives_on = self.has(Bug::DeadlineExclusive) && deadline == self.clock;
        promise.record.state == PromiseState::Pending && deadline <= self.clock && !lives_on
    }

    /// The task of `id`, if there is such a promise and it has one.
    #[must_use]
    pub fn task(&self, id: &PromiseId) -> Option<&Task> {
        self.kept.promises.get(id)?.task.as_ref()
    }

    fn set_task(&mut self, id: &PromiseId, state: TaskState) {
        let promise = self.kept.promises.get_mut(id);
        if let Some(task) = promise.and_then(|it| it.task.as_mut()) {
            task.state = state;
        }
    }
}

fn ensure(holds: bool, status: Status) -> Result<(), Refusal> {
    holds.then_some(()).ok_or_else(|| Refusal::new(status, ""))
}

fn named(id: &PromiseId) -> Result<(), Refusal> {
    ensure(!id.as_str().is_empty(), Status::BadRequest)
}

/// What follows the cursor, at most `limit`; the last id of the page when more would follow.
fn page<T>(
    rows: impl Iterator<Item = (Text, T)>,
    limit: i64,
    cursor: Option<&Text>,
) -> Result<(Vec<T>, Option<Text>), Refusal> {
    ensure((1..=1000).contains(&limit), Status::BadRequest)?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let after = rows.filter(|(id, _)| cursor.is_none_or(|last| id > last));
    let mut rest: Vec<_> = after.collect();
    let more = rest.len() > limit;
    rest.truncate(limit);
    let last = rest.last().filter(|_| more).map(|(id, _)| id.clone());
    Ok((rest.into_iter().map(|(_, row)| row).collect(), last))
}

fn carries(tags: &Tags, wanted: Option<&Tags>) -> bool {
    wanted.is_none_or(|wanted| {
        wanted
            .iter()
            .all(|(key, value)| tags.get(key) == Some(value))
    })
}
