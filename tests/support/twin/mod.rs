//! Two machines that are given the same steps and have to say and keep the same.

mod difference;
mod engine;
mod generate;
mod machine;
mod reach;
mod run;
mod shrink;

pub use difference::difference;
pub use engine::Committing;
pub use generate::Generator;
pub use machine::Machine;
pub use reach::{Reach, Standing};
pub use run::{Run, agree, first_difference, run, setting};
pub use shrink::{report, shrink};

use resonate_core::protocol::{Answer, Message, Outgoing, Refusal, Response};

use crate::machine::Model;
use crate::script::{Action, Step};

/// A machine under test beside the model.
#[derive(Debug)]
pub struct Twin<M> {
    machine: M,
    /// The model, as it stands after the last step.
    pub model: Model,
}

impl<M: Machine> Twin<M> {
    /// Both of them empty.
    #[must_use]
    pub fn new(machine: M, model: Model) -> Self {
        Self { machine, model }
    }

    /// Takes one step on both, and answers what the model answered.
    ///
    /// # Errors
    /// What is different after it, as text.
    pub fn step(&mut self, step: &Step) -> Result<Option<Answer>, String> {
        let mut answer = None;
        match &step.action {
            Action::Ask(request) => {
                let expected = self.model.handle(step.now, request);
                let got = blank(self.machine.handle(step.now, request));
                if got != expected {
                    return Err(format!("model {expected:#?}\nmachine {got:#?}"));
                }
                answer = Some(expected);
            }
            Action::Tick => {
                self.model.tick(step.now);
                self.machine.tick(step.now);
            }
        }
        let expected = sorted(std::mem::take(&mut self.model.sent));
        let got = sorted(self.machine.take_sent());
        if got != expected {
            return Err(format!("model sends {expected:#?}\nmachine sends {got:#?}"));
        }
        difference(&self.model, &self.machine.kept())?;
        self.machine.check()?;
        let (expected, got) = (self.model.next_wakeup(), self.machine.next_wakeup());
        if got == expected {
            return Ok(answer);
        }
        Err(format!("model wakes at {expected:?}, machine at {got:?}"))
    }
}

/// The answer without the texts of refusals, which are not part of the protocol.
fn blank(answer: Answer) -> Answer {
    let blank = |refusal: Refusal| Refusal::new(refusal.status, "");
    match answer {
        Ok(Response::Fenced {
            kind,
            result,
            preload,
        }) => Ok(Response::Fenced {
            kind,
            result: result.map_err(blank),
            preload,
        }),
        Ok(response) => Ok(response),
        Err(refusal) => Err(blank(refusal)),
    }
}

/// Messages have no order among them, so any fixed one will do.
fn sorted(mut sent: Vec<Outgoing>) -> Vec<Outgoing> {
    sent.sort_by(|a, b| key(a).cmp(&key(b)));
    sent
}

fn key(outgoing: &Outgoing) -> (bool, &str, &str) {
    match &outgoing.message {
        Message::Execute(task) => (false, task.id.as_str(), &outgoing.address),
        Message::Unblock(promise) => (true, promise.id.as_str(), &outgoing.address),
    }
}
