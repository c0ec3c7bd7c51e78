//! What scripts are made of.

use resonate_core::Millis;
use resonate_core::protocol::Request;

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What the clock shows.
    pub now: Millis,
    /// What happens.
    pub action: Action,
}

/// What happens in a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// A request comes in.
    Ask(Request),
    /// Time passes: everything due is done.
    Tick,
    /// The open transaction is kept. Where nobody says so, every step is.
    Commit,
    /// The open transaction is given up.
    Rollback,
    /// The open transaction is given up, and the machine starts anew on what is kept.
    Reopen,
}
