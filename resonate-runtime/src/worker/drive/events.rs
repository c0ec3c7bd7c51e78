//! What happens to a running execution, and what the driver makes of it.

use std::sync::Arc;

use resonate_core::TaskVersion;
use resonate_core::execution::{SEEN, read_seen};
use resonate_core::protocol::{PromiseCreate, PromiseRecord, Status, TaskRef};
use tokio::task::JoinError;

use super::ahead::Look;
use super::requests::{Fenced, Stop};
use super::{Driver, Ending, ROOT, faulted};
use crate::error::Result;
use crate::worker::fault::{FaultKind, FaultReport};
use crate::worker::inbox;
use crate::worker::leaf::LeafEnd;

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
    /// Records of steps that are coming up were read.
    LookedAhead(Look),
    /// A promise that is awaited has settled.
    Settled {
        op: usize,
        record: Result<Arc<PromiseRecord>>,
    },
    /// The wait before another attempt of a body is over.
    Restart { strand: usize },
    /// That wait was cut short, because this process is shutting down.
    Interrupted,
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
                self.creating -= 1;
                match last(answer) {
                    Ok(record) => {
                        self.created(op, &request, record);
                        None
                    }
                    Err(ending) => Some(ending),
                }
            }
            Event::Recorded { op, answer } if self.was_overtaken(op, &answer) => None,
            Event::Recorded { op, answer } => match last(answer) {
                Ok(record) => {
                    self.settled(op, record);
                    None
                }
                Err(ending) => Some(ending),
            },
            Event::Looked { strand, record } => self.looked(strand, record),
            Event::LookedAhead(look) => self.looked_ahead(look),
            Event::Settled {
                op,
                record: Ok(record),
            } => {
                self.settled(op, record);
                None
            }
            // The promise could not be listened for: it is looked at again.
            Event::Settled { op, record: Err(_) } => {
                self.watched.remove(&op);
                self.unwatched.insert(op);
                None
            }
            Event::Restart { strand } => {
                self.drop_held(strand);
                self.strands[strand].restart();
                None
            }
            Event::Interrupted => {
                self.interrupted = true;
                None
            }
        }
    }

    /// A step's promise exists: created now, or before.
    fn created(&mut self, op: usize, request: &PromiseCreate, record: Arc<PromiseRecord>) {
        self.unacknowledged.remove(&op);
        self.unrecorded.remove(&op);
        if !self.agrees(op, &record, request) {
            return;
        }
        self.carried(op);
        let unversioned = self.unversioned.remove(&op);
        if record.state.is_pending() {
            self.note_deadline(op, &record);
            if let Some(named) = unversioned {
                self.start_recorded(op, named, &record);
            }
            if let Some(index) = self.nested.get(&op) {
                self.finishing.insert(*index);
            }
            let is_local = self.pass.steps().ops[op].is_local;
            if self.detached.remove(&op) {
                // A detached call is done for its caller once it is recorded.
                self.close(op);
            } else if !is_local {
                self.unwatched.insert(op);
                self.take_up_here(op);
            }
        } else {
            self.found(op);
            self.forget_local(op);
            self.settled(op, record);
        }
        self.pass.steps().created(op);
        if let Some(result) = self.early.remove(&op) {
            self.settle(op, result);
        }
    }

    /// Takes up a call that prefers this process, if there is room. Whoever is offered it later
    /// finds it taken, and an engine in this process offers it at once by itself.
    fn take_up_here(&self, op: usize) {
        let core = &self.core;
        let id = {
            let op = &self.pass.steps().ops[op];
            let is_wanted = op.prefers_here && !core.traits.atomic;
            is_wanted.then(|| op.id.clone())
        };
        if let Some(id) = id.filter(|_| core.permits.available_permits() > 0) {
            let version = TaskVersion::default();
            inbox::offer(core, TaskRef { id, version });
        }
    }

    /// The step was recorded before, and others of its body may have been.
    fn found(&mut self, op: usize) {
        self.early.remove(&op);
        let strand = self.pass.steps().ops[op].strand;
        self.strands[strand].ahead.found();
    }

    /// Whether a result came before its step's creation: then it is sent again after that.
    fn was_overtaken(&mut self, op: usize, answer: &Fenced) -> bool {
        let Some(result) = self.overlapping.remove(&op) else {
            return false;
        };
        let last = answer.as_ref().ok().and_then(|results| results.last());
        if !last.is_some_and(|it| it.as_ref().is_err_and(|it| it.status == Status::NotFound)) {
            return false;
        }
        self.core.habits.note_overtaken();
        if self.unacknowledged.contains(&op) {
            self.early.insert(op, result);
        } else {
            self.settle(op, result);
        }
        true
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
        self.recording.remove(&op);
        self.unacknowledged.remove(&op);
        self.unwatched.remove(&op);
        self.watched.remove(&op);
        self.deadlines.remove(&op);
        let strand = self.pass.steps().ops.get(op).map(|op| op.strand);
        // Nobody asks for it any more.
        let Some(strand) = strand else { return };
        if self.strands[strand].work.retry.is_some() {
            self.journal.insert(Arc::clone(&record));
        }
        self.close(op);
        self.pass.steps().settle(op, Ok(record));
    }

    /// The body need not wait for this step any more.
    fn close(&mut self, op: usize) {
        let strand = self.pass.steps().ops[op].strand;
        let open = &mut self.strands[strand].open;
        open.remove(&op);
        if open.is_empty() && self.ended.contains(&strand) {
            self.finishing.insert(strand);
        }
    }

    /// A step that turned out to be settled already is not run.
    fn forget_local(&mut self, op: usize) {
        self.unwritten.remove(&op);
        self.stop_running(op);
    }

    pub(super) fn leaf_ended(
        &mut self,
        ended: Result<(usize, LeafEnd), JoinError>,
    ) -> Option<Ending> {
        let (op, end) = match ended {
            Ok(ended) => ended,
            // A step that was canceled, or whose result was found, reports nothing.
            Err(error) if error.is_cancelled() => return None,
            Err(error) => {
                let message = format!("running a step panicked: {error}");
                return Some(faulted(FaultKind::Panicked, message));
            }
        };
        // One that is not there was stopped when it had just ended.
        self.leaf_handles.remove(&op)?;
        match end {
            LeafEnd::Interrupted => {
                self.interrupted = true;
                None
            }
            LeafEnd::DeadlinePassed => {
                self.deadline_passed(op);
                None
            }
            LeafEnd::Faulted(report) => Some(Ending::Faulted(report)),
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
        let seen = record.tags.get(SEEN);
        match seen.map_or_else(|| Ok(Vec::new()), read_seen) {
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
