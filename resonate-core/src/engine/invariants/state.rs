//! Properties of one state: a, b, c and d.

use std::collections::{BTreeMap, BTreeSet};

use super::Findings;
use crate::address::Address;
use crate::engine::Snapshot;
use crate::model::{Edge, Promise, TaskState, expired};
use crate::protocol::{PromiseRecord, PromiseState, ScheduleRecord};
use crate::{Millis, PromiseId};

pub(super) fn check(snapshot: &Snapshot, now: Millis, findings: &mut Findings) {
    let waits = Waits::of(snapshot);
    for (id, promise) in &snapshot.promises {
        findings.must(
            "c5",
            id,
            id == promise.id(),
            "a promise is kept under its id",
        );
        record(&promise.record, now, findings);
        timer(promise, findings);
        task(promise, &waits, findings);
        suspended(promise, &waits, now, findings);
        awaited(promise, &waits, findings);
    }
    for edge in &snapshot.edges {
        join(snapshot, edge, findings);
    }
    for (id, address) in &snapshot.listeners {
        let reachable = address.parse::<Address>().is_ok();
        findings.must("d4", id, reachable, "a listener can be reached");
        let exists = snapshot.promises.contains_key(id);
        findings.must("d4", id, exists, "what is listened for exists");
    }
    for (id, kept) in &snapshot.schedules {
        findings.must("c7", id, *id == kept.id, "a schedule is kept under its id");
        schedule(kept, findings);
    }
}

/// Who waits for whom, looked up from either end.
struct Waits<'a> {
    to: BTreeMap<&'a PromiseId, Vec<&'a Edge>>,
    of: BTreeMap<&'a PromiseId, Vec<&'a Edge>>,
    heard: BTreeSet<&'a PromiseId>,
}

impl<'a> Waits<'a> {
    fn of(snapshot: &'a Snapshot) -> Self {
        let mut waits = Self {
            to: BTreeMap::new(),
            of: BTreeMap::new(),
            heard: snapshot.listeners.iter().map(|(id, _)| id).collect(),
        };
        for edge in &snapshot.edges {
            waits.to.entry(&edge.awaited).or_default().push(edge);
            waits.of.entry(&edge.awaiter).or_default().push(edge);
        }
        waits
    }

    fn edges_to(&self, id: &PromiseId) -> &[&'a Edge] {
        self.to.get(id).map_or(&[], Vec::as_slice)
    }

    fn edges_of(&self, id: &PromiseId) -> &[&'a Edge] {
        self.of.get(id).map_or(&[], Vec::as_slice)
    }
}

fn record(record: &PromiseRecord, now: Millis, findings: &mut Findings) {
    let PromiseRecord {
        id,
        timeout_at,
        created_at,
        settled_at,
        ..
    } = record;
    let pending = record.state.is_pending();
    let mut must = |property, holds, statement| findings.must(property, id, holds, statement);
    must(
        "a1",
        created_at <= timeout_at,
        "born no later than its deadline",
    );
    must(
        "a2",
        !pending || created_at < timeout_at,
        "a pending one was born before its deadline",
    );
    must(
        "a3",
        settled_at.is_none_or(|at| at <= *timeout_at),
        "never settled after its deadline",
    );
    must(
        "a4",
        settled_at.is_none_or(|at| *created_at <= at),
        "never settled before its birth",
    );
    must(
        "a5",
        pending == settled_at.is_none(),
        "settled exactly when it has a settlement time",
    );
    must(
        "a6",
        !pending || record.value.is_empty(),
        "no value while pending",
    );
    let by_deadline = *settled_at == Some(*timeout_at);
    must(
        "a7",
        !by_deadline || record.state == expired(record).state,
        "settled at the deadline with the deadline's verdict",
    );
    must(
        "a8",
        !by_deadline || record.value.is_empty(),
        "settled at the deadline without a value",
    );
    must(
        "a10",
        record.state != PromiseState::RejectedTimedout || by_deadline,
        "only the clock writes the timeout verdict",
    );
    must("a15", *created_at <= now, "not born in the future");
    must(
        "a16",
        settled_at.is_none_or(|at| at <= now),
        "not settled in the future",
    );
}

