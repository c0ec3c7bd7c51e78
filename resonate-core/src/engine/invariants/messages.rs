//! Properties of what a step says: c8, d5 to d9, g5 and h2 to h6.

use std::collections::BTreeSet;

use super::promise_step::forgotten;
use super::{Findings, Transition};
use crate::address::Address;
use crate::model::TaskState;
use crate::protocol::{Message, Outgoing, PromiseRecord, TaskRef};
use crate::{PromiseId, Text};

pub(super) fn check(step: &Transition<'_>, findings: &mut Findings) {
    let mut told = BTreeSet::new();
    for outgoing in step.messages {
        let (kind, id) = match &outgoing.message {
            Message::Execute(task) => {
                execute(step, task, &outgoing.address, findings);
                ("execute", &task.id)
            }
            Message::Unblock(record) => {
                unblock(step, record, &outgoing.address, findings);
                ("unblock", &record.id)
            }
        };
        let address = (kind == "unblock").then_some(&outgoing.address);
        let first = told.insert((kind, id, address));
        findings.must(
            "c8",
            id,
            first,
            "one message per task, or per promise and listener",
        );
    }
    let gone = step.before.listeners.difference(&step.after.listeners);
    for (id, address) in gone {
        let told = told.contains(&("unblock", id, Some(address)));
        findings.must("g5", id, told, "a listener leaves only by being told");
    }
}

/// Whether the message offers the task `id`.
pub(super) fn offers(outgoing: &Outgoing, id: &PromiseId) -> bool {
    matches!(&outgoing.message, Message::Execute(task) if task.id == *id)
}

fn execute(step: &Transition<'_>, offer: &TaskRef, address: &Text, findings: &mut Findings) {
    let id = &offer.id;
    let Some(promise) = step.after.promises.get(id) else {
        findings.must("d5", id, false, "an offer names a task that exists");
        return;
    };
    let target = promise.record.tags.target();
    findings.must(
        "d7",
        id,
        target == Some(&**address),
        "an offer goes to the target",
    );
    let pending = promise
        .task
        .as_ref()
        .filter(|task| matches!(task.state, TaskState::Pending { .. }));
    findings.must(
        "h2",
        id,
        pending.is_some_and(|task| task.version == offer.version),
        "an offer is of a pending task, at its version",
    );
    let live = promise.is_live(step.now);
    findings.must("h6", id, live, "no offer for a dead promise");
}

fn unblock(step: &Transition<'_>, record: &PromiseRecord, address: &Text, findings: &mut Findings) {
    let id = &record.id;
    let kept = step.after.promises.get(id);
    let before = step.before.promises.get(id);
    let same = match kept {
        Some(kept) => *kept.record == *record,
        // One leap of the clock may end it and its retention.
        None => before.is_some_and(|before| forgotten(step, before)),
    };
    findings.must("h3", id, same, "a listener is told the record that is kept");
    let settled = !record.state.is_pending();
    findings.must("d8", id, settled, "a listener is told of a settled promise");
    let reachable = address.parse::<Address>().is_ok();
    findings.must(
        "d9",
        id,
        reachable,
        "a listener is told where it can be reached",
    );
    let listener = (id.clone(), address.clone());
    let taken_off = !step.after.listeners.contains(&listener);
    findings.must("h4", id, taken_off, "a listener that is told is taken off");
    let listened = step.before.listeners.contains(&listener);
    findings.must("g5", id, listened, "only a listener is told");
}
