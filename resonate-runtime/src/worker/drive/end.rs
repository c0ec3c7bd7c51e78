//! How bodies end: tried again, recorded, or settled as the root.

use std::future::Future;
use std::sync::Arc;

use resonate_core::execution::Asked;
use resonate_core::payload::{ArgumentError, Failure, Outcome, Retry};
use resonate_core::protocol::{
    Answer, FenceAction, PromiseRecord, PromiseSettle, Request, Response, Settlement, TaskFulfill,
};
use resonate_core::{PromiseId, Value};
use tokio::time::Instant;

use super::events::Event;
use super::requests::{Stop, insist, lost_or_refused, too_large, unexpected, until_settled};
use super::{Driver, Ending, ROOT, faulted};
use crate::error::{BAD_ARGUMENTS, UNWRITABLE};
use crate::worker::fault::{FaultKind, FaultReport};

impl Driver {
    /// Ends the bodies that returned and whose steps have all ended.
    pub(super) fn finish_strands(&mut self) {
        for index in std::mem::take(&mut self.finishing) {
            let running = &self.strands[index];
            if running.outcome.is_none() || !running.open.is_empty() {
                continue;
            }
            // Its own promise may not exist yet: it is looked at again when it does.
            if running
                .op
                .is_some_and(|op| self.unacknowledged.contains(&op))
            {
                continue;
            }
            if self.restart_later(index) {
                continue;
            }
            if let Some(report) = self.misfit(index) {
                return self.pass.fault(report);
            }
            self.ended.remove(&index);
            let running = &mut self.strands[index];
            let Some(outcome) = running.outcome.take() else {
                continue;
            };
            match running.op {
                None => self.root_outcome = Some(outcome),
                Some(op) => {
                    self.nested.remove(&op);
                    if let Some(Ending::Faulted(report)) = self.record(op, outcome) {
                        return self.pass.fault(report);
                    }
                }
            }
        }
    }

    /// How the end of a body contradicts what is recorded of it.
    fn misfit(&self, index: usize) -> Option<FaultReport> {
        let running = &self.strands[index];
        let id = &running.strand.lineage.id;
        if let Some(Outcome::Misfit(misfit)) = &running.outcome {
            let has_steps = self.journal.has_steps_of(id);
            return has_steps.then(|| arguments_changed(id, misfit));
        }
        if running.attempt > 1 {
            // An earlier attempt may have gone another way.
            return None;
        }
        let record = self.journal.unasked(id)?;
        Some(self.unasked(record))
    }

    /// A step was recorded, and the code ended without it.
    fn unasked(&self, record: &PromiseRecord) -> FaultReport {
        let what = Asked::of(&record.tags, &record.param, &*self.core.codec);
        let message = format!(
            "the code is not what this execution was recorded with: step `{}` was recorded as {what}, and the code ended without it. Put the step back, or add a version of the function",
            record.id
        );
        FaultReport::new(FaultKind::NonDeterminism, message)
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
        let now = self.core.clock.now().max(running.strand.now());
        if now.after(wait) >= running.work.about.deadline {
            return false;
        }
        let replay = self.core.replay.as_ref();
        let wait = replay.map_or(wait, |clock| clock.skip(wait));
        running.outcome = None;
        self.ended.remove(&index);
        let core = Arc::clone(&self.core);
        self.restarts.push(Box::pin(async move {
            tokio::select! {
                () = tokio::time::sleep(wait) => Event::Restart { strand: index },
                () = core.draining() => Event::Interrupted,
            }
        }));
        true
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
        self.recording.insert(op);
        let id = self.pass.steps().ops[op].id.clone();
        let settlement = PromiseSettle { id, state, value };
        if self.unacknowledged.contains(&op) {
            // Only what exists can be settled. Far from the engine the creation is there by the
            // time that the result is.
            let sent = self.unrecorded.get(&op);
            let Some((sent, start)) = sent.zip(self.core.habits.may_overlap()) else {
                self.early.insert(op, settlement);
                return;
            };
            self.overlapping.insert(op, settlement.clone());
            return self.settle_at(op, settlement, Some(*sent + start));
        }
        self.settle(op, settlement);
    }

    /// Asks for a local step's result to be kept.
    pub(super) fn settle(&mut self, op: usize, settlement: PromiseSettle) {
        self.settle_at(op, settlement, None);
    }

    fn settle_at(&mut self, op: usize, settlement: PromiseSettle, at: Option<Instant>) {
        let creation = self.unwritten.remove(&op);
        let fence = self.fence_result(creation, settlement);
        self.requests.push(Box::pin(async move {
            if let Some(at) = at {
                tokio::time::sleep_until(at).await;
            }
            Event::Recorded {
                op,
                answer: fence.await,
            }
        }));
    }