/// A timer may have a target; its task is kept and never offered.
fn timer(promise: &Promise, findings: &mut Findings) {
    if let Some(TaskState::Pending { retry_at }) = promise.task.as_ref().map(|task| &task.state) {
        findings.must(
            "a9",
            promise.id(),
            promise.record.tags.is_timer() == (*retry_at == Millis::MAX),
            "of pending tasks exactly those of timers are never offered",
        );
    }
}

fn task(promise: &Promise, waits: &Waits<'_>, findings: &mut Findings) {
    let id = promise.id();
    findings.must(
        "d1",
        id,
        promise.task.is_some() == promise.record.tags.target().is_some(),
        "a task exactly for a targeted promise",
    );
    let Some(task) = &promise.task else { return };
    let settled = !promise.record.state.is_pending();
    let finished = task.state == TaskState::Fulfilled;
    findings.must(
        "d2",
        id,
        !settled || finished,
        "a settled promise has a finished task",
    );
    findings.must(
        "d10",
        id,
        !finished || settled,
        "a finished task has a settled promise",
    );
    let edges = waits.edges_of(id);
    findings.must(
        "b5",
        id,
        !finished || edges.is_empty(),
        "a finished task waits for nothing and has no resumes",
    );
    if let TaskState::Acquired(lease) = &task.state {
        let claimed = task.version.get() >= 1;
        findings.must("b10", id, claimed, "a claim has a number");
        findings.must(
            "b2",
            id,
            lease.ttl >= 1,
            "a lease is at least a millisecond long",
        );
    }
}

fn suspended(promise: &Promise, waits: &Waits<'_>, now: Millis, findings: &mut Findings) {
    let suspended = promise.task.as_ref().map(|task| &task.state) == Some(&TaskState::Suspended);
    if !suspended {
        return;
    }
    let id = promise.id();
    let edges = waits.edges_of(id);
    let owes = edges.iter().any(|edge| edge.ready);
    findings.must("b8", id, !owes, "a suspended task owes no resume");
    findings.must(
        "d11",
        id,
        !promise.is_live(now) || edges.iter().any(|edge| !edge.ready),
        "a suspended task that is still alive waits for something that can still settle",
    );
}

fn awaited(promise: &Promise, waits: &Waits<'_>, findings: &mut Findings) {
    let id = promise.id();
    let edges = waits.edges_to(id);
    let heard = waits.heard.contains(id);
    let pending = promise.record.state.is_pending();
    findings.must(
        "a13",
        id,
        promise.armed || (edges.is_empty() && !heard),
        "whoever is waited for is armed",
    );
    findings.must(
        "k1",
        id,
        pending || (!heard && edges.iter().all(|edge| edge.ready)),
        "a settled promise has told everyone who waited for it",
    );
    findings.must(
        "k2",
        id,
        !pending || edges.iter().all(|edge| !edge.ready),
        "an edge is ready only when what is awaited has settled",
    );
    findings.must(
        "k3",
        id,
        promise.armed || !promise.record.tags.is_external(),
        "an external promise is armed",
    );
}

fn join(snapshot: &Snapshot, edge: &Edge, findings: &mut Findings) {
    let awaiter = snapshot.promises.get(&edge.awaiter);
    findings.must(
        "a14",
        &edge.awaiter,
        edge.awaiter != edge.awaited,
        "nobody awaits itself",
    );
    findings.must(
        "d3",
        &edge.awaiter,
        awaiter.is_some_and(|awaiter| awaiter.task.is_some()),
        "an awaiter exists and has a task",
    );
    let exists = snapshot.promises.contains_key(&edge.awaited);
    findings.must("d3", &edge.awaited, exists, "what is awaited exists");
}

fn schedule(schedule: &ScheduleRecord, findings: &mut Findings) {
    let ScheduleRecord {
        id,
        created_at,
        next_run_at,
        last_run_at,
        ..
    } = schedule;
    let mut must = |property, holds, statement| findings.must(property, id, holds, statement);
    must(
        "c2",
        created_at <= next_run_at,
        "no next run before creation",
    );
    must(
        "c3",
        last_run_at.is_none_or(|last| *created_at <= last),
        "no last run before creation",
    );
    must(
        "c4",
        last_run_at.is_none_or(|last| last < *next_run_at),
        "the last run was before the next",
    );
}
