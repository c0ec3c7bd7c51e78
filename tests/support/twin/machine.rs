//! What a machine under test has to offer.

use resonate_core::Millis;
use resonate_core::protocol::{Answer, Outgoing, Request};

use crate::machine::{Kept, Model};

/// A machine of the protocol, one step at a time.
pub trait Machine {
    /// Answers a request and keeps what it changed.
    fn handle(&mut self, now: Millis, request: &Request) -> Answer;
    /// Does everything that is due, however many rounds that takes.
    fn tick(&mut self, now: Millis);
    /// What it has said since this was last asked.
    fn take_sent(&mut self) -> Vec<Outgoing>;
    /// What it keeps.
    fn kept(&self) -> Kept;
    /// When something will be due next.
    fn next_wakeup(&self) -> Option<Millis>;
    /// Its own rules about what it keeps.
    ///
    /// # Errors
    /// The rule that is broken, as text.
    fn check(&self) -> Result<(), String>;
}

/// The model itself, so that the model without a bug can be put beside one with a bug.
impl Machine for Model {
    fn handle(&mut self, now: Millis, request: &Request) -> Answer {
        Self::handle(self, now, request)
    }

    fn tick(&mut self, now: Millis) {
        Self::tick(self, now);
    }

    fn take_sent(&mut self) -> Vec<Outgoing> {
        std::mem::take(&mut self.sent)
    }

    fn kept(&self) -> Kept {
        self.kept.clone()
    }

    fn next_wakeup(&self) -> Option<Millis> {
        Self::next_wakeup(self)
    }

    fn check(&self) -> Result<(), String> {
        Ok(())
    }
}
