//! The earliest instant at which anything is due, remembered: a host asks for it with every batch,
//! and it seldom changes.

use std::cell::RefCell;

use crate::model::Promise;
use crate::store::Write;
use crate::{Millis, PromiseId};

/// What is known of that instant without reading the file, which nobody else writes to.
#[derive(Debug, Default)]
pub(super) struct Earliest(RefCell<Known>);

#[derive(Debug, Default)]
enum Known {
    /// The file has to be read.
    #[default]
    Nothing,
    First(First),
}

/// The first instant, and what is due then: should that change, the next one is not known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct First {
    pub(super) at: Option<Millis>,
    /// The promise that is due then, unless it is a schedule.
    pub(super) promise: Option<PromiseId>,
}

impl Earliest {
    /// The first instant; `read` finds it in the file where it is not known.
    pub(super) fn get<E>(
        &self,
        read: impl FnOnce() -> Result<First, E>,
    ) -> Result<Option<Millis>, E> {
        if let Known::First(first) = &*self.0.borrow() {
            return Ok(first.at);
        }
        let first = read()?;
        let at = first.at;
        self.0.replace(Known::First(first));
        Ok(at)
    }

    /// Whether it is known that nothing is due at `now`.
    pub(super) fn is_after(&self, now: Millis) -> bool {
        match &*self.0.borrow() {
            Known::Nothing => false,
            Known::First(first) => first.at.is_none_or(|at| now < at),
        }
    }

    /// Takes a write into account.
    pub(super) fn follow(&mut self, write: &Write) {
        match write {
            Write::Promise(promise) => self.follow_promise(promise),
            Write::RemovePromise(id) => self.follow_removal(id),
            Write::Schedule(_) | Write::RemoveSchedule(_) | Write::Reset => self.forget(),
            Write::Edge(_)
            | Write::RemoveEdge { .. }
            | Write::Listener { .. }
            | Write::RemoveListeners(_)
            | Write::Clock(_) => {}
        }
    }

    fn follow_promise(&mut self, promise: &Promise) {
        let known = self.0.get_mut();
        let Known::First(first) = known else {
            return;
        };
        let due = [promise.deadline_due(), promise.task_due()];
        let due = due.into_iter().flatten().min();
        let is_first = due.is_some_and(|due| first.at.is_none_or(|at| due <= at));
        if is_first {
            first.at = due;
            first.promise = Some(promise.id().clone());
        } else if first.promise.as_ref() == Some(promise.id()) {
            *known = Known::Nothing;
        }
    }

    fn follow_removal(&mut self, id: &PromiseId) {
        let known = self.0.get_mut();
        if matches!(known, Known::First(first) if first.promise.as_ref() == Some(id)) {
            *known = Known::Nothing;
        }
    }

    /// Lets the next question read the file.
    pub(super) fn forget(&mut self) {
        *self.0.get_mut() = Known::Nothing;
    }
}
