//! Properties of promises, their awaiters and listeners, and schedules across one step.

use std::collections::BTreeSet;

use super::{Cause, Findings, Transition};
use crate::engine::Snapshot;
use crate::model::{Edge, Promise, TaskState, expired};
use crate::protocol::{PromiseRecord, PromiseState, ScheduleRecord};
use crate::{PromiseId, Text};

pub(super) fn check(step: &Transition<'_>, findings: &mut Findings) {
    let is_still = step.is_still();
    for (id, before) in &step.before.promises {
        let after = step.after.promises.get(id);
        findings.must(
            "e3",
            id,
            after.is_some() || forgotten(step, before),
            "promises do not vanish, but for what a retention forgets",
        );
        if let Some(after) = after.filter(|after| !is_still || *after != before) {
            kept(step, before, after, findings);
        }
    }
    for (id, promise) in &step.after.promises {
        if !step.before.promises.contains_key(id) {
            born(step, promise, findings);
        }
    }
    for (id, before) in &step.before.schedules {
        if let Some(after) = step.after.schedules.get(id) {
            let same = birth_of_schedule(before) == birth_of_schedule(after);
            findings.must("h7", id, same, "a schedule's birth fields never change");
        }
    }
}

/// Whether a retention may have taken the promise: the clock did it, nobody has still to be told,
/// and everything of its origin ended so long ago and went with it.
pub(super) fn forgotten(step: &Transition<'_>, promise: &Promise) -> bool {
    let Some(retain) = step.retain.filter(|_| step.cause == Cause::Tick) else {
        return false;
    };
    let promises = step.before.promises.values();
    let mut execution = promises.filter(|it| it.root() == promise.root());
    let untold = step
        .after
        .edges
        .iter()
        .any(|it| it.awaited == *promise.id());
    !untold
        && execution.all(|it| {
            let gone = !step.after.promises.contains_key(it.id());
            gone && it.ends_at().after(retain) <= step.now
        })
}

fn kept(step: &Transition<'_>, before: &Promise, after: &Promise, findings: &mut Findings) {
    let (old, new) = (&before.record, &after.record);
    let id = &old.id;
    let was_pending = old.state.is_pending();
    let pending = new.state.is_pending();
    findings.must(
        "e1",
        id,
        birth(old) == birth(new),
        "birth fields never change",
    );
    findings.must(
        "e2",
        id,
        was_pending || old == new,
        "a settled record never changes",
    );
    findings.must(
        "e5",
        id,
        was_pending || !pending,
        "nothing becomes pending again",
    );
    findings.must(
        "e6",
        id,
        (old.state == new.state) == (old.settled_at == new.settled_at),
        "state and settlement time move together",
    );
    findings.must(
        "e7",
        id,
        !pending || old.value == new.value,
        "a value appears only with the settlement",
    );
    findings.must(
        "k9",
        id,
        after.armed || !before.armed,
        "an armed promise stays armed",
    );
    if was_pending && !pending {
        settled(step, new, findings);
    }
    obligations(step, after, was_pending, findings);
}

/// What a promise has of awaiters and listeners only grows while it is pending, and only shrinks
/// once it is settled. Edges of a finished awaiter may go at any time.
fn obligations(step: &Transition<'_>, after: &Promise, was_pending: bool, findings: &mut Findings) {
    let id = after.id();
    let listeners = |snapshot: &Snapshot| -> BTreeSet<Text> {
        let of_promise = snapshot
            .listeners
            .iter()
            .filter(|(promise, _)| promise == id);
        of_promise.map(|(_, address)| address.clone()).collect()
    };
    let (heard, hears) = (listeners(step.before), listeners(step.after));
    let awaiters = |snapshot: &Snapshot| -> BTreeSet<PromiseId> {
        let to = snapshot.edges.iter().filter(|edge| edge.awaited == *id);
        to.map(|edge| edge.awaiter.clone()).collect()
    };
    let (awaited, awaits) = (awaiters(step.before), awaiters(step.after));
    if after.record.state.is_pending() {
        let mut left = awaited.difference(&awaits);
        let only_finished = left.all(|awaiter| is_finished(step.after, awaiter));
        findings.must(
            "e9",
            id,
            only_finished,
            "while it is pending, awaiters only join",
        );
        let join = heard.is_subset(&hears);
        findings.must("e11", id, join, "while it is pending, listeners only join");
    }
    if !was_pending {
        let leave = awaits.is_subset(&awaited);
        findings.must("e10", id, leave, "once it is settled, awaiters only leave");
        let leave = hears.is_subset(&heard);
        findings.must("e12", id, leave, "once it is settled, listeners only leave");
    }
    for edge in step.before.edges.iter().filter(|edge| edge.awaited == *id) {
        consumed(step, edge, findings);
    }
}

