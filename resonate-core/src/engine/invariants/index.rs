//! Whether what a store looks up agrees with what it keeps: k4 to k8, k10 and k11.

use std::collections::{BTreeMap, BTreeSet};

use super::{Findings, Violation};
use crate::engine::Snapshot;
use crate::model::{Edge, TaskState};
use crate::store::{Descendant, Due, StoreError, View};
use crate::{Millis, PromiseId};

pub(super) fn check(
    view: &dyn View,
    snapshot: &Snapshot,
    now: Millis,
) -> Result<Vec<Violation>, StoreError> {
    let mut findings = Findings::default();
    let all = all_due(snapshot);
    for at in [now, Millis::MAX] {
        let expected = expected_due(&all, at);
        let due = view.due(at, expected.len() + 1)?;
        let agrees = due == expected;
        findings.must(
            "k4",
            "due",
            agrees,
            "what is due is what its times say, in order",
        );
    }
    let next = all.iter().map(|(_, at, _)| *at).min();
    let agrees = view.next_due()? == next;
    findings.must(
        "k5",
        "next_due",
        agrees,
        "the next due time is the earliest",
    );
    edges(view, snapshot, &mut findings)?;
    branches(view, snapshot, &mut findings)?;
    executions(view, snapshot, &mut findings)?;
    for (id, promise) in &snapshot.promises {
        let agrees = view.promise(id)?.as_ref() == Some(promise);
        findings.must("k8", id, agrees, "a promise is listed as it is read");
    }
    for (id, schedule) in &snapshot.schedules {
        let agrees = view.schedule(id)?.as_ref() == Some(schedule);
        findings.must("k8", id, agrees, "a schedule is listed as it is read");
    }
    Ok(findings.0)
}

/// Everything that will be due, with its rank among the kinds and its time.
fn all_due(snapshot: &Snapshot) -> Vec<(u8, Millis, Due)> {
    let mut all = Vec::new();
    for (id, promise) in &snapshot.promises {
        if let Some(at) = promise.deadline_due() {
            all.push((0, at, Due::Promise(id.clone())));
        }
        let state = promise.task.as_ref().map(|task| &task.state);
        match (promise.task_due(), state) {
            (Some(at), Some(TaskState::Pending { .. })) => {
                all.push((1, at, Due::Offer(id.clone())));
            }
            (Some(at), Some(TaskState::Acquired(_))) => {
                all.push((2, at, Due::Lease(id.clone())));
            }
            (_, Some(TaskState::Suspended | TaskState::Halted | TaskState::Fulfilled) | None)
            | (None, Some(TaskState::Pending { .. } | TaskState::Acquired(_))) => {}
        }
    }
    for (id, schedule) in &snapshot.schedules {
        all.push((3, schedule.next_run_at, Due::Schedule(id.clone())));
    }
    all.sort();
    all
}

fn expected_due(all: &[(u8, Millis, Due)], now: Millis) -> Vec<Due> {
    let due = all.iter().filter(|(_, at, _)| *at <= now);
    due.map(|(_, _, due)| due.clone()).collect()
}

fn edges(view: &dyn View, snapshot: &Snapshot, findings: &mut Findings) -> Result<(), StoreError> {
    let mut by_awaiter: BTreeMap<&PromiseId, Vec<&Edge>> = BTreeMap::new();
    for edge in &snapshot.edges {
        by_awaiter.entry(&edge.awaiter).or_default().push(edge);
    }
    for id in snapshot.promises.keys() {
        let expected = by_awaiter.remove(id).unwrap_or_default();
        let found = view.edges_of(id)?;
        let agrees = found.iter().eq(expected);
        findings.must(
            "k6",
            id,
            agrees,
            "edges are the same from either end, in order",
        );
    }
    Ok(())
}

fn branches(
    view: &dyn View,
    snapshot: &Snapshot,
    findings: &mut Findings,
) -> Result<(), StoreError> {
    let branches: BTreeSet<&str> = snapshot
        .promises
        .values()
        .filter_map(|promise| promise.record.tags.branch())
        .collect();
    for branch in branches {
        let of_branch = snapshot.promises.values().map(|promise| &promise.record);
        let expected = of_branch.filter(|record| record.tags.branch() == Some(branch));
        let found = view.branch(branch, snapshot.promises.len())?;
        let agrees = found.iter().eq(expected);
        findings.must(
            "k7",
            branch,
            agrees,
            "a branch lists its promises, in order",
        );
    }
    Ok(())
}

fn executions(
    view: &dyn View,
    snapshot: &Snapshot,
    findings: &mut Findings,
) -> Result<(), StoreError> {
    let promises = || snapshot.promises.values();
    let roots = promises().filter(|promise| promise.origin().is_none());
    let roots = roots.map(|promise| (promise.ends_at(), promise.id().clone()));
    let roots: BTreeSet<(Millis, PromiseId)> = roots.collect();
    let found = view.roots_after(None, roots.len() + 1)?;
    let agrees = found.iter().eq(&roots);
    findings.must("k10", "roots", agrees, "roots are listed by their ends");
    for (_, root) in roots {
        let of_root = promises().filter(|promise| promise.origin() == Some(root.as_str()));
        let agrees = view
            .descendants(&root)?
            .into_iter()
            .eq(of_root.map(Descendant::from));
        findings.must(
            "k11",
            &root,
            agrees,
            "a root lists what it is the origin of, in order",
        );
    }
    Ok(())
}
