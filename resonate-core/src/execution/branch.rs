//! Which branch the record of a local step belongs to.
//!
//! The promises of a task's own branch travel with its claim, so that a replay has them at once.
//! Some servers send them with the answer to every fence too, so that a workflow of `n` steps
//! receives `n²` records. There only the first steps of an execution share its branch; each later
//! one is a branch of its own, and a replay asks for it by its id. Nothing but the cost depends on
//! that: a record is found by its id, whatever its branch.

use crate::protocol::PromiseCreate;
use crate::tags::BRANCH;

/// So many records share the branch of their task where its promises travel with every answer.
pub const SHARED_MAX: usize = 8;

/// How much of a task's branch is taken.
///
/// ```
/// use resonate_core::execution::{Branch, SHARED_MAX};
///
/// let mut branch = Branch::holding(SHARED_MAX - 1);
/// assert!(branch.take_place());
/// assert!(!branch.take_place());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Branch {
    taken: usize,
}

impl Branch {
    /// A branch that holds so many records already.
    #[must_use]
    pub const fn holding(records: usize) -> Self {
        Self { taken: records }
    }

    /// Takes a place in the branch, if one is left.
    pub fn take_place(&mut self) -> bool {
        let is_left = self.taken < SHARED_MAX;
        self.taken += usize::from(is_left);
        is_left
    }
}

/// Makes a promise that is about to be created a branch of its own.
pub fn set_apart(create: &mut PromiseCreate) {
    let tags = std::mem::take(&mut create.tags);
    create.tags = tags.with(BRANCH, create.id.text().clone());
}
