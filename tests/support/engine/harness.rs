//! An engine whose every step is checked against the properties of the specification.

use std::fmt;
use std::time::Duration;

use resonate_core::Millis;
use resonate_core::engine::invariants::{self, Cause, Transition};
use resonate_core::engine::{Config, Engine, Snapshot};
use resonate_core::model::Promise;
use resonate_core::protocol::{Answer, Outgoing, Request};
use resonate_core::store::{MemoryStore, Store};

use super::workload::Action;
use crate::temporary::TemporaryStore;

/// An engine on some store, and the clock of the test.
pub struct EngineHarness {
    engine: Engine<Box<dyn Store + Send>>,
    now: Millis,
    /// The engine's clock, which does not follow a step back.
    latest: Millis,
    before: Snapshot,
    retain: Option<Duration>,
}

/// Makes a new, empty store.
pub type StoreFactory = fn() -> Box<dyn Store + Send>;

/// Every store that the engine must behave the same on.
#[must_use]
pub fn stores() -> Vec<(&'static str, StoreFactory)> {
    vec![
        ("memory", || Box::new(MemoryStore::default())),
        ("SQLite", || Box::new(TemporaryStore::new())),
    ]
}

impl EngineHarness {
    /// An engine on `store`.
    #[must_use]
    pub fn new(store: Box<dyn Store + Send>, config: Config) -> Self {
        let retain = config.retain;
        let engine = Engine::new(store, config);
        let before = Snapshot::of(engine.store()).expect("a new store can be read");
        Self {
            engine,
            now: Millis::ZERO,
            latest: Millis::ZERO,
            before,
            retain,
        }
    }

    /// Sets the clock.
    pub fn at(&mut self, now: Millis) -> &mut Self {
        self.now = now;
        self.latest = self.latest.max(now);
        self
    }

    /// The clock.
    #[must_use]
    pub fn now(&self) -> Millis {
        self.now
    }

    /// Carries out one request in a transaction of its own.
    ///
    /// # Panics
    /// When the step violates a property, or a refusal or a read changes anything but to settle
    /// what is past its deadline.
    #[track_caller]
    pub fn send(&mut self, request: &Request) -> (Answer, Vec<Outgoing>) {
        let before = self.before.clone();
        let answer = self.engine.handle(self.now, request);
        let answer = answer.expect("the store works");
        let messages = self.observe(Cause::Request);
        let inert = answer.is_err() || reads(request);
        let mut kept = before.promises.values();
        if inert && kept.all(|promise| !is_dead(promise, self.latest)) {
            let clock = self.before.clock;
            let unchanged = Snapshot { clock, ..before };
            assert_eq!(self.before, unchanged, "after {request:?}");
        }
        (answer, messages)
    }

    /// Acts on everything that is due.
    ///
    /// # Panics
    /// When a step violates a property.
    #[track_caller]
    pub fn tick(&mut self) -> Vec<Outgoing> {
        let mut messages = Vec::new();
        loop {
            let more = self.engine.tick(self.now).expect("the store works");
            messages.extend(self.observe(Cause::Tick));
            if !more {
                return messages;
            }
        }
    }

    /// Takes up work after a restart, with the processes `gone` gone.
    ///
    /// # Panics
    /// When the step violates a property.
    #[track_caller]
    pub fn recover(&mut self, gone: &[&str]) -> Vec<Outgoing> {
        self.engine
            .recover(self.now, &|pid| gone.contains(&pid.as_str()))
            .expect("the store works");
        self.observe(Cause::Recovery)
    }

    /// Does what a workload says.
    ///
    /// # Panics
    /// As the step that it stands for.
    #[track_caller]
    pub fn act(&mut self, now: Millis, action: &Action) -> (Option<Answer>, Vec<Outgoing>) {
        self.at(now);
        match action {
            Action::Send(request) => {
                let (answer, said) = self.send(request);
                (Some(answer), said)
            }
            Action::Tick => (None, self.tick()),
            Action::Recover(gone) => (None, self.recover(&[gone.as_str()])),
        }
    }

    /// The engine, to look at.
    #[must_use]
    pub fn engine(&self) -> &Engine<Box<dyn Store + Send>> {
        &self.engine
    }

    /// What is kept.
    #[must_use]
    pub fn snapshot(&self) -> &Snapshot {
        &self.before
    }

    /// Commits one step and checks it.
    #[track_caller]
    fn observe(&mut self, cause: Cause) -> Vec<Outgoing> {
        let messages = self.engine.commit().expect("the store works");
        let after = Snapshot::of(self.engine.store()).expect("the store works");
        let mut violations =
            invariants::check(self.engine.store(), self.latest).expect("the store works");
        violations.extend(invariants::check_step(&Transition {
            cause,
            now: self.latest,
            retain: self.retain,
            before: &self.before,
            after: &after,
            messages: &messages,
        }));
        let violations: Vec<_> = violations.iter().map(ToString::to_string).collect();
        assert!(
            violations.is_empty(),
            "at {}:\n{}",
            self.latest,
            violations.join("\n")
        );
        self.before = after;
        messages
    }
}

/// Whether the request only reads.
fn reads(request: &Request) -> bool {
    let kind = request.kind();
    kind.ends_with(".get") || kind.ends_with(".search")
}

/// Whether the promise is past its deadline and not settled yet.
fn is_dead(promise: &Promise, now: Millis) -> bool {
    promise.record.state.is_pending() && !promise.is_live(now)
}

impl fmt::Debug for EngineHarness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EngineHarness")
            .field("now", &self.now)
            .field("kept", &self.before)
            .finish_non_exhaustive()
    }
}
