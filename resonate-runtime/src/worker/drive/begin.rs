//! Steps that the code began: found in the journal, or asked for.

use std::sync::Arc;

use resonate_core::execution::{Asked, Plan, PlanKind, SEEN, agree, write_seen};
use resonate_core::protocol::{
    FenceAction, PromiseCreate, PromiseRecord, PromiseSettle, Settlement,
};
use resonate_core::registry::Kind;
use resonate_core::{Millis, PromiseId, Tags, Value};
use tokio::time::Instant;

use super::events::Event;
use super::{Driver, kind_of};
use crate::context::About;
use crate::worker::fault::FaultReport;
use crate::worker::pass::{LocalWork, NamedWork, Strand, Work};
use crate::worker::strand::{Choice, Running, Taken};

impl Driver {
    /// Takes over the steps that were begun since the last look, in order.
    pub(super) fn start_fresh(&mut self) {
        loop {
            let next = self.pass.steps().next_fresh();
            let Some((op, work, mut request)) = next else {
                return;
            };
            let work = self.unless_replayed(op, work);
            let strand = self.pass.steps().ops[op].strand;
            let running = &mut self.strands[strand];
            if running.is_stopped {
                continue;
            }
            match &work {
                Work::Local(_) | Work::Named(_) | Work::Missing(_) | Work::Remote => {
                    running.open.insert(op);
                }
                Work::Detached => {
                    running.open.insert(op);
                    self.detached.insert(op);
                }
                Work::Timer | Work::External => {}
            }
            let choice = self.choice(op, strand, &mut request);
            self.start(Taken {
                op,
                work,
                request,
                choice,
            });
        }
    }

    pub(super) fn start(&mut self, taken: Taken) {
        let (strand, seq) = {
            let op = &self.pass.steps().ops[taken.op];
            (op.strand, op.seq)
        };
        let running = &mut self.strands[strand];
        if running.order.carrier.is_some() {
            running.order.held.push_back(taken);
            return;
        }
        if running.ahead.is_reading || self.look_ahead(strand, seq, &taken.request.id) {
            self.unacknowledged.insert(taken.op);
            self.strands[strand].order.held.push_back(taken);
            return;
        }
        self.unacknowledged.remove(&taken.op);
        let Taken {
            op,
            work,
            request,
            choice,
        } = taken;
        let is_first = self.journal.ask(request.id.clone());
        let was_absent = self.journal.make(&request.id);
        let recorded = self.journal.get(&request.id).cloned();
        if let Some(record) = &recorded {
            if !self.agrees(op, record, &request) {
                return;
            }
            if !record.state.is_pending() {
                self.pass_over(op, work, record);
                self.settled(op, Arc::clone(record));
                return;
            }
        }
        let work = match work {
            Work::Local(work) => work,
            Work::Missing(report) => return self.pass.fault(report),
            Work::Named(named) => match &recorded {
                Some(record) => match self.as_recorded(named, record) {
                    Ok(work) => work,
                    Err(report) => return self.pass.fault(report),
                },
                None if self.is_all_known() => named.latest,
                None => {
                    // It may be recorded with another version: the answer tells.
                    self.unversioned.insert(op, named);
                    return self.create(op, request, choice);
                }
            },
            // Others settle these: what the journal says of a pending one may be old.
            Work::Remote | Work::Timer | Work::External | Work::Detached => {
                return self.create(op, request, choice);
            }
        };
        let deadline = recorded.as_ref().map(|record| record.timeout_at);
        if recorded.is_some() {
            self.pass.steps().created(op);
        } else {
            let is_new = choice.is_in_place && is_first && (self.fresh || was_absent);
            self.create_now_or_later(op, request, choice, is_new);
        }
        self.start_local(op, strand, with_deadline(work, deadline));
    }

    /// Whether a step that is not in the journal was never recorded, and a creation can be kept
    /// together with its result.
    fn is_all_known(&self) -> bool {
        self.core.traits.atomic && self.journal.is_complete()
    }

    /// The creation of a local step: asked for now, or together with its result.
    fn create_now_or_later(
        &mut self,
        op: usize,
        request: PromiseCreate,
        choice: Choice,
        is_new: bool,
    ) {
        let is_eager = self.pass.steps().ops[op].eager || choice.is_carried;
        if self.is_all_known() && !is_eager {
            self.unwritten.insert(op, request);
            return;
        }
        if is_new && !is_eager && !self.core.traits.atomic {
            self.unrecorded.insert(op, Instant::now());
        }
        self.create_local(op, request, choice);
    }