/// An edge whose awaited promise settled in this step resumes its awaiter, unless that is
/// finished. A `task.suspend` that is redirected consumes it on the spot.
fn consumed(step: &Transition<'_>, edge: &Edge, findings: &mut Findings) {
    let settled = step
        .after
        .promises
        .get(&edge.awaited)
        .is_some_and(|promise| !promise.record.state.is_pending());
    if edge.ready || !settled {
        return;
    }
    let ready = Edge {
        ready: true,
        ..edge.clone()
    };
    let acquired = |snapshot: &Snapshot| {
        let promise = snapshot.promises.get(&edge.awaiter);
        let state = promise.and_then(|promise| promise.task.as_ref().map(|task| &task.state));
        matches!(state, Some(TaskState::Acquired(_)))
    };
    let redirected = step.cause == Cause::Request && acquired(step.before) && acquired(step.after);
    findings.must(
        "g4",
        &edge.awaiter,
        step.after.edges.contains(&ready) || is_finished(step.after, &edge.awaiter) || redirected,
        "a consumed edge resumes its awaiter, or the awaiter was finished",
    );
}

/// A settlement is a client's, now and before the deadline, or the clock's, at the deadline.
fn settled(step: &Transition<'_>, record: &PromiseRecord, findings: &mut Findings) {
    let by_client = step.cause == Cause::Request
        && record.settled_at == Some(step.now)
        && step.now < record.timeout_at
        && record.state != PromiseState::RejectedTimedout;
    let by_clock = record.timeout_at <= step.now
        && record.settled_at == Some(record.timeout_at)
        && record.state == expired(record).state
        && record.value.is_empty();
    findings.must(
        "e14",
        &record.id,
        by_client != by_clock,
        "a settlement is either a client's, in time, or the clock's, at the deadline",
    );
}

fn born(step: &Transition<'_>, promise: &Promise, findings: &mut Findings) {
    let record = &promise.record;
    let pending =
        record.state.is_pending() && record.created_at <= step.now && step.now < record.timeout_at;
    let settled = record.timeout_at <= step.now
        && record.settled_at == Some(record.timeout_at)
        && record.state == expired(record).state;
    let waited_for = step
        .after
        .edges
        .iter()
        .any(|edge| edge.awaited == record.id);
    findings.must(
        "e16",
        &record.id,
        pending != settled && record.value.is_empty() && !waited_for,
        "a newborn is clean, and pending before its deadline or settled by it",
    );
}

fn is_finished(snapshot: &Snapshot, id: &PromiseId) -> bool {
    let promise = snapshot.promises.get(id);
    promise.is_none_or(|promise| !promise.record.state.is_pending())
}

/// What is fixed at birth.
fn birth(record: &PromiseRecord) -> PromiseRecord {
    PromiseRecord {
        state: PromiseState::Pending,
        value: crate::Value::default(),
        settled_at: None,
        ..record.clone()
    }
}

fn birth_of_schedule(schedule: &ScheduleRecord) -> ScheduleRecord {
    ScheduleRecord {
        next_run_at: schedule.created_at,
        last_run_at: None,
        ..schedule.clone()
    }
}
