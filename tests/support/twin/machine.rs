//! What a machine under test has to offer.

use resonate_core::Millis;
use resonate_core::protocol::{Answer, Outgoing, Request};

use crate::machine::Kept;

/// A machine of the protocol that takes steps in transactions.
pub trait Machine {
    /// Answers a request.
    fn handle(&mut self, now: Millis, request: &Request) -> Answer;
    /// Does everything that is due, however many rounds that takes.
    fn tick(&mut self, now: Millis);
    /// Keeps what was done since the last commit, and says what is to be sent for it.
    fn commit(&mut self) -> Vec<Outgoing>;
    /// Forgets what was done since the last commit, but not that time has passed.
    fn rollback(&mut self);
    /// As [`Machine::rollback`], and starts anew on what is kept.
    fn reopen(&mut self);
    /// Everything that stands, committed or not.
    fn kept(&self) -> Kept;
    /// When something will be due next.
    fn next_wakeup(&self) -> Option<Millis>;
    /// Whether it keeps the same, and its own rules at this instant, about the state and about
    /// the step from the last call to this one. Only the rules are told; see [`Machine::kept`].
    ///
    /// # Errors
    /// The rules that are broken, as text.
    fn check(&mut self, now: Millis, same: &Kept) -> Result<bool, String>;
}
