//! Steps that the code began: found in the journal, or asked for.

use std::sync::Arc;

use resonate_core::Value;
use resonate_core::execution::{Asked, SEEN, agree, write_seen};
use resonate_core::protocol::{FenceAction, PromiseCreate, PromiseRecord};
use resonate_core::registry::Kind;

use super::events::Event;
use super::{Driver, kind_of};
use crate::client::Core;
use crate::worker::fault::FaultReport;
use crate::worker::pass::{LocalWork, Strand, Work};
use crate::worker::strand::Running;

/// A step as the driver takes it over.
struct Taken {
    op: usize,
    strand: usize,
    work: Work,
    request: PromiseCreate,
    eager: bool,
}

impl Driver {
    /// Takes over the steps that were begun since the last look, in order.
    pub(super) fn start_fresh(&mut self) {
        while let Some(taken) = self.next_fresh() {
            self.start(taken);
        }
    }

    fn next_fresh(&mut self) -> Option<Taken> {
        let mut state = self.pass.state();
        loop {
            let op = state.fresh.pop_front()?;
            let slot = &mut state.ops[op];
            if let (Some(work), Some(request)) = (slot.work.take(), slot.request.take()) {
                return Some(Taken {
                    op,
                    strand: slot.strand,
                    work,
                    request,
                    eager: slot.eager,
                });
            }
        }
    }

    fn start(&mut self, taken: Taken) {
        let Taken {
            op,
            strand,
            work,
            mut request,
            eager,
        } = taken;
        let recorded = self.journal.get(&request.id).cloned();
        let atomic = self.core.traits.atomic && self.complete;
        let running = &mut self.strands[strand];
        let seen = std::mem::take(&mut running.order.seen);
        running.order.script = None;
        if !seen.is_empty() {
            request.tags = request.tags.with(SEEN, write_seen(&seen));
        }
        match &work {
            Work::Local(_) => {
                // A complete journal without it: from here on nothing was recorded.
                running.order.live |= recorded.is_none() && atomic;
                running.open.insert(op);
            }
            Work::Remote => {
                running.open.insert(op);
            }
            Work::Detached => {
                running.open.insert(op);
                self.detached.insert(op);
            }
            Work::Timer | Work::External => {}
        }
        if let Some(record) = &recorded {
            if !self.agrees(record, &request) {
                return;
            }
            if !record.state.is_pending() {
                self.settled(op, Arc::clone(record));
                return;
            }
        }
        match work {
            Work::Local(work) => {
                match recorded {
                    Some(_) => self.pass.state().created(op),
                    None if atomic && !eager => {
                        self.unwritten.insert(op, request);
                    }
                    None => self.create(op, request),
                }
                self.start_local(op, strand, work);
            }
            // Others settle these: what the journal says of a pending one may be old.
            Work::Remote | Work::Timer | Work::External | Work::Detached => {
                self.create(op, request);
            }
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
        let (live, now) = (above.order.live, above.strand.now());
        let nested = Strand::new(Arc::clone(&self.pass), self.strands.len(), lineage, now);
        self.strands
            .push(Running::start(nested, work, Some(op), live));
    }

    /// Asks for the step's promise. The answer is what exists: created now, or recorded before.
    fn create(&mut self, op: usize, request: PromiseCreate) {
        self.unacknowledged.insert(op);
        let fence = self.fence(vec![FenceAction::Create(request.clone())]);
        self.requests.push(Box::pin(async move {
            Event::Created {
                op,
                request: Box::new(request),
                answer: fence.await,
            }
        }));
    }

    /// Whether the record is of the step that the code asks for; stops the execution if not.
    pub(super) fn agrees(&self, record: &PromiseRecord, request: &PromiseCreate) -> bool {
        let recorded = asked(&self.core, &record.tags, &record.param);
        let requested = asked(&self.core, &request.tags, &request.param);
        match agree(&record.id, recorded, requested) {
            Ok(()) => true,
            Err(disagreement) => {
                self.pass.fault(FaultReport::disagreement(&disagreement));
                false
            }
        }
    }

    /// Recorded local steps of this body that the code did not ask for.
    pub(super) fn unasked(&self, running: &Running) -> Option<Arc<PromiseRecord>> {
        let parent = running.strand.lineage.id.as_str();
        let mut recorded: Vec<_> = self
            .journal
            .values()
            .filter(|record| record.tags.get(resonate_core::tags::PARENT) == Some(parent))
            .filter(|record| record.tags.get(resonate_core::tags::SCOPE) == Some("local"))
            .collect();
        if recorded.is_empty() {
            return None;
        }
        let state = self.pass.state();
        let asked: std::collections::HashSet<_> = state.ops.iter().map(|op| &op.id).collect();
        recorded.retain(|record| !asked.contains(&record.id));
        recorded.sort_by(|one, other| one.id.cmp(&other.id));
        recorded.first().map(|record| Arc::clone(record))
    }
}

/// What a promise is, in the words that a replay is compared by.
pub(super) fn asked(core: &Core, tags: &resonate_core::Tags, param: &Value) -> Asked {
    let json = core.codec.decode(param).ok().flatten();
    Asked::read(tags, json.as_ref().map(|json| json.get()))
}
