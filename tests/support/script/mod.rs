//! A language of one line per step, for cases that a person reads.
//!
//! ```text
//! @1000 create w 5000 TG      : 200 pending createdAt=1000 => execute w 0 poll://any@g
//! @1000 acquire w 0 P 1000    : 200 acquired v1 =>
//! @2000 tick                  =>  execute w 1 poll://any@g
//! ```
//!
//! A line says when, what, `:` the status and words that the answer shows, `=>` exactly the
//! messages that leave, separated by commas. `""` is the empty text and `_` in a cron a blank.

mod parse;
mod show;

pub use parse::{request, steps};
pub use show::{answer, outgoing};

use resonate_core::Millis;
use resonate_core::protocol::Request;

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

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What the clock shows.
    pub now: Millis,
    /// What happens.
    pub action: Action,
}

/// A step with what is expected of it.
#[derive(Clone, Debug)]
pub struct Line {
    /// The line as written.
    pub text: String,
    /// The step.
    pub step: Step,
    /// Words that the shown answer has to hold.
    pub answer: Vec<String>,
    /// The messages that leave, when the line says so, sorted.
    pub sent: Option<Vec<String>>,
}
