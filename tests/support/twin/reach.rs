//! Which corners of the machine a script came to.

use std::collections::BTreeMap;

use resonate_core::Millis;
use resonate_core::model::TaskState;
use resonate_core::protocol::{Answer, PromiseState, Request};

use crate::machine::Model;
use crate::script;

/// How the task that a request names stands when the request comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(
    missing_docs,
    reason = "the names are those of the protocol's table of transitions"
)]
pub enum Standing {
    NoPromise,
    NoTask,
    Pending,
    Acquired,
    Suspended,
    Halted,
    Fulfilled,
    /// Past its deadline and not settled yet.
    Dead,
}

impl Standing {
    /// Of the promise that `request` names; of none when it names none.
    #[must_use]
    pub fn of(model: &Model, request: &Request, now: Millis) -> Self {
        let Some(promise) = request.id().and_then(|id| model.kept.promises.get(id)) else {
            return Self::NoPromise;
        };
        let pending = promise.record.state == PromiseState::Pending;
        if pending && promise.record.timeout_at <= now.max(model.clock) {
            return Self::Dead;
        }
        match promise.task.as_ref().map(|task| &task.state) {
            None => Self::NoTask,
            Some(TaskState::Pending { .. }) => Self::Pending,
            Some(TaskState::Acquired(_)) => Self::Acquired,
            Some(TaskState::Suspended) => Self::Suspended,
            Some(TaskState::Halted) => Self::Halted,
            Some(TaskState::Fulfilled) => Self::Fulfilled,
        }
    }
}

/// How often each cell (kind, status, standing) was hit.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    /// The cells.
    pub cells: BTreeMap<(&'static str, u16, Standing), u64>,
}

impl Reach {
    /// Counts one answered request.
    pub fn count(&mut self, request: &Request, standing: Standing, answer: &Answer) {
        let (status, _) = script::answer(answer);
        let cell = (request.kind(), status, standing);
        *self.cells.entry(cell).or_default() += 1;
    }

    /// One line per kind and status: the standings with their counts.
    #[must_use]
    pub fn table(&self) -> String {
        let mut rows: BTreeMap<(&str, u16), Vec<String>> = BTreeMap::new();
        for ((kind, status, standing), count) in &self.cells {
            let row = rows.entry((kind, *status)).or_default();
            row.push(format!("{standing:?}={count}"));
        }
        let rows = rows.into_iter();
        let lines = rows.map(|((kind, status), row)| format!("{kind} {status} {}", row.join(" ")));
        lines.collect::<Vec<_>>().join("\n")
    }
}