    /// A step whose deadline came: the engine settles it, once its own clock is there.
    pub(super) fn deadline_passed(&mut self, op: usize) {
        if op == ROOT {
            // The root's own end is waited for all along.
            return;
        }
        self.recording.insert(op);
        let creation = self.unwritten.remove(&op).map(FenceAction::Create);
        let created = self.fence(creation.into_iter().collect());
        let core = Arc::clone(&self.core);
        let id = self.pass.steps().ops[op].id.clone();
        self.requests.push(Box::pin(async move {
            let answer = match created.await {
                Ok(_) => until_settled(&core, id)
                    .await
                    .map(|record| vec![Ok(record)]),
                Err(stop) => Err(stop),
            };
            Event::Recorded { op, answer }
        }));
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
            // It ran, and running it again would return the same: its caller is told.
            Outcome::Unwritable(cause) => {
                let message =
                    format!("what the function returned cannot be written as JSON: {cause}");
                let failure = Failure::new(UNWRITABLE, message);
                (Settlement::Rejected, failure.to_json())
            }
        };
        match self.core.encode(&json) {
            Ok(value) => Ok((state, value)),
            Err(error) => Err(faulted(FaultKind::Undecodable, error.to_string())),
        }
    }

    /// Settles the root's promise and ends the task.
    pub(super) async fn finish_root(&mut self, outcome: Outcome) -> Ending {
        if let Outcome::Misfit(misfit) = &outcome {
            match self.has_begun().await {
                Ok(false) => {}
                Ok(true) => return Ending::Faulted(arguments_changed(&self.lease.id, misfit)),
                Err(stop) => return stop.into(),
            }
        }
        let (state, value) = match self.write(outcome) {
            Ok(written) => written,
            Err(ending) => return ending,
        };
        self.lease.settles();
        let id = self.lease.id.clone();
        let result = PromiseSettle {
            id: id.clone(),
            state,
            value,
        };
        let answer = match self.fulfill(result).await {
            Ok(answer) => answer,
            Err(stop) => return stop.into(),
        };
        match answer {
            Some(Ok(Response::Promise(record))) => Ending::Fulfilled(record),
            Some(Err(refusal)) => match lost_or_refused(refusal) {
                // An earlier try may have settled it, and its answer got lost.
                Stop::Lost => self.settled_already(id).await,
                stop @ (Stop::Refused(_) | Stop::Unreachable | Stop::Impossible(_)) => stop.into(),
            },
            Some(Ok(_)) | None => unexpected().into(),
        }
    }

    /// Settles the root's promise, with a failure where its result is too large for the engine.
    fn fulfill(
        &self,
        result: PromiseSettle,
    ) -> impl Future<Output = Result<Option<Answer>, Stop>> + Send + use<> {
        let core = Arc::clone(&self.core);
        let (id, version) = (self.lease.id.clone(), self.lease.version);
        let fulfill = move |action| {
            let id = id.clone();
            vec![Request::TaskFulfill(TaskFulfill {
                id,
                version,
                action,
            })]
        };
        async move {
            let answers = match insist(&core, fulfill(result.clone())).await {
                Err(stop) if stop.is_too_large() => {
                    insist(&core, fulfill(too_large(&core, result)?)).await?
                }
                answers => answers?,
            };
            Ok(answers.into_iter().next())
        }
    }

    /// How the turn ends when the claim is gone: with the result, if there is one.
    fn settled_already(&self, id: PromiseId) -> impl Future<Output = Ending> + Send + use<> {
        let found = self.read(vec![id]);
        async move {
            let record = found.await.ok().and_then(|found| found.into_iter().next());
            match record {
                Some(record) if !record.state.is_pending() => Ending::Fulfilled(record),
                Some(_) | None => Ending::Lost,
            }
        }
    }

    /// Whether the execution recorded steps before this turn. What others settle is not in the
    /// journal, so the first step is asked for.
    fn has_begun(&self) -> impl Future<Output = Result<bool, Stop>> + Send + use<> {
        let grammar = self.core.grammar();
        let first = grammar.child(&self.lease.id, 0);
        let origin = &self.root.about.origin;
        let detached = grammar.detached(origin, &first);
        let known = !self.fresh && self.journal.has_steps_of(&self.lease.id);
        let unknown = !self.fresh && !known;
        let found = unknown.then(|| self.read(vec![first, detached]));
        async move {
            match found {
                Some(found) => Ok(!found.await?.is_empty()),
                None => Ok(known),
            }
        }
    }
}

/// Arguments that no longer fit are a fault of a deploy once there are steps.
fn arguments_changed(id: &PromiseId, misfit: &ArgumentError) -> FaultReport {
    FaultReport::new(
        FaultKind::Undecodable,
        format!(
            "what was recorded under `{id}` does not fit this program: {misfit}. Put the old type back, or add a version of the function"
        ),
    )
}
