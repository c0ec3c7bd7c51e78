//! Reading ahead: on a replay, records that did not come with the claim are read many at a time,
//! instead of being asked for one after the other.

use std::sync::Arc;

use resonate_core::PromiseId;
use resonate_core::execution::SHARED_MAX;
use resonate_core::protocol::PromiseRecord;

use super::events::Event;
use super::{Driver, Ending, Stop};

/// A preload of so many records may not be all there is: we leave later ones out of the branch, and
/// some servers stop at ten.
const PRELOAD_FULL: usize = SHARED_MAX;
/// Records of the first look.
const FIRST: usize = 8;
/// Records of one look, at most.
const MAX: usize = 512;

/// How far the history of a body is read.
#[derive(Clone, Copy, Debug)]
pub(in crate::worker) struct Ahead {
    /// How many records the next look is for; none while nothing says that there are any.
    window: usize,
    /// Whether a look is under way: the body's later steps wait for it.
    pub(super) is_reading: bool,
    /// Whether the end of the history was seen, as far as it matters.
    is_over: bool,
}

impl Ahead {
    /// The history of an execution that nobody ran before.
    pub(in crate::worker) const NONE: Self = Self {
        window: 0,
        is_reading: false,
        is_over: true,
    };

    /// The history of an execution whose claim came with so many records.
    pub(super) const fn after(preload: usize) -> Self {
        Self {
            window: if preload < PRELOAD_FULL { 0 } else { FIRST },
            is_reading: false,
            is_over: false,
        }
    }

    /// The history of a step's body, as far as that of the body above tells.
    pub(super) const fn below(self) -> Self {
        Self {
            is_reading: false,
            ..self
        }
    }

    /// A step turned out to be recorded: there are more, perhaps.
    pub(super) fn found(&mut self) {
        self.window = self.window.max(FIRST);
    }

    const fn may_look(self) -> bool {
        self.window > 0 && !self.is_over && !self.is_reading
    }
}

/// A look that is answered.
pub(super) struct Look {
    strand: usize,
    /// The record that is needed now.
    first: PromiseId,
    asked: Vec<PromiseId>,
    found: Result<Vec<Arc<PromiseRecord>>, Stop>,
}

impl Driver {
    /// Looks for the record of the body's step number `seq`, and for those of the steps after it.
    /// False when that is not worth it, or the record is known to be there or not.
    pub(super) fn look_ahead(&mut self, strand: usize, seq: u64, first: &PromiseId) -> bool {
        let ahead = self.strands[strand].ahead;
        if self.journal.knows(first) || !ahead.may_look() {
            return false;
        }
        let body = &self.strands[strand].strand;
        let begun = body.next_step().saturating_sub(seq);
        let count = usize::try_from(begun).unwrap_or(MAX);
        let count = count.max(ahead.window).min(MAX);
        let grammar = self.core.grammar();
        let next = (seq..).map(|seq| grammar.child(&body.lineage.id, seq));
        let next = next.take(count).filter(|id| id != first);
        let asked: Vec<PromiseId> = std::iter::once(first.clone())
            .chain(next.filter(|id| !self.journal.knows(id)))
            .collect();
        let (first, read) = (first.clone(), self.read(asked.clone()));
        self.strands[strand].ahead.is_reading = true;
        self.requests.push(Box::pin(async move {
            Event::LookedAhead(Look {
                strand,
                first,
                asked,
                found: read.await,
            })
        }));
        true
    }

    pub(super) fn looked_ahead(&mut self, look: Look) -> Option<Ending> {
        let found = match look.found {
            Ok(found) => found,
            Err(stop) => return Some(stop.into()),
        };
        let ahead = &mut self.strands[look.strand].ahead;
        ahead.is_reading = false;
        ahead.is_over = !found.iter().any(|record| record.id == look.first);
        if found.len() * 2 >= look.asked.len() {
            ahead.window = (ahead.window * 2).min(MAX);
        }
        look.asked.into_iter().for_each(|id| self.journal.miss(id));
        for record in found {
            self.journal.make(&record.id);
            self.journal.add(record);
        }
        self.start_held(look.strand);
        None
    }

    /// Starts the steps of a body that waited for something.
    pub(super) fn start_held(&mut self, strand: usize) {
        let held = std::mem::take(&mut self.strands[strand].order.held);
        held.into_iter().for_each(|taken| self.start(taken));
    }

    /// Forgets the steps of a body that waited for something: it does not want them any more.
    pub(super) fn drop_held(&mut self, strand: usize) {
        for taken in std::mem::take(&mut self.strands[strand].order.held) {
            self.unacknowledged.remove(&taken.op);
        }
    }
}
