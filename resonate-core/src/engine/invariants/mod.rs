//! What must hold of everything kept, and of every step, whatever was asked in whatever order.
//!
//! The properties are those of the protocol's specification, under their numbers there: a and b
//! for one promise and one task, c for schedules, d for how they fit together; e, f, g and h for
//! the same across one step. Those that the types of [`model`](crate::model) already rule out
//! (a holder exactly while acquired, an awaiter listed once) need no check. `k` marks our own:
//! what the stores' indices must agree with.

mod index;
mod messages;
mod promise_step;
mod state;
mod task_step;

use std::fmt;
use std::time::Duration;

use super::Snapshot;
use crate::Millis;
use crate::protocol::Outgoing;
use crate::store::{StoreError, View};

/// A property that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// Its number, such as `a5`.
    pub property: &'static str,
    /// The promise, task or schedule that violates it.
    pub subject: String,
    /// What does not hold.
    pub statement: &'static str,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            property,
            subject,
            statement,
        } = self;
        write!(f, "{property} `{subject}`: {statement}")
    }
}

/// Who took a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A client, by a request.
    Request,
    /// The clock, by a tick.
    Tick,
    /// A host that starts, by a recovery.
    Recovery,
}

/// One step, seen from outside: what was kept before and after it, and what it said.
#[derive(Clone, Copy, Debug)]
pub struct Transition<'a> {
    /// Who took it.
    pub cause: Cause,
    /// When it was taken.
    pub now: Millis,
    /// For how long finished executions are kept, if not for ever.
    pub retain: Option<Duration>,
    /// What was kept before it.
    pub before: &'a Snapshot,
    /// What was kept after it.
    pub after: &'a Snapshot,
    /// The messages that it caused.
    pub messages: &'a [Outgoing],
}

impl Transition<'_> {
    /// Whether the step left all edges and listeners as they were. A promise that it left too then
    /// violates nothing that was not violated before.
    fn is_still(&self) -> bool {
        self.before.edges == self.after.edges && self.before.listeners == self.after.listeners
    }
}

/// Every property of a state that `view` violates at `now`, and every index of it that does not
/// agree with what it indexes.
///
/// # Errors
/// When the store fails.
pub fn check(view: &dyn View, now: Millis) -> Result<Vec<Violation>, StoreError> {
    let snapshot = Snapshot::of(view)?;
    let mut found = check_state(&snapshot, now);
    found.extend(index::check(view, &snapshot, now)?);
    Ok(found)
}

/// Every property of a state that `snapshot` violates at `now`.
#[must_use]
pub fn check_state(snapshot: &Snapshot, now: Millis) -> Vec<Violation> {
    let mut findings = Findings::default();
    state::check(snapshot, now, &mut findings);
    findings.0
}

/// Every property of a step that `step` violates.
#[must_use]
pub fn check_step(step: &Transition<'_>) -> Vec<Violation> {
    let mut findings = Findings::default();
    promise_step::check(step, &mut findings);
    task_step::check(step, &mut findings);
    messages::check(step, &mut findings);
    findings.0
}

/// What has been found so far.
#[derive(Default)]
struct Findings(Vec<Violation>);

impl Findings {
    /// Notes a violation unless the property holds of the subject.
    fn must(
        &mut self,
        property: &'static str,
        subject: impl AsRef<str>,
        holds: bool,
        statement: &'static str,
    ) {
        if !holds {
            self.0.push(Violation {
                property,
                subject: subject.as_ref().to_owned(),
                statement,
            });
        }
    }
}
