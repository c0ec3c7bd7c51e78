//! What happens to a running execution, and what the driver makes of it.

use std::sync::Arc;

use resonate_core::execution::{SEEN, read_seen};
use resonate_core::payload::Outcome;
use resonate_core::protocol::{PromiseCreate, PromiseRecord};
use tokio::task::JoinError;

use super::requests::{Fenced, Stop};
use super::{Driver, Ending, ROOT, faulted};
use crate::error::Result;
use crate::worker::fault::{FaultKind, FaultReport};
use crate::worker::leaf::LeafEnd;
use crate::worker::strand::Running;

/// Something that happened.
pub(super) enum Event {
    /// A step's creation was answered.
    Created {
        op: usize,
        request: Box<PromiseCreate>,
        answer: Fenced,
    },
    /// A local step's result was answered.
    Recorded { op: usize, answer: Fenced },
    /// The record of a body's next step was looked up; none when there is no such step.
    Looked {
        strand: usize,
        record: Result<Option<Arc<PromiseRecord>>, Stop>,
    },
    /// A promise that is awaited has settled.
    Settled {
        op: usize,
        record: Result<Arc<PromiseRecord>>,
    },
    /// The wait before another attempt of a body is over.
    Restart { strand: usize },
}

impl Driver {
    /// Takes in what happened; the turn's end, if that is what it means.
    pub(super) fn take(&mut self, event: Event) -> Option<Ending> {
        match event {
            Event::Created {
                op,
                request,
                answer,
            } => {
                let record = match last(answer) {
                    Ok(record) => record,
                    Err(ending) => return Some(ending),
                };
                self.unacknowledged.remove(&op);
                if !self.agrees(&record, &request) {
                    return None;
                }
                self.pass.state().created(op);
                if record.state.is_pending() {
                    self.note_deadline(op, &record);
                    // A detached call is done for its caller once it is recorded.
                    if self.detached.remove(&op) {
                        self.close(op);
                    }
                } else {
                    self.forget_local(op);
                    self.settled(op, record);
                }
                None
            }
            Event::Recorded { op, answer } => match last(answer) {
                Ok(record) => {
                    self.settled(op, record);
                    None
                }
                Err(ending) => Some(ending),
            },
            Event::Looked { strand, record } => self.looked(strand, record),
            Event::Settled {
                op,
                record: Ok(record),
            } => {
                self.settled(op, record);
                None
            }
            // The watch failed: suspending finds out all the same.
            Event::Settled { op, record: Err(_) } => {
                self.watched.remove(&op);
                None
            }
            Event::Restart { strand } => {
                self.restart(strand);
                None
            }
        }
    }

    /// Notes until when a step settles without anybody's doing, where the engine may not see to
    /// that itself, or not as soon.
    fn note_deadline(&mut self, op: usize, record: &PromiseRecord) {
        let is_call = record.tags.target().is_some() && !record.tags.is_timer();
        if !is_call && !self.core.traits.timers_fire {
            self.deadlines.insert(op, record.timeout_at);
        }
    }

    /// A step's result is known.
    pub(super) fn settled(&mut self, op: usize, record: Arc<PromiseRecord>) {
        let strand = self.pass.state().ops[op].strand;
        if self.strands[strand].work.retry.is_some() {
            self.journal.insert(record.id.clone(), Arc::clone(&record));
        }
        self.pass.state().settle(op, Ok(record));
        self.close(op);
    }

    /// The body need not wait for this step any more.
    fn close(&mut self, op: usize) {
        let strand = self.pass.state().ops[op].strand;
        self.strands[strand].open.remove(&op);
    }

    /// A step that turned out to be settled already is not run.
    fn forget_local(&mut self, op: usize) {
        self.queued.remove(&op);
        self.unwritten.remove(&op);
        if let Some(running) = self.leaf_handles.remove(&op) {
            running.abort();
        }
    }

    pub(super) fn leaf_ended(
        &mut self,
        ended: Result<(usize, LeafEnd), JoinError>,
    ) -> Option<Ending> {
        // A step that was canceled, or whose result was found, reports nothing.
        let (op, end) = ended.ok()?;
        self.leaf_handles.remove(&op);
        match end {
            LeafEnd::Interrupted => Some(Ending::Released("this process is shutting down")),
            LeafEnd::DeadlinePassed => self.deadline_passed(op),
            LeafEnd::Outcome(Outcome::Unwritable(cause)) => Some(faulted(
                FaultKind::Undecodable,
                format!("what a step returned cannot be written as JSON: {cause}"),
            )),
            LeafEnd::Outcome(outcome) if op == ROOT => {
                self.root_outcome = Some(outcome);
                None
            }
            LeafEnd::Outcome(outcome) => self.record(op, outcome),
        }
    }

    fn looked(
        &mut self,
        strand: usize,
        record: Result<Option<Arc<PromiseRecord>>, Stop>,
    ) -> Option<Ending> {
        let record = match record {
            Ok(record) => record,
            Err(stop) => return Some(stop.into()),
        };
        let order = &mut self.strands[strand].order;
        order.looking = false;
        let Some(record) = record else {
            order.live = true;
            return None;
        };
        let script = record
            .tags
            .get(SEEN)
            .map_or_else(|| Ok(Vec::new()), read_seen);
        match script {
            Ok(script) => {
                order.script = Some(script.into());
                None
            }
            Err(error) => Some(faulted(
                FaultKind::Undecodable,
                format!("{}: {error}", record.id),
            )),
        }
    }

    /// Cancels the steps that the code asked to cancel, once they are recorded.
    pub(super) fn cancel_asked(&mut self) {
        let asked = std::mem::take(&mut self.pass.state().cancels);
        self.canceling.extend(asked);
        let (later, now) = std::mem::take(&mut self.canceling)
            .into_iter()
            .partition(|op| self.unacknowledged.contains(op));
        self.canceling = later;
        let now: Vec<usize> = now;
        for op in now {
            if self.pass.state().is_open(op) {
                self.stop_running(op);
                self.record_canceled(op);
            }
        }
    }

    /// Stops what runs for a step, here.
    fn stop_running(&mut self, op: usize) {
        self.queued.remove(&op);
        if let Some(running) = self.leaf_handles.remove(&op) {
            running.abort();
        }
        let nested = self
            .strands
            .iter_mut()
            .find(|running| running.op == Some(op));
        let begun = nested.map_or_else(Default::default, Running::stop);
        for op in begun {
            self.stop_running(op);
        }
    }
}

/// The record that the last action of a fence answered, or how the turn ends instead.
fn last(answer: Fenced) -> Result<Arc<PromiseRecord>, Ending> {
    let results = answer.map_err(Ending::from)?;
    match results.into_iter().next_back() {
        Some(Ok(record)) => Ok(record),
        Some(Err(refusal)) => Err(Ending::Faulted(FaultReport::refused("a step", &refusal))),
        None => Err(faulted(
            FaultKind::Refused,
            "the engine left a step unanswered",
        )),
    }
}
