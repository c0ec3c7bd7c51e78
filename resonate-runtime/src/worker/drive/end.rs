//! How bodies and turns end: results recorded, promises awaited, the root settled.

use std::collections::BTreeSet;
use std::sync::Arc;

use resonate_core::PromiseId;
use resonate_core::Value;
use resonate_core::payload::{Failure, Outcome, Retry};
use resonate_core::protocol::{
    FenceAction, PromiseSettle, RegisterCallback, Request, Response, Settlement, TaskFence,
    TaskFulfill, TaskSuspend,
};

use super::events::Event;
use super::requests::{Stop, insist, lost_or_refused, read, unexpected};
use super::{Driver, Ending, ROOT, faulted};
use crate::client::Core;
use crate::error::BAD_ARGUMENTS;
use crate::worker::claim::is_given_up;
use crate::worker::fault::{FaultKind, FaultReport};
use crate::worker::pass::Strand;
use crate::worker::timers::settled_when_due;

impl Driver {
    /// Ends the bodies that returned and whose steps have all ended.
    pub(super) fn finish_strands(&mut self) {
        for index in 0..self.strands.len() {
            let running = &self.strands[index];
            if running.outcome.is_none() || !running.open.is_empty() {
                continue;
            }
            if running.attempt == 1
                && let Some(record) = self.unasked(running)
            {
                let what = super::begin::asked(&self.core, &record.tags, &record.param);
                let message = format!(
                    "the code is not what this execution was recorded with: step `{}` was recorded as {what}, and the code ended without it. Put the step back, or add a version of the function",
                    record.id
                );
                self.pass
                    .fault(FaultReport::new(FaultKind::NonDeterminism, message));
                return;
            }
            if self.restart_later(index) {
                continue;
            }
            let running = &mut self.strands[index];
            let Some(outcome) = running.outcome.take() else {
                continue;
            };
            match running.op {
                None => self.root_outcome = Some(outcome),
                Some(op) => {
                    if let Some(ending) = self.record(op, outcome) {
                        self.refuse(ending);
                    }
                }
            }
        }
    }

    /// Keeps an ending that was found where a turn cannot end.
    fn refuse(&self, ending: Ending) {
        match ending {
            Ending::Faulted(report) => self.pass.fault(report),
            Ending::Fulfilled(_) | Ending::Suspended | Ending::Lost | Ending::Released(_) => {}
        }
    }

    /// Whether a failed body is tried again, after a wait.
    fn restart_later(&mut self, index: usize) -> bool {
        let running = &mut self.strands[index];
        let retry = running.work.retry.unwrap_or(Retry::never());
        let failed = match &running.outcome {
            Some(Outcome::Failed(failure)) => !failure.is_final,
            Some(Outcome::Returned(_) | Outcome::Misfit(_) | Outcome::Unwritable(_)) | None => {
                false
            }
        };
        let wait = if failed {
            retry.delay_after(running.attempt)
        } else {
            None
        };
        let Some(wait) = wait else { return false };
        if self.core.clock.now().after(wait) >= running.work.about.deadline {
            return false;
        }
        running.outcome = None;
        self.requests.push(Box::pin(async move {
            tokio::time::sleep(wait).await;
            Event::Restart { strand: index }
        }));
        true
    }

    /// Runs a body again from the top: what it recorded is found, what failed is not done again
    /// unless it is recorded nowhere.
    pub(super) fn restart(&mut self, index: usize) {
        let running = &mut self.strands[index];
        let old = &running.strand;
        let strand = Strand::new(
            Arc::clone(&self.pass),
            index,
            old.lineage.clone(),
            old.now(),
        );
        running.restart(strand);
    }

    /// Records a local step's result, together with its creation where that was left for now.
    pub(super) fn record(&mut self, op: usize, outcome: Outcome) -> Option<Ending> {
        let (state, value) = match self.write(outcome) {
            Ok(written) => written,
            Err(ending) => return Some(ending),
        };
        self.record_as(op, state, value);
        None
    }

    /// Records that a step was canceled.
    pub(super) fn record_canceled(&mut self, op: usize) {
        self.record_as(op, Settlement::RejectedCanceled, Value::default());
    }

    fn record_as(&mut self, op: usize, state: Settlement, value: Value) {
        let id = self.pass.state().ops[op].id.clone();
        let creation = self.unwritten.remove(&op).map(FenceAction::Create);
        let settlement = FenceAction::Settle(PromiseSettle { id, state, value });
        let fence = self.fence(creation.into_iter().chain([settlement]).collect());
        self.requests.push(Box::pin(async move {
            Event::Recorded {
                op,
                answer: fence.await,
            }
        }));
    }

