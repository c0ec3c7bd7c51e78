//! Properties of tasks across one step: f and g.

use std::collections::BTreeSet;

use super::promise_step::forgotten;
use super::{Cause, Findings, Transition};
use crate::model::{Lease, Promise, Task, TaskState};
use crate::protocol::TaskStatus;
use crate::{Millis, PromiseId, TaskVersion};

pub(super) fn check(step: &Transition<'_>, findings: &mut Findings) {
    let is_still = step.is_still();
    for (id, promise) in &step.after.promises {
        let Some(after) = &promise.task else { continue };
        let before = step.before.promises.get(id);
        match before.map(|promise| promise.task.as_ref()) {
            Some(Some(_)) if is_still && before == Some(promise) => {}
            Some(Some(before)) => kept(step, promise, (before, after), findings),
            Some(None) => findings.must("g8", id, false, "a task is born only with its promise"),
            None => born(step, promise, after, findings),
        }
    }
    for (id, promise) in &step.before.promises {
        let after = step.after.promises.get(id);
        let kept = promise.task.is_none()
            || after.is_some_and(|after| after.task.is_some())
            || forgotten(step, promise);
        findings.must("f1", id, kept, "tasks do not vanish");
    }
}

fn kept(
    step: &Transition<'_>,
    promise: &Promise,
    (before, after): (&Task, &Task),
    findings: &mut Findings,
) {
    let id = promise.id();
    let (was, is) = (before.state.status(), after.state.status());
    let claimed = was == TaskStatus::Pending && is == TaskStatus::Acquired;
    findings.must(
        "f4",
        id,
        admissible(step.cause, was, is),
        "only admissible changes of state",
    );
    let version = if claimed {
        before.version.next()
    } else {
        before.version
    };
    findings.must(
        "f2",
        id,
        after.version == version,
        "the version rises by one with a claim and with nothing else",
    );
    leases(step, id, (before, after), findings);
    offers(step, promise, (before, after), findings);
    resumes(step, id, (was, is), findings);
    findings.must(
        "h5",
        id,
        is != TaskStatus::Pending || was == TaskStatus::Pending || promise.is_live(step.now),
        "nothing becomes pending for a dead promise",
    );
}

fn leases(
    step: &Transition<'_>,
    id: &PromiseId,
    (before, after): (&Task, &Task),
    findings: &mut Findings,
) {
    let TaskState::Acquired(lease) = &after.state else {
        return;
    };
    let full = is_full(lease, step.now);
    if let TaskState::Acquired(held) = &before.state {
        let same_holder = held.pid == lease.pid && held.ttl == lease.ttl;
        findings.must(
            "f10",
            id,
            same_holder,
            "one claim has one holder and one ttl",
        );
        let moved = held.expires_at != lease.expires_at;
        findings.must("f15", id, !moved || full, "a new lease end is now + ttl");
        let by_holder = !moved || step.cause == Cause::Request;
        findings.must("f15", id, by_holder, "only a holder renews its lease");
    } else {
        findings.must("f14", id, full, "a claim starts with a full lease");
    }
}

fn offers(
    step: &Transition<'_>,
    promise: &Promise,
    (before, after): (&Task, &Task),
    findings: &mut Findings,
) {
    let id = promise.id();
    let TaskState::Pending { retry_at } = after.state else {
        return;
    };
    let told = step
        .messages
        .iter()
        .any(|out| super::messages::offers(out, id));
    let never = promise.record.tags.is_timer();
    match before.state {
        TaskState::Pending { retry_at: was } if was == retry_at => {}
        TaskState::Pending { retry_at: was } => {
            let due = was <= step.now || step.cause == Cause::Recovery;
            findings.must("f17", id, due, "an offer moves only when it is due");
            findings.must("f18", id, step.now < retry_at, "an offer moves past now");
            findings.must("f16", id, told, "an offer that moves was made");
        }
        TaskState::Acquired(_)
        | TaskState::Suspended
        | TaskState::Halted
        | TaskState::Fulfilled => {
            findings.must(
                "f16",
                id,
                told || never,
                "what becomes pending is offered at once",
            );
            findings.must("f18", id, step.now < retry_at, "the next offer is past now");
        }
    }
}

fn resumes(
    step: &Transition<'_>,
    id: &PromiseId,
    (was, is): (TaskStatus, TaskStatus),
    findings: &mut Findings,
) {
    let before: BTreeSet<&PromiseId> = step.before.resumes(id).collect();
    let after: BTreeSet<&PromiseId> = step.after.resumes(id).collect();
    let grown = before.is_subset(&after);
    findings.must(
        "f12",
        id,
        grown || after.is_empty(),
        "resumes grow or are cleared",
    );
    let consumed = matches!(
        is,
        TaskStatus::Acquired | TaskStatus::Suspended | TaskStatus::Fulfilled
    );
    findings.must(
        "f13",
        id,
        grown || consumed,
        "resumes are cleared only by a claim, a suspension or the end",
    );
    if was == TaskStatus::Suspended && is == TaskStatus::Pending {
        findings.must("f19", id, !after.is_empty(), "a wake records who woke it");
        let woken_by_edge = step
            .before
            .edges
            .iter()
            .any(|edge| edge.awaiter == *id && !edge.ready && after.contains(&edge.awaited));
        findings.must(
            "g6",
            id,
            woken_by_edge,
            "only what it waits for wakes a suspended task",
        );
    }
    if was == TaskStatus::Acquired && is == TaskStatus::Suspended {
        let waits = step
            .after
            .edges
            .iter()
            .any(|edge| edge.awaiter == *id && !edge.ready);
        findings.must(
            "g7",
            id,
            waits,
            "suspending registers an edge on a pending promise",
        );
    }
}

fn born(step: &Transition<'_>, promise: &Promise, task: &Task, findings: &mut Findings) {
    let unclaimed = task.version == TaskVersion::default();
    let shape = match &task.state {
        TaskState::Pending { retry_at } => unclaimed && step.now < *retry_at,
        TaskState::Acquired(lease) => {
            task.version == TaskVersion::new(1) && is_full(lease, step.now)
        }
        TaskState::Fulfilled => unclaimed && !promise.record.state.is_pending(),
        TaskState::Suspended | TaskState::Halted => false,
    };
    findings.must(
        "f8",
        promise.id(),
        shape,
        "a task is born on offer, or held under a full lease, or finished",
    );
}

fn is_full(lease: &Lease, now: Millis) -> bool {
    lease.expires_at == Millis::new(now.get().saturating_add(lease.ttl))
}

fn admissible(cause: Cause, was: TaskStatus, is: TaskStatus) -> bool {
    use TaskStatus::{Acquired, Fulfilled, Halted, Pending, Suspended};
    let by_clock = match was {
        Pending => matches!(is, Pending | Fulfilled),
        Acquired => matches!(is, Pending | Acquired | Fulfilled),
        Suspended => matches!(is, Pending | Suspended | Fulfilled),
        Halted => matches!(is, Halted | Fulfilled),
        Fulfilled => is == Fulfilled,
    };
    let by_client = match was {
        Pending => matches!(is, Acquired | Halted),
        Acquired => matches!(is, Suspended | Halted),
        Suspended => is == Halted,
        Halted => is == Pending,
        Fulfilled => false,
    };
    by_clock || (by_client && cause == Cause::Request)
}
