//! Two machines that are given the same steps and have to say and keep the same.

mod difference;
mod engine;
mod generate;
mod machine;
mod reach;
mod run;
mod shrink;
mod step;
mod transacted;

pub use difference::difference;
pub use engine::Hosted;
pub use generate::Generator;
pub use machine::Machine;
pub use reach::{Reach, Standing};
pub use run::{Plan, Run, agree, first_difference, run, setting};
pub use shrink::{report, shrink};
pub use step::{Action, Step};
pub use transacted::Transacted;

use resonate_core::Millis;
use resonate_core::protocol::{Answer, Message, Outgoing, Refusal, Response};

use crate::machine::Model;

/// When what was done is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commits {
    /// After each step.
    Always,
    /// When the script says so.
    OnDemand,
}

/// A machine under test beside the model.
#[derive(Debug)]
pub struct Twin<M> {
    machine: M,
    model: Transacted,
    commits: Commits,
    /// The clock at the last start: what nobody was told is not remembered beyond it.
    started: Millis,
}

impl<M: Machine> Twin<M> {
    /// Both of them empty.
    #[must_use]
    pub fn new(machine: M, model: Model, commits: Commits) -> Self {
        let model = Transacted::new(model, commits == Commits::OnDemand);
        Self {
            machine,
            model,
            commits,
            started: Millis::ZERO,
        }
    }

    /// The model as it stands.
    pub const fn model(&self) -> &Model {
        &self.model.model
    }

    /// Takes one step on both, and answers what the model answered.
    ///
    /// # Errors
    /// What is different after it, as text.
    pub fn step(&mut self, step: &Step) -> Result<Option<Answer>, String> {
        let answer = self.act(step)?;
        self.compare()?;
        Ok(answer)
    }

    /// As [`Twin::step`], but compares only what they say.
    ///
    /// # Errors
    /// What they say differently, as text.
    pub fn act(&mut self, step: &Step) -> Result<Option<Answer>, String> {
        let mut answer = None;
        let now = step.now.max(self.started);
        match &step.action {
            Action::Ask(request) => {
                let expected = self.model.handle(now, request);
                let got = blank(self.machine.handle(now, request));
                if got != expected {
                    return Err(format!("model {expected:#?}\nmachine {got:#?}"));
                }
                answer = Some(expected);
            }
            Action::Tick => {
                self.model.tick(now);
                self.machine.tick(now);
            }
            Action::Commit => self.commit()?,
            Action::Rollback => {
                self.model.rollback();
                self.machine.rollback();
            }
            Action::Reopen => {
                self.model.reopen();
                self.machine.reopen();
                self.started = self.model.model.clock;
            }
        }
        if self.commits == Commits::Always {
            self.commit()?;
        }
        Ok(answer)
    }

    fn commit(&mut self) -> Result<(), String> {
        let expected = sorted(self.model.commit());
        let got = sorted(self.machine.commit());
        if got == expected {
            return Ok(());
        }
        Err(format!("model sends {expected:#?}\nmachine sends {got:#?}"))
    }

    /// Compares what they keep.
    ///
    /// # Errors
    /// What is different, as text.
    pub fn compare(&mut self) -> Result<(), String> {
        let model = &self.model.model;
        if !self.machine.check(model.clock, &model.kept)? {
            difference(&model.kept, &self.machine.kept())?;
        }
        let (expected, got) = (self.model.next_wakeup(), self.machine.next_wakeup());
        if got == expected {
            return Ok(());
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
