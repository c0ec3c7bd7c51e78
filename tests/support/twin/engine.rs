//! The engine as a machine under test: each step is committed on its own.

use std::fmt;
use std::sync::Arc;

use resonate_core::Millis;
use resonate_core::engine::{Config, Engine, Snapshot};
use resonate_core::protocol::{Answer, Outgoing, Request};
use resonate_core::store::Store;

use super::Machine;
use crate::machine::Kept;

/// An engine over a store that does not fail.
#[derive(Debug)]
pub struct Committing<S> {
    engine: Engine<S>,
    sent: Vec<Outgoing>,
}

impl<S: Store> Committing<S> {
    /// The engine over what `store` keeps.
    #[must_use]
    pub fn new(store: S) -> Self {
        let engine = Engine::new(store, Config::default());
        Self {
            engine,
            sent: Vec::new(),
        }
    }

    fn commit(&mut self) {
        let sent = self.engine.commit();
        self.sent.extend(sound(sent));
    }
}

impl<S: Store> Machine for Committing<S> {
    fn handle(&mut self, now: Millis, request: &Request) -> Answer {
        let answer = sound(self.engine.handle(now, request));
        self.commit();
        answer
    }

    fn tick(&mut self, now: Millis) {
        while sound(self.engine.tick(now)) {
            self.commit();
        }
        self.commit();
    }

    fn take_sent(&mut self) -> Vec<Outgoing> {
        std::mem::take(&mut self.sent)
    }

    fn kept(&self) -> Kept {
        let snapshot = sound(Snapshot::of(self.engine.store()));
        let edges = snapshot.edges.into_iter();
        let schedules = snapshot.schedules.into_iter();
        Kept {
            promises: snapshot.promises,
            edges: edges
                .map(|edge| ((edge.awaited, edge.awaiter), edge.ready))
                .collect(),
            listeners: snapshot.listeners,
            schedules: schedules
                .map(|(id, schedule)| (id, Arc::unwrap_or_clone(schedule)))
                .collect(),
        }
    }

    fn next_wakeup(&self) -> Option<Millis> {
        sound(self.engine.next_wakeup())
    }

    fn check(&self) -> Result<(), String> {
        Ok(())
    }
}

fn sound<T, E: fmt::Display>(result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| panic!("the store failed: {error}"))
}
