//! What is recorded of an execution, and what of it the code asked for.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use resonate_core::PromiseId;
use resonate_core::protocol::PromiseRecord;
use resonate_core::tags;

/// The recorded promises that came with the claim.
pub(super) struct Journal {
    records: HashMap<PromiseId, Arc<PromiseRecord>>,
    /// The recorded local steps, by the body that began them.
    steps: HashMap<String, Vec<PromiseId>>,
    /// Whether every local step that was recorded is here.
    complete: bool,
    /// Steps that were looked for under this claim and not found.
    absent: HashSet<PromiseId>,
    /// Steps that the code asked for.
    asked: HashSet<PromiseId>,
}

impl Journal {
    pub(super) fn new(preload: Vec<Arc<PromiseRecord>>, complete: bool) -> Self {
        let mut journal = Self {
            records: HashMap::with_capacity(preload.len()),
            steps: HashMap::new(),
            complete,
            absent: HashSet::new(),
            asked: HashSet::new(),
        };
        for record in preload {
            journal.add(record);
        }
        journal
    }

    /// Takes in a record from before this turn.
    pub(super) fn add(&mut self, record: Arc<PromiseRecord>) {
        let parent = record.tags.get(tags::PARENT);
        if let Some(parent) = parent.filter(|_| record.tags.get(tags::SCOPE) == Some("local")) {
            let of_parent = self.steps.entry(parent.to_owned()).or_default();
            of_parent.push(record.id.clone());
        }
        self.insert(record);
    }

    pub(super) fn get(&self, id: &PromiseId) -> Option<&Arc<PromiseRecord>> {
        self.records.get(id)
    }

    /// Whether a local step that is not here was never recorded.
    pub(super) fn is_complete(&self) -> bool {
        self.complete
    }

    pub(super) fn insert(&mut self, record: Arc<PromiseRecord>) {
        self.records.insert(record.id.clone(), record);
    }

    /// The code asked for this step; whether for the first time.
    pub(super) fn ask(&mut self, id: PromiseId) -> bool {
        self.asked.insert(id)
    }

    /// This step is not recorded.
    pub(super) fn miss(&mut self, id: PromiseId) {
        self.absent.insert(id);
    }

    /// Whether the step is known to be recorded, or known not to be.
    pub(super) fn knows(&self, id: &PromiseId) -> bool {
        self.records.contains_key(id) || self.absent.contains(id)
    }

    /// The step is about to be made; whether it is known that it was not there.
    pub(super) fn make(&mut self, id: &PromiseId) -> bool {
        self.absent.remove(id)
    }

    /// Every step that the code asked for.
    pub(super) fn into_asked(self) -> HashSet<PromiseId> {
        self.asked
    }

    /// Whether the body recorded local steps before.
    pub(super) fn has_steps_of(&self, parent: &PromiseId) -> bool {
        self.steps.contains_key(parent.as_str())
    }

    /// A recorded local step of this body that the code did not ask for.
    pub(super) fn unasked(&self, parent: &PromiseId) -> Option<&Arc<PromiseRecord>> {
        let recorded = self.steps.get(parent.as_str())?;
        let unasked = recorded.iter().filter(|id| !self.asked.contains(*id));
        self.records.get(unasked.min()?)
    }
}
