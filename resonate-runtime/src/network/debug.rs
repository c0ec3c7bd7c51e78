//! What debug mode shows: everything that is kept, and what was said while the clock stood.

use std::collections::BTreeMap;
use std::sync::Arc;

use resonate_core::engine::Snapshot;
use resonate_core::model::{Promise, TaskState};
use resonate_core::protocol::envelope::{DebugSnap, Sent, TaskTimeout};
use resonate_core::protocol::{Message, Outgoing};
use resonate_core::store::StoreError;
use resonate_core::{PromiseId, Text};

use super::machine::KeptEngine;

/// A paused clock: time passes only by requests that name an instant. Messages still leave at
/// once; here they are remembered as well.
#[derive(Default)]
pub(super) struct Pause {
    sent: BTreeMap<Key, Sent>,
    next: u64,
}

/// Which message a later one replaces: of a task the latest offer counts, and nobody is told
/// twice that a promise has settled.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Execute(PromiseId),
    Unblock(PromiseId, Text),
}

impl Pause {
    /// Remembers messages that leave.
    pub(super) fn note(&mut self, said: &[Outgoing]) {
        for outgoing in said {
            let key = match &outgoing.message {
                Message::Execute(task) => Key::Execute(task.id.clone()),
                Message::Unblock(promise) => {
                    Key::Unblock(promise.id.clone(), outgoing.address.clone())
                }
            };
            let sent = Sent {
                outgoing: outgoing.clone(),
                number: self.next,
            };
            self.sent.insert(key, sent);
            self.next += 1;
        }
    }
}

/// Everything that the engine keeps. Who reads it adds the server's URL.
pub(super) fn snap(engine: &KeptEngine, pause: Option<&Pause>) -> Result<DebugSnap, StoreError> {
    let kept = Snapshot::of(engine.store())?;
    let mut snap = DebugSnap {
        listeners: kept.listeners.iter().cloned().collect(),
        schedules: kept.schedules.values().cloned().collect(),
        messages: pause.map_or_else(Vec::new, |pause| pause.sent.values().cloned().collect()),
        ..DebugSnap::default()
    };
    snap.callbacks = kept
        .edges
        .iter()
        .filter(|edge| !edge.ready)
        .map(|edge| (edge.awaiter.clone(), edge.awaited.clone()))
        .collect();
    snap.callbacks.sort();
    for (id, promise) in &kept.promises {
        snap.promises.push(Arc::clone(&promise.record));
        let deadline = promise.deadline_due();
        snap.promise_timeouts
            .extend(deadline.map(|at| (id.clone(), at)));
        if let Some(task) = &promise.task {
            let resumes: Vec<_> = kept.resumes(id).cloned().collect();
            let count = u64::try_from(resumes.len()).unwrap_or(u64::MAX);
            snap.tasks.push((task.record(id, count), resumes));
            snap.task_timeouts.extend(timeout(promise));
        }
    }
    Ok(snap)
}

fn timeout(promise: &Promise) -> Option<TaskTimeout> {
    let at = promise.task_due()?;
    let id = promise.id().clone();
    promise.task.as_ref().and_then(|task| match task.state {
        TaskState::Pending { .. } => Some(TaskTimeout::Offer(id, at)),
        TaskState::Acquired(_) => Some(TaskTimeout::Lease(id, at)),
        TaskState::Suspended | TaskState::Halted | TaskState::Fulfilled => None,
    })
}
