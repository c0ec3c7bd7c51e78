//! The model in transactions.

use std::collections::BTreeMap;

use resonate_core::model::TaskState;
use resonate_core::protocol::{Answer, Message, Outgoing, Request};
use resonate_core::{Millis, PromiseId};

use super::Machine;
use crate::machine::{Kept, Model};

/// A model, and how it stood at the last commit.
#[derive(Clone, Debug, Default)]
pub struct Transacted {
    /// The model as it stands.
    pub model: Model,
    committed: Option<Box<Model>>,
}

impl Transacted {
    /// The model, which can only be rolled back if it is told so now.
    #[must_use]
    pub fn new(model: Model, rolls_back: bool) -> Self {
        let committed = rolls_back.then(|| Box::new(model.clone()));
        Self { model, committed }
    }

    /// Whether a commit would still send this `execute`: nothing has overtaken it.
    fn stands(&self, task: &PromiseId) -> bool {
        let state = self.model.task(task).map(|task| &task.state);
        matches!(state, Some(TaskState::Pending { .. }))
    }
}

impl Machine for Transacted {
    fn handle(&mut self, now: Millis, request: &Request) -> Answer {
        self.model.handle(now, request)
    }

    fn tick(&mut self, now: Millis) {
        self.model.tick(now);
    }

    /// Of several offers of one task the last one counts, and only while the task is pending.
    fn commit(&mut self) -> Vec<Outgoing> {
        let (mut offers, mut sent) = (BTreeMap::new(), Vec::new());
        for outgoing in std::mem::take(&mut self.model.sent) {
            match &outgoing.message {
                Message::Execute(task) => drop(offers.insert(task.id.clone(), outgoing)),
                Message::Unblock(_) => sent.push(outgoing),
            }
        }
        let standing = offers.into_iter().filter(|(task, _)| self.stands(task));
        sent.extend(standing.map(|(_, outgoing)| outgoing));
        if let Some(committed) = &mut self.committed {
            **committed = self.model.clone();
        }
        sent
    }

    fn rollback(&mut self) {
        let clock = self.model.clock;
        if let Some(committed) = &self.committed {
            self.model = Model {
                clock,
                ..Model::clone(committed)
            };
        }
    }

    fn reopen(&mut self) {
        self.rollback();
    }

    fn kept(&self) -> Kept {
        self.model.kept.clone()
    }

    fn next_wakeup(&self) -> Option<Millis> {
        self.model.next_wakeup()
    }

    fn check(&mut self, _: Millis, same: &Kept) -> Result<bool, String> {
        Ok(self.model.kept == *same)
    }
}
