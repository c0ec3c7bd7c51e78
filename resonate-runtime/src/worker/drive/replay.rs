//! What is different when an execution is replayed for a test: no step is run, and workflows
//! that ended are looked at all the same.

use std::collections::HashSet;

use resonate_core::protocol::PromiseRecord;
use resonate_core::registry::Kind;
use resonate_core::{Millis, PromiseId};

use super::begin::with_deadline;
use super::{Driver, kind_of};
use crate::worker::pass::{LocalWork, Work};

/// A workflow that was called as a local step, and whose result is recorded.
pub(crate) struct Nested {
    pub(crate) id: PromiseId,
    /// The time that its body saw when it began.
    pub(crate) began: Millis,
    pub(crate) work: LocalWork,
}

/// What a replay went through.
#[derive(Default)]
pub(crate) struct Trail {
    /// Steps that were asked for.
    pub(crate) asked: HashSet<PromiseId>,
    /// Bodies that ran.
    pub(crate) bodies: HashSet<PromiseId>,
    /// Bodies that did not, because their results are recorded.
    pub(crate) nested: Vec<Nested>,
}

impl Driver {
    /// The step as it is begun. A replay begins no leaf: that is done by others, if at all.
    pub(super) fn unless_replayed(&self, op: usize, work: Work) -> Work {
        match work {
            Work::Local(local) if self.core.replay.is_some() && is_leaf(&local) => {
                self.pass.steps().ops[op].is_local = false;
                Work::Remote
            }
            work @ (Work::Local(_)
            | Work::Remote
            | Work::Detached
            | Work::Timer
            | Work::External) => work,
        }
    }

    /// A step's result is recorded. If it is a workflow, a replay runs that by itself.
    pub(super) fn pass_over(&mut self, op: usize, work: Work, record: &PromiseRecord) {
        let Work::Local(work) = work else { return };
        if self.core.replay.is_some() {
            let strand = self.pass.steps().ops[op].strand;
            self.nested_ended.push(Nested {
                id: record.id.clone(),
                began: self.strands[strand].strand.now(),
                work: with_deadline(work, Some(record.timeout_at)),
            });
        }
    }

    /// What the replay went through.
    pub(crate) fn into_trail(self) -> Trail {
        let bodies = self.strands.iter();
        Trail {
            bodies: bodies.map(|it| it.strand.lineage.id.clone()).collect(),
            asked: self.journal.into_asked(),
            nested: self.nested_ended,
        }
    }
}

fn is_leaf(work: &LocalWork) -> bool {
    kind_of(&work.code) == Kind::Leaf
}
