//! The engine as a machine under test.

use std::fmt;
use std::sync::Arc;

use resonate_core::Millis;
use resonate_core::engine::invariants::{self, Cause, Transition};
use resonate_core::engine::{Config, Engine, Snapshot};
use resonate_core::protocol::{Answer, Outgoing, Request};
use resonate_core::store::Store;

use super::Machine;
use crate::machine::Kept;

/// How often the store's indices are compared with what they index, which costs the most.
const STEPS_PER_INDEX_CHECK: usize = 16;

/// How many batches one tick may take; more means that one of them leaves its work undone.
const ROUNDS_MAX: usize = 10_000;

/// An engine over a store that does not fail.
pub struct Hosted<S: Store> {
    engine: Option<Engine<S>>,
    reopen: Box<dyn Fn(S) -> S>,
    retire: Option<Box<dyn Fn(S)>>,
    last: Option<Last>,
    before: Snapshot,
    steps: usize,
}

/// The step that was made last.
struct Last {
    cause: Cause,
    /// What it said, if it was committed on its own.
    messages: Option<Vec<Outgoing>>,
    /// Whether `before` is what it started from.
    follows: bool,
}

impl<S: Store> Hosted<S> {
    /// The engine over what `store` keeps; `reopen` closes a store and opens it again.
    #[must_use]
    pub fn new(store: S, reopen: impl Fn(S) -> S + 'static) -> Self {
        Self {
            engine: Some(Engine::new(store, Config::default())),
            reopen: Box::new(reopen),
            retire: None,
            last: None,
            before: Snapshot::default(),
            steps: 0,
        }
    }

    /// The same, that hands out its store when it is dropped.
    #[must_use]
    pub fn retiring(mut self, retire: impl Fn(S) + 'static) -> Self {
        self.retire = Some(Box::new(retire));
        self
    }

    fn engine(&mut self) -> &mut Engine<S> {
        self.engine.as_mut().expect("it is there between two calls")
    }

    fn store(&self) -> &S {
        let engine = self.engine.as_ref();
        engine.expect("it is there between two calls").store()
    }

    fn note(&mut self, cause: Cause) {
        self.last = Some(Last {
            cause,
            messages: None,
            follows: self.last.is_none(),
        });
    }
}

impl<S: Store> Machine for Hosted<S> {
    fn handle(&mut self, now: Millis, request: &Request) -> Answer {
        self.note(Cause::Request);
        sound(self.engine().handle(now, request))
    }

    fn tick(&mut self, now: Millis) {
        self.note(Cause::Tick);
        let more = (0..ROUNDS_MAX).all(|_| sound(self.engine().tick(now)));
        assert!(!more, "something stays due at {now}");
    }

    fn commit(&mut self) -> Vec<Outgoing> {
        let sent = sound(self.engine().commit());
        if let Some(last) = self.last.as_mut().filter(|last| last.follows) {
            last.messages = Some(sent.clone());
        }
        sent
    }

    fn rollback(&mut self) {
        self.last = None;
        self.engine().rollback();
    }

    fn reopen(&mut self) {
        self.rollback();
        let engine = self.engine.take().map(Engine::into_store);
        let store = engine.map(|store| (self.reopen)(store));
        self.engine = store.map(|store| Engine::new(store, Config::default()));
    }

    fn kept(&self) -> Kept {
        let snapshot = sound(Snapshot::of(self.store()));
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
        let engine = self.engine.as_ref();
        engine.and_then(|engine| sound(engine.next_wakeup()))
    }

    fn check(&mut self, now: Millis, same: &Kept) -> Result<bool, String> {
        let after = sound(Snapshot::of(self.store()));
        let mut violations = invariants::check_state(&after, now);
        let last = self.last.take();
        if let Some((cause, messages)) = last.and_then(|it| Some((it.cause, it.messages?))) {
            violations.extend(invariants::check_step(&Transition {
                cause,
                now,
                retain: None,
                before: &self.before,
                after: &after,
                messages: &messages,
            }));
        }
        self.steps += 1;
        if self.steps.is_multiple_of(STEPS_PER_INDEX_CHECK) {
            violations.extend(sound(invariants::check(self.store(), now)));
        }
        self.before = after;
        let told: Vec<_> = violations.iter().map(ToString::to_string).collect();
        if told.is_empty() {
            return Ok(is(&self.before, same));
        }
        Err(told.join("\n"))
    }
}

impl<S: Store> Drop for Hosted<S> {
    fn drop(&mut self) {
        if let (Some(retire), Some(engine)) = (&self.retire, self.engine.take()) {
            retire(engine.into_store());
        }
    }
}

/// Whether a snapshot holds exactly what the model keeps.
fn is(snapshot: &Snapshot, kept: &Kept) -> bool {
    let edges = kept
        .edges
        .iter()
        .map(|((awaited, awaiter), ready)| (awaited, awaiter, *ready));
    let schedules = kept.schedules.iter();
    snapshot.promises == kept.promises
        && snapshot.listeners == kept.listeners
        && edges.eq(snapshot
            .edges
            .iter()
            .map(|it| (&it.awaited, &it.awaiter, it.ready)))
        && schedules.eq(snapshot.schedules.iter().map(|(id, it)| (id, &**it)))
}

impl<S: Store> fmt::Debug for Hosted<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.store().describe())
    }
}

fn sound<T, E: fmt::Display>(result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| panic!("the store failed: {error}"))
}
