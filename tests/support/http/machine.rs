//! A server as a machine under test: its clock is paused, and time passes as the test says.

use std::collections::BTreeMap;

use resonate_core::Millis;
use resonate_core::engine::Snapshot;
use resonate_core::engine::invariants::{self, Cause, Transition};
use resonate_core::protocol::{Answer, Outgoing, Request};
use serde_json::{Value, json};

use super::Client;
use super::snap::Snap;
use crate::engine::message_words;
use crate::machine::Kept;
use crate::twin::Machine;

/// A server in debug mode, emptied.
#[derive(Debug)]
pub struct HttpMachine {
    client: Client,
    kept: Snapshot,
    before: Snapshot,
    cause: Option<Cause>,
    now: Millis,
    /// What is to be sent.
    sent: Vec<Outgoing>,
    /// What was said in the last step that was committed.
    said: Vec<Outgoing>,
    /// Messages that the server has shown before, as words, with the number of each.
    shown: BTreeMap<String, Option<u64>>,
    /// Whether the server shows all that ours does: it numbers its messages, so that repeated ones
    /// can be told, and says who resumed a task.
    is_exact: bool,
}

impl HttpMachine {
    /// The server of this client.
    ///
    /// # Errors
    /// The status with which it refuses debug requests.
    pub fn fresh(client: Client) -> Result<Self, u16> {
        let reset = client.call("debug.reset", &json!({}));
        if reset.status != 200 {
            return Err(reset.status);
        }
        let client = client.in_its_dialect();
        // Newer servers have no clock to pause: theirs follows the requests.
        let _paused = client.call("debug.start", &json!({}));
        let _emptied = client.call("debug.reset", &json!({}));
        Ok(Self {
            client,
            kept: Snapshot::default(),
            before: Snapshot::default(),
            cause: None,
            now: Millis::ZERO,
            sent: Vec::new(),
            said: Vec::new(),
            shown: BTreeMap::new(),
            is_exact: true,
        })
    }

    /// Whether what is expected was said. A server that does not number its messages shows those
    /// that wait: all of them must have been expected, and those expected must be among them.
    #[must_use]
    pub fn hears(&self, expected: &[String], sent: &[String]) -> bool {
        if self.is_exact {
            return expected == sent;
        }
        sent.iter().all(|message| expected.contains(message))
            && expected
                .iter()
                .all(|message| self.shown.contains_key(message))
    }

    fn look(&mut self, cause: Cause, now: Millis) {
        self.now = self.now.max(now);
        self.cause = Some(cause);
        let snap = self.client.call("debug.snap", &json!({}));
        assert_eq!(snap.status, 200, "{snap:?}");
        let data: Value = snap.data();
        let snap: Snap = serde_json::from_value(data).expect("a snap has its shape");
        self.is_exact = snap.is_whole();
        let mut shown = BTreeMap::new();
        for message in snap.messages() {
            let words = message_words(&message.outgoing);
            if self.shown.get(&words) != Some(&message.number) {
                self.sent.push(message.outgoing);
            }
            shown.insert(words, message.number);
        }
        self.shown = shown;
        self.kept = snap.snapshot(self.now);
    }
}

impl Machine for HttpMachine {
    fn handle(&mut self, now: Millis, request: &Request) -> Answer {
        let answer = self.client.ask(request, Some(now));
        self.look(Cause::Request, now);
        answer
    }

    fn tick(&mut self, now: Millis) {
        let now = now.max(self.now);
        let time = json!({"time": now.get()});
        let ticked = self.client.call_at(now.get(), "debug.tick", &time);
        assert_eq!(ticked.status, 200, "{ticked:?}");
        self.look(Cause::Tick, now);
    }

    fn commit(&mut self) -> Vec<Outgoing> {
        self.said = std::mem::take(&mut self.sent);
        self.said.clone()
    }

    fn rollback(&mut self) {
        unreachable!("a server commits every request");
    }

    fn reopen(&mut self) {
        unreachable!("a server is not started anew");
    }

    fn kept(&self) -> Kept {
        let snapshot = self.kept.clone();
        Kept {
            promises: snapshot.promises,
            edges: snapshot
                .edges
                .into_iter()
                .map(|edge| ((edge.awaited, edge.awaiter), edge.ready))
                .collect(),
            listeners: snapshot.listeners,
            schedules: snapshot
                .schedules
                .into_iter()
                .map(|(id, schedule)| (id, std::sync::Arc::unwrap_or_clone(schedule)))
                .collect(),
        }
    }

    fn next_wakeup(&self) -> Option<Millis> {
        let promises = self.kept.promises.values();
        let promises = promises.flat_map(|it| [it.deadline_due(), it.task_due()]);
        let schedules = self.kept.schedules.values();
        let schedules = schedules.map(|it| Some(it.next_run_at));
        let all = promises.chain(schedules).flatten();
        all.min().filter(|at| *at < Millis::MAX)
    }

    /// The properties of the specification, over what the server shows.
    fn check(&mut self, _: Millis, _: &Kept) -> Result<bool, String> {
        if !self.is_exact {
            return Ok(false);
        }
        let mut violations = invariants::check_state(&self.kept, self.now);
        if let Some(cause) = self.cause.take() {
            violations.extend(invariants::check_step(&Transition {
                cause,
                now: self.now,
                retain: None,
                before: &self.before,
                after: &self.kept,
                messages: &self.said,
            }));
        }
        self.before = self.kept.clone();
        let told: Vec<_> = violations.iter().map(ToString::to_string).collect();
        if told.is_empty() {
            Ok(false)
        } else {
            Err(told.join("\n"))
        }
    }
}
