//! Waiting for promises that others settle: by watching them, or by parking the task.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use resonate_core::PromiseId;
use resonate_core::protocol::{Answer, FenceAction, Request, Response, TaskFence, TaskRef};

use super::bell::Listed;
use super::events::Event;
use super::requests::{Stop, insist, lost_or_refused, unexpected};
use super::{Driver, Ending};
use crate::worker::claim::is_given_up;
use crate::worker::timers::settled_when_due;

/// How long to leave a promise alone that could not be listened for.
const WATCH_RETRY: Duration = Duration::from_secs(1);

impl Driver {
    /// The promises that the execution waits for and others settle.
    pub(super) fn awaited(&self) -> BTreeSet<usize> {
        let steps = self.pass.steps();
        let left_open = self
            .ended
            .iter()
            .flat_map(|index| self.strands[*index].open.iter().copied());
        steps
            .awaited()
            .chain(left_open)
            .filter(|op| steps.is_open(*op) && !steps.ops[*op].is_local)
            .collect()
    }

    /// Looks at the awaited promises while the execution cannot suspend.
    pub(super) fn watch_awaited(&mut self) {
        let wanted: Vec<(usize, PromiseId)> = {
            let steps = self.pass.steps();
            self.unwatched.retain(|op| steps.is_open(*op));
            let is_left_open = |op: &usize| {
                let strand = steps.ops[*op].strand;
                self.ended.contains(&strand) && self.strands[strand].open.contains(op)
            };
            let unwatched = self.unwatched.iter().copied();
            unwatched
                .filter(|op| steps.is_awaited(*op) || is_left_open(op))
                .map(|op| (op, steps.ops[op].id.clone()))
                .collect()
        };
        for (op, id) in wanted {
            self.unwatched.remove(&op);
            self.watched.insert(op);
            let core = Arc::clone(&self.core);
            let deadline = self.deadlines.get(&op).copied();
            self.watches.push(Box::pin(async move {
                let told = core.wait_for(id.clone());
                let record = match deadline {
                    None => told.await,
                    Some(deadline) => tokio::select! {
                        biased;
                        record = told => record,
                        record = settled_when_due(&core, &id, deadline) => Ok(record),
                    },
                };
                if record.is_err() {
                    tokio::time::sleep(WATCH_RETRY).await;
                }
                Event::Settled { op, record }
            }));
        }
    }

    /// Parks the task until one of the awaited promises settles, or learns that one has.
    pub(super) async fn suspend(&mut self, awaited: BTreeSet<usize>) -> Option<Ending> {
        let (id, version) = (self.lease.id.clone(), self.lease.version);
        self.note_wait(&awaited);
        let awaited: BTreeSet<PromiseId> = {
            let steps = self.pass.steps();
            awaited.iter().map(|op| steps.ops[*op].id.clone()).collect()
        };
        let (listed, bell) = match self.listed(awaited.into_iter().collect()).await {
            Ok(Listed::All(ids)) => (ids, None),
            Ok(Listed::Some(ids, bell)) => (ids, Some(bell)),
            Ok(Listed::Settled(records)) => return self.catch_up(records).await,
            Err(stop) => return Some(stop.into()),
        };
        let unwritten = std::mem::take(&mut self.unwritten);
        let written: Vec<usize> = unwritten.keys().copied().collect();
        let fence = |action| {
            Request::TaskFence(TaskFence {
                id: id.clone(),
                version,
                action,
            })
        };
        let suspend = self.suspend_on(&listed);
        let requests = unwritten
            .into_values()
            .map(|create| fence(FenceAction::Create(create)))
            .chain([suspend])
            .collect();
        let mut answers = match insist(&self.core, requests).await {
            Ok(answers) => answers,
            Err(stop) => return Some(stop.into()),
        };
        let preload = match answers.pop() {
            Some(Ok(Response::Done)) => {
                for op in written {
                    self.pass.steps().created(op);
                }
                self.ring_if_missed(bell).await;
                let is_acknowledged = answers.iter().all(is_carried_out);
                return Some(Ending::Suspended { is_acknowledged });
            }
            Some(Ok(Response::Redirect { preload })) => preload,
            Some(Err(refusal)) => match lost_or_refused(refusal) {
                Stop::Lost if is_given_up(&self.core, id, version).await => {
                    self.ring_if_missed(bell).await;
                    let is_acknowledged = false;
                    return Some(Ending::Suspended { is_acknowledged });
                }
                stop
                @ (Stop::Lost | Stop::Refused(_) | Stop::Unreachable | Stop::Impossible(_)) => {
                    return Some(stop.into());
                }
            },
            Some(Ok(_)) | None => return Some(unexpected().into()),
        };
        self.core.forget_wait(&id);
        for op in written {
            self.pass.steps().created(op);
        }
        self.catch_up(preload).await
    }

    /// Notes what this process may do for the task while it is parked, before it is: the answer
    /// to that may be lost.
    fn note_wait(&self, awaited: &BTreeSet<usize>) {
        self.remember_deadline(awaited);
        self.remember_calls(awaited);
    }

    /// Remembers the calls that may end in this process. An engine in this process offers the task
    /// at once by itself.
    fn remember_calls(&self, awaited: &BTreeSet<usize>) {
        if self.core.traits.atomic {
            return;
        }
        let steps = self.pass.steps();
        let calls = awaited.iter().map(|op| &steps.ops[*op]);
        let calls = calls.filter(|op| op.is_call_here).map(|op| op.id.clone());
        let task = TaskRef {
            id: self.lease.id.clone(),
            version: self.lease.version,
        };
        self.core.awaits.remember(&task, calls.collect());
    }

    /// Remembers which of the awaited promises is due first.
    fn remember_deadline(&self, awaited: &BTreeSet<usize>) {
        let deadlines = awaited
            .iter()
            .filter_map(|op| self.deadlines.get(op).map(|deadline| (*deadline, *op)));
        if let Some((deadline, op)) = deadlines.min() {
            let promise = self.pass.steps().ops[op].id.clone();
            self.core.timers.remember(&self.lease.id, promise, deadline);
        }
    }
}

/// Whether a fence did what it was for.
fn is_carried_out(answer: &Answer) -> bool {
    match answer {
        Ok(Response::Fenced { result, .. }) => result.is_ok(),
        Ok(_) | Err(_) => false,
    }
}
