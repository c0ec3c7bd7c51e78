//! Which branch the records of local steps go to: that of the task, or one of their own.

use resonate_core::execution::{Branch, set_apart};
use resonate_core::protocol::PromiseCreate;

use super::Driver;
use crate::worker::habits::FenceAnswers;
use crate::worker::strand::Choice;

/// A local step's creation that waits until it is known where it goes.
pub(super) struct Unplaced {
    op: usize,
    request: PromiseCreate,
    choice: Choice,
}

enum Place {
    /// The task's branch: it comes with every claim.
    Shared,
    /// A branch of its own: it travels with no other step's answer.
    Own,
    /// An answer that is on its way will tell.
    Undecided,
}

impl Driver {
    /// Asks for a local step's promise, in the branch that is right for it.
    pub(super) fn create_local(
        &mut self,
        op: usize,
        mut request: PromiseCreate,
        mut choice: Choice,
    ) {
        match self.place() {
            Place::Shared => {}
            Place::Own => {
                set_apart(&mut request);
                choice.marker.as_mut().map(set_apart);
            }
            Place::Undecided => {
                self.unacknowledged.insert(op);
                let unplaced = Unplaced {
                    op,
                    request,
                    choice,
                };
                self.unplaced.push_back(unplaced);
                return;
            }
        }
        self.create(op, request, choice);
    }

    /// Asks for the promises that waited for an answer which has come.
    pub(super) fn create_unplaced(&mut self) {
        if self.unplaced.is_empty() || self.is_undecided() {
            return;
        }
        for unplaced in std::mem::take(&mut self.unplaced) {
            let Unplaced {
                op,
                request,
                choice,
            } = unplaced;
            self.create_local(op, request, choice);
        }
    }

    fn place(&mut self) -> Place {
        let is_left = self.branch.as_mut().is_none_or(Branch::take_place);
        if is_left {
            return Place::Shared;
        }
        match self.core.habits.fence_answers() {
            FenceAnswers::Bare => Place::Shared,
            FenceAnswers::Laden => Place::Own,
            FenceAnswers::Unknown if self.is_undecided() => Place::Undecided,
            // Its own answer tells.
            FenceAnswers::Unknown => Place::Shared,
        }
    }

    /// Whether nobody knows what fences are answered with, and an answer is on its way.
    fn is_undecided(&self) -> bool {
        self.creating > 0 && self.core.habits.fence_answers() == FenceAnswers::Unknown
    }
}
