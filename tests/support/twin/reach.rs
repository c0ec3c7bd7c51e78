//! Which corners of the machine a script came to.

use std::collections::{BTreeMap, BTreeSet};

use resonate_core::Millis;
use resonate_core::model::TaskState;
use resonate_core::protocol::{Answer, PromiseState, Request, Response};

use crate::machine::Model;

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
        let named = request
            .id()
            .filter(|_| !request.kind().starts_with("schedule."));
        let Some(promise) = named.and_then(|id| model.kept.promises.get(id)) else {
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

use Standing::{Acquired, Dead, Fulfilled, Halted, NoPromise, NoTask, Pending, Suspended};

const ANY: &[Standing] = &[
    NoTask, Pending, Acquired, Suspended, Halted, Fulfilled, Dead,
];
const A_TASK: &[Standing] = &[Pending, Acquired, Suspended, Halted, Fulfilled, Dead];
const NONE: &[Standing] = &[NoPromise];
/// Dead is here because a dead promise may have no task either.
const NO_TASK: &[Standing] = &[NoPromise, NoTask, Dead];

/// The table of transitions (§3.1, §3.2) read as answers: what a request that is well formed is
/// answered, and for which standings of what it names.
const TABLE: &[(&str, u16, &[Standing])] = &[
    ("promise.get", 200, ANY),
    ("promise.get", 404, NONE),
    ("promise.create", 200, ANY),
    ("promise.create", 200, NONE),
    ("promise.settle", 200, ANY),
    ("promise.settle", 404, NONE),
    ("promise.register_callback", 200, ANY),
    ("promise.register_callback", 404, NONE),
    ("promise.register_callback", 422, ANY),
    ("promise.register_listener", 200, ANY),
    ("promise.register_listener", 404, NONE),
    ("promise.search", 200, NONE),
    ("task.get", 200, A_TASK),
    ("task.get", 404, NO_TASK),
    ("task.create", 200, &[NoPromise, Pending, Fulfilled, Dead]),
    ("task.create", 409, &[Acquired, Suspended, Halted]),
    ("task.create", 422, &[NoTask, Dead]),
    ("task.acquire", 200, &[Pending]),
    ("task.acquire", 404, NO_TASK),
    ("task.acquire", 409, A_TASK),
    ("task.fence", 200, &[Acquired]),
    ("task.fence", 404, NO_TASK),
    ("task.fence", 409, A_TASK),
    ("task.suspend", 200, &[Acquired]),
    ("task.suspend", 300, &[Acquired]),
    ("task.suspend", 422, &[Acquired]),
    ("task.suspend", 404, NO_TASK),
    ("task.suspend", 409, A_TASK),
    ("task.release", 200, &[Acquired]),
    ("task.release", 404, NO_TASK),
    ("task.release", 409, A_TASK),
    ("task.fulfill", 200, &[Acquired]),
    ("task.fulfill", 404, NO_TASK),
    ("task.fulfill", 409, A_TASK),
    ("task.heartbeat", 200, NONE),
    ("task.halt", 200, &[Pending, Acquired, Suspended, Halted]),
    ("task.halt", 404, NO_TASK),
    ("task.halt", 409, &[Fulfilled, Dead]),
    ("task.continue", 200, &[Halted]),
    ("task.continue", 404, NO_TASK),
    (
        "task.continue",
        409,
        &[Pending, Acquired, Suspended, Fulfilled, Dead],
    ),
    ("task.search", 200, NONE),
    ("schedule.get", 200, NONE),
    ("schedule.get", 404, NONE),
    ("schedule.create", 200, NONE),
    ("schedule.delete", 200, NONE),
    ("schedule.delete", 404, NONE),
    ("schedule.search", 200, NONE),
];

/// How often each cell (kind, status, standing) was hit.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    /// The cells.
    pub cells: BTreeMap<(&'static str, u16, Standing), u64>,
}

impl Reach {
    /// Counts one answered request.
    pub fn count(&mut self, request: &Request, standing: Standing, answer: &Answer) {
        let status = status(answer);
        let cell = (request.kind(), status, standing);
        *self.cells.entry(cell).or_default() += 1;
    }

    /// The cells of the table of transitions that were not hit, and those that were hit without
    /// being in it. A malformed request (400) may come at any time.
    #[must_use]
    pub fn gaps(&self) -> Vec<String> {
        let row = |(kind, status, standings): &(&'static str, u16, &'static [Standing])| {
            let (kind, status) = (*kind, *status);
            let cell = move |standing: &Standing| (kind, status, *standing);
            standings.iter().map(cell)
        };
        let table: BTreeSet<_> = TABLE.iter().flat_map(row).collect();
        let well_formed = self.cells.keys().filter(|(_, status, _)| *status != 400);
        let hit: BTreeSet<_> = well_formed.copied().collect();
        let missed = table
            .difference(&hit)
            .map(|cell| format!("{cell:?} was not hit"));
        let strange = hit
            .difference(&table)
            .map(|cell| format!("{cell:?} is not in the table"));
        missed.chain(strange).collect()
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

/// The answer's status on the wire.
fn status(answer: &Answer) -> u16 {
    match answer {
        Err(refusal) => refusal.status.code(),
        Ok(Response::Redirect { .. }) => 300,
        Ok(_) => 200,
    }
}
