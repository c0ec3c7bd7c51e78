//! The messages of the open transaction.

use std::collections::BTreeMap;

use crate::PromiseId;
use crate::model::TaskState;
use crate::protocol::{Message, Outgoing};
use crate::store::Write;

/// Messages in the order of their causes; of the offers of one task only the latest, and only
/// while it stands.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    next: u64,
    messages: BTreeMap<u64, Outgoing>,
    offers: BTreeMap<PromiseId, u64>,
}

impl Outbox {
    /// Takes in what a step says, and takes back offers that its writes overtook.
    pub(super) fn follow(&mut self, messages: Vec<Outgoing>, writes: &[Write]) {
        for outgoing in messages {
            self.push(outgoing);
        }
        if self.offers.is_empty() {
            return;
        }
        for write in writes {
            if let Write::Promise(promise) = write
                && let Some(task) = &promise.task
                && !matches!(task.state, TaskState::Pending { .. })
            {
                self.withdraw(promise.id());
            }
        }
    }

    /// Everything to be sent, in the order of its causes.
    pub(super) fn take(&mut self) -> Vec<Outgoing> {
        self.offers.clear();
        std::mem::take(&mut self.messages).into_values().collect()
    }

    fn push(&mut self, outgoing: Outgoing) {
        if let Message::Execute(task) = &outgoing.message {
            self.withdraw(&task.id);
            self.offers.insert(task.id.clone(), self.next);
        }
        self.messages.insert(self.next, outgoing);
        self.next += 1;
    }

    fn withdraw(&mut self, task: &PromiseId) {
        if let Some(place) = self.offers.remove(task) {
            self.messages.remove(&place);
        }
    }
}