    /// A step whose deadline came: the engine settles it, once its own clock is there.
    pub(super) fn deadline_passed(&mut self, op: usize) -> Option<Ending> {
        if op == ROOT {
            return Some(Ending::Lost);
        }
        let creation = self.unwritten.remove(&op).map(FenceAction::Create);
        let created = self.fence(creation.into_iter().collect());
        let (core, id) = (Arc::clone(&self.core), self.pass.state().ops[op].id.clone());
        self.requests.push(Box::pin(async move {
            if let Err(stop) = created.await {
                return Event::Recorded {
                    op,
                    answer: Err(stop),
                };
            }
            loop {
                match read(&core, vec![id.clone()]).await {
                    Err(stop) => {
                        return Event::Recorded {
                            op,
                            answer: Err(stop),
                        };
                    }
                    Ok(found) => {
                        let settled = found.into_iter().find(|record| !record.state.is_pending());
                        if let Some(record) = settled {
                            return Event::Recorded {
                                op,
                                answer: Ok(vec![Ok(record)]),
                            };
                        }
                    }
                }
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        }));
        None
    }

    /// How an outcome is written on a promise.
    fn write(&self, outcome: Outcome) -> Result<(Settlement, Value), Ending> {
        let (state, json) = match outcome {
            Outcome::Returned(json) => (Settlement::Resolved, json),
            Outcome::Failed(failure) => (Settlement::Rejected, failure.to_json()),
            Outcome::Misfit(misfit) => {
                let failure = Failure::new(BAD_ARGUMENTS, misfit.to_string());
                (Settlement::Rejected, failure.to_json())
            }
            Outcome::Unwritable(cause) => {
                let message = format!("what a step returned cannot be written as JSON: {cause}");
                return Err(faulted(FaultKind::Undecodable, message));
            }
        };
        match self.core.encode(&json) {
            Ok(value) => Ok((state, value)),
            Err(error) => Err(faulted(FaultKind::Undecodable, error.to_string())),
        }
    }

    /// The promises that the execution waits for and others settle.
    pub(super) fn awaited(&self) -> BTreeSet<usize> {
        let state = self.pass.state();
        let mut awaited = BTreeSet::new();
        for (index, running) in self.strands.iter().enumerate() {
            if running.is_running() {
                awaited.extend(
                    state
                        .awaiting
                        .range((index, 0)..(index + 1, 0))
                        .map(|(_, op)| *op),
                );
            } else {
                awaited.extend(&running.open);
            }
        }
        // A nested body's own step is settled here, by the body.
        awaited.retain(|op| {
            state.is_open(*op) && !self.strands.iter().any(|running| running.op == Some(*op))
        });
        awaited
    }

    /// Looks at the awaited promises while the execution cannot suspend.
    pub(super) fn watch_awaited(&mut self) {
        let local = |op: &usize| self.leaf_handles.contains_key(op) || self.queued.contains_key(op);
        let awaited = self.awaited().into_iter();
        let unwatched: Vec<usize> = awaited
            .filter(|op| !local(op) && !self.unacknowledged.contains(op))
            .filter(|op| !self.watched.contains(op) && self.pass.state().ops[*op].created)
            .collect();
        for op in unwatched {
            self.watched.insert(op);
            let (core, id) = (Arc::clone(&self.core), self.pass.state().ops[op].id.clone());
            let deadline = self.deadlines.get(&op).copied();
            self.watches.push(Box::pin(async move {
                let told = core.wait_for(id.clone());
                let record = match deadline {
                    None => told.await,
                    Some(deadline) => tokio::select! {
                        record = told => record,
                        record = settled_when_due(&core, &id, deadline) => Ok(record),
                    },
                };
                Event::Settled { op, record }
            }));
        }
    }

    /// Parks the task until one of the awaited promises settles, or learns that one has.
    pub(super) async fn suspend(&mut self, awaited: BTreeSet<usize>) -> Option<Ending> {
        let (id, version) = (self.lease.id.clone(), self.lease.version);
        let ids: BTreeSet<PromiseId> = {
            let state = self.pass.state();
            awaited.iter().map(|op| state.ops[*op].id.clone()).collect()
        };
        self.remember_deadline(&awaited);
        let requests = self.requests_to_suspend(&ids);
        let answer = match insist(&self.core, requests).await {
            Ok(answers) => answers.into_iter().next_back(),
            Err(stop) => return Some(stop.into()),
        };
        let preload = match answer {
            Some(Ok(Response::Done)) => return Some(Ending::Suspended),
            Some(Ok(Response::Redirect { preload })) => {
                self.core.timers.forget(&id);
                preload
            }
            Some(Err(refusal)) => match lost_or_refused(refusal) {
                Stop::Lost if is_given_up(&self.core, id, version).await => {
                    return Some(Ending::Suspended);
                }
                stop
                @ (Stop::Lost | Stop::Refused(_) | Stop::Unreachable | Stop::Impossible(_)) => {
                    return Some(stop.into());
                }
            },
            Some(Ok(_)) | None => return Some(unexpected().into()),
        };
        self.journal.extend(
            preload
                .into_iter()
                .map(|record| (record.id.clone(), record)),
        );
        let found = match self.read(ids.into_iter().collect()).await {
            Ok(found) => found,
            Err(stop) => return Some(stop.into()),
        };
        for record in found
            .into_iter()
            .filter(|record| !record.state.is_pending())
        {
            let op = awaited
                .iter()
                .copied()
                .find(|op| self.pass.state().ops[*op].id == record.id);
            if let Some(op) = op {
                self.settled(op, record);
            }
        }
        None
    }

    /// What was left for now, then the suspension.
    fn requests_to_suspend(&mut self, awaited: &BTreeSet<PromiseId>) -> Vec<Request> {
        let (id, version) = (self.lease.id.clone(), self.lease.version);
        let actions = awaited.iter().map(|awaited| RegisterCallback {
            awaited: awaited.clone(),
            awaiter: id.clone(),
        });
        let actions = actions.collect();
        let fence = |create| {
            Request::TaskFence(TaskFence {
                id: id.clone(),
                version,
                action: FenceAction::Create(create),
            })
        };
        let creations = std::mem::take(&mut self.unwritten).into_values();
        let mut requests: Vec<Request> = creations.map(fence).collect();
        requests.push(Request::TaskSuspend(TaskSuspend {
            id,
            version,
            actions,
        }));
        requests
    }

    /// Remembers which of the awaited promises is due first, before the task is parked: the
    /// answer to that may be lost.
    fn remember_deadline(&self, awaited: &BTreeSet<usize>) {
        let deadlines = awaited
            .iter()
            .filter_map(|op| self.deadlines.get(op).map(|deadline| (*deadline, *op)));
        if let Some((deadline, op)) = deadlines.min() {
            let promise = self.pass.state().ops[op].id.clone();
            self.core.timers.remember(&self.lease.id, promise, deadline);
        }
    }

    /// Settles the root's promise and ends the task.
    pub(super) async fn finish_root(&mut self, outcome: Outcome) -> Ending {
        if let Outcome::Misfit(misfit) = &outcome
            && !self.journal.is_empty()
        {
            let message = format!(
                "what was recorded under `{}` does not fit this program: {misfit}. Put the old type back, or add a version of the function",
                self.lease.id
            );
            return faulted(FaultKind::Undecodable, message);
        }
        let (state, value) = match self.write(outcome) {
            Ok(written) => written,
            Err(ending) => return ending,
        };
        let (id, version) = (self.lease.id.clone(), self.lease.version);
        let action = PromiseSettle {
            id: id.clone(),
            state,
            value,
        };
        let fulfill = Request::TaskFulfill(TaskFulfill {
            id: id.clone(),
            version,
            action,
        });
        let answer = match insist(&self.core, vec![fulfill]).await {
            Ok(answers) => answers.into_iter().next(),
            Err(stop) => return stop.into(),
        };
        match answer {
            Some(Ok(Response::Promise(record))) => Ending::Fulfilled(record),
            // An answer that was lost on the way, or a settlement by somebody else.
            Some(Err(refusal)) => match lost_or_refused(refusal) {
                Stop::Lost => settled_by_somebody(&self.core, id).await,
                stop @ (Stop::Refused(_) | Stop::Unreachable | Stop::Impossible(_)) => stop.into(),
            },
            Some(Ok(_)) | None => unexpected().into(),
        }
    }
}

/// How the turn ends when the claim is gone: with the result, if there is one.
async fn settled_by_somebody(core: &Core, id: PromiseId) -> Ending {
    match read(core, vec![id])
        .await
        .map(|found| found.into_iter().next())
    {
        Ok(Some(record)) if !record.state.is_pending() => Ending::Fulfilled(record),
        Ok(_) | Err(_) => Ending::Lost,
    }
}