    /// Writes what was seen before this step into its record. A step with an id of its own has a
    /// marker in its place, where a replay looks.
    fn choice(&mut self, op: usize, strand: usize, request: &mut PromiseCreate) -> Choice {
        let running = &mut self.strands[strand];
        let seq = self.pass.steps().ops[op].seq;
        let seen = std::mem::take(&mut running.order.seen);
        running.order.script = None;
        let lineage = &running.strand.lineage;
        let place = self.core.grammar().child(&lineage.id, seq);
        let is_in_place = place == request.id;
        if !is_in_place {
            self.journal.ask(place.clone());
        }
        if seen.is_empty() {
            return Choice {
                is_in_place,
                ..Choice::default()
            };
        }
        let seen = write_seen(&seen);
        if is_in_place {
            let tags = std::mem::take(&mut request.tags);
            request.tags = tags.with(SEEN, seen);
            return Choice {
                is_in_place,
                is_carried: true,
                marker: None,
            };
        }
        let plan = Plan {
            id: place,
            kind: PlanKind::Local,
            deadline: lineage.deadline,
            param: Value::default(),
            labels: Tags::default().with(SEEN, seen),
        };
        Choice {
            is_in_place,
            is_carried: true,
            marker: Some(plan.child_of(lineage)),
        }
    }

    /// A step by name alone, on the version that its record names.
    pub(super) fn as_recorded(
        &self,
        named: NamedWork,
        record: &PromiseRecord,
    ) -> Result<LocalWork, FaultReport> {
        let asked = Asked::of(&record.tags, &record.param, &*self.core.codec);
        named.recorded(asked.version)
    }

    /// Starts a step by name alone on the version that its record names.
    pub(super) fn start_recorded(&mut self, op: usize, named: NamedWork, record: &PromiseRecord) {
        match self.as_recorded(named, record) {
            Ok(work) => {
                let strand = self.pass.steps().ops[op].strand;
                self.start_local(op, strand, with_deadline(work, Some(record.timeout_at)));
            }
            Err(report) => self.pass.fault(report),
        }
    }

    fn start_local(&mut self, op: usize, strand: usize, work: LocalWork) {
        if kind_of(&work.code) == Kind::Leaf {
            self.queued.insert(op, work);
            return;
        }
        let above = &self.strands[strand];
        let lineage = above
            .strand
            .lineage
            .local_child(work.about.id.clone(), work.about.deadline);
        let (live, ahead) = (above.order.live, above.ahead.below());
        let now = above.strand.now();
        let index = self.strands.len();
        let nested = Strand::new(Arc::clone(&self.pass), index, lineage, now);
        self.nested.insert(op, index);
        self.strands
            .push(Running::start(nested, work, Some(op), live, ahead));
    }

    /// Asks for the step's promise. The answer is what exists: created now, or recorded before.
    pub(super) fn create(&mut self, op: usize, request: PromiseCreate, choice: Choice) {
        self.unacknowledged.insert(op);
        self.creating += 1;
        self.pass.steps().ops[op].is_on_its_way = true;
        if choice.is_carried {
            let strand = self.pass.steps().ops[op].strand;
            self.strands[strand].order.carrier = Some(op);
        }
        let mark = choice.marker.into_iter().flat_map(|marker| {
            let settle = PromiseSettle {
                id: marker.id.clone(),
                state: Settlement::Resolved,
                value: Value::default(),
            };
            [FenceAction::Create(marker), FenceAction::Settle(settle)]
        });
        let create = FenceAction::Create(request.clone());
        let fence = self.fence(mark.chain([create]).collect());
        self.requests.push(Box::pin(async move {
            Event::Created {
                op,
                request: Box::new(request),
                answer: fence.await,
            }
        }));
    }

    /// The step that recorded a choice is acknowledged: what waited for that goes on.
    pub(super) fn carried(&mut self, op: usize) {
        let strand = self.pass.steps().ops[op].strand;
        let order = &mut self.strands[strand].order;
        if order.carrier == Some(op) {
            order.carrier = None;
            self.start_held(strand);
        }
    }

    /// Whether the record is of the step that the code asks for; stops the execution if not.
    pub(super) fn agrees(
        &self,
        op: usize,
        record: &PromiseRecord,
        request: &PromiseCreate,
    ) -> bool {
        if record.param == request.param && record.tags == request.tags {
            return true;
        }
        let codec = &*self.core.codec;
        let recorded = Asked::of(&record.tags, &record.param, codec);
        let mut requested = Asked::of(&request.tags, &request.param, codec);
        if self.pass.steps().ops[op].any_version {
            requested.version = None;
        }
        match agree(&record.id, recorded, requested) {
            Ok(()) => true,
            Err(disagreement) => {
                self.pass.fault(FaultReport::disagreement(&disagreement));
                false
            }
        }
    }

    /// Where the record of the body's next step is looked for.
    pub(super) fn next_place(&self, strand: usize) -> PromiseId {
        let strand = &self.strands[strand].strand;
        let grammar = self.core.grammar();
        grammar.child(&strand.lineage.id, strand.next_step())
    }
}

/// The same work, ending when its promise does.
pub(super) fn with_deadline(work: LocalWork, deadline: Option<Millis>) -> LocalWork {
    match deadline.filter(|deadline| *deadline != work.about.deadline) {
        None => work,
        Some(deadline) => LocalWork {
            about: Arc::new(About {
                deadline,
                ..About::clone(&work.about)
            }),
            ..work
        },
    }
}
