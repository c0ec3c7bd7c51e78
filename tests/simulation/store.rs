//! A store that outlives its engines, watches every step they take, and fails when told to.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

use resonate_core::engine::invariants::{self, Cause, Transition, Violation};
use resonate_core::engine::{Snapshot, invariants::check_state};
use resonate_core::model::{Edge, Promise};
use resonate_core::protocol::{PromiseRecord, ScheduleRecord};
use resonate_core::store::{Descendant, Due, Store, StoreError, StoreErrorKind, View, Write};
use resonate_core::{Millis, PromiseId, ScheduleId, Text};

use crate::clock::SkewedClock;
use crate::trace::Trace;

/// What is kept, whatever engine runs on it.
pub(crate) struct Vault {
    state: Mutex<State>,
    clock: Arc<SkewedClock>,
    trace: Arc<Trace>,
}

struct State {
    store: Box<dyn Store + Send>,
    /// What is kept, and what the open transaction makes of it.
    kept: Arc<Snapshot>,
    open: Arc<Snapshot>,
    /// The engine that may use the store: those before it are dead.
    tenure: u64,
    /// Commits that are to fail.
    failing: u32,
    latest: Millis,
    cause: Cause,
}

/// One engine's way to the store.
pub(crate) struct Door {
    vault: Arc<Vault>,
    tenure: u64,
}

impl Vault {
    pub(crate) fn new(
        store: Box<dyn Store + Send>,
        clock: Arc<SkewedClock>,
        trace: Arc<Trace>,
    ) -> Arc<Self> {
        let state = Mutex::new(State {
            store,
            kept: Arc::default(),
            open: Arc::default(),
            tenure: 0,
            failing: 0,
            latest: Millis::ZERO,
            cause: Cause::Request,
        });
        Arc::new(Self {
            state,
            clock,
            trace,
        })
    }

    /// A door for a new engine; doors given out before are shut, what they left open is lost.
    pub(crate) fn door(self: &Arc<Self>) -> Door {
        self.shut();
        let tenure = self.state().tenure;
        Door {
            vault: Arc::clone(self),
            tenure,
        }
    }

    /// Shuts every door.
    pub(crate) fn shut(&self) {
        let mut state = self.state();
        state.store.rollback();
        state.open = Arc::clone(&state.kept);
        state.tenure += 1;
        state.latest = state.store.clock().unwrap();
        self.clock.forget_told();
    }

    /// What the engine does from now on, it does for this cause.
    pub(crate) fn because(&self, cause: Cause) {
        self.state().cause = cause;
    }

    /// Lets the next commits fail.
    pub(crate) fn fail_commits(&self, count: u32) {
        self.state().failing = count;
    }

    /// What is kept now.
    pub(crate) fn kept(&self) -> Arc<Snapshot> {
        Arc::clone(&self.state().kept)
    }

    /// Compares what was seen to be written with what is there, and the indices with it.
    pub(crate) fn audit(&self) {
        let state = self.state();
        let read = Snapshot::of(&*state.store).unwrap();
        for line in state.kept.differences(&read) {
            self.trace.finding(format_args!("written and read: {line}"));
        }
        let found = invariants::check(&*state.store, state.latest).unwrap();
        self.report(&found);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn report(&self, found: &[Violation]) {
        for violation in found.iter().filter(|violation| !needs_messages(violation)) {
            self.trace.finding(violation);
        }
    }

    fn step(&self, state: &mut State, writes: &[Write]) {
        state.latest = state.latest.max(self.clock.told());
        let before = Arc::clone(&state.open);
        let after = Arc::make_mut(&mut state.open);
        for write in writes {
            write_into(after, write);
        }
        let found = invariants::check_step(&Transition {
            cause: state.cause,
            now: state.latest,
            retain: None,
            before: &before,
            after,
            messages: &[],
        });
        if !found.is_empty() {
            self.report(&found);
        }
    }
}

/// What a store cannot judge: messages pass it by.
fn needs_messages(violation: &Violation) -> bool {
    matches!(violation.property, "f16" | "g5")
}

fn write_into(snapshot: &mut Snapshot, write: &Write) {
    match write {
        Write::Reset => *snapshot = Snapshot::default(),
        Write::Promise(promise) => {
            snapshot
                .promises
                .insert(promise.id().clone(), promise.clone());
        }
        Write::RemovePromise(id) => drop(snapshot.promises.remove(id)),
        Write::Edge(edge) => {
            remove_edge(snapshot, &edge.awaited, &edge.awaiter);
            snapshot.edges.insert(edge.clone());
        }
        Write::RemoveEdge { awaited, awaiter } => remove_edge(snapshot, awaited, awaiter),
        Write::Listener { promise, address } => {
            snapshot
                .listeners
                .insert((promise.clone(), address.clone()));
        }
        Write::RemoveListeners(promise) => snapshot.listeners.retain(|(id, _)| id != promise),
        Write::Schedule(schedule) => {
            snapshot
                .schedules
                .insert(schedule.id.clone(), Arc::clone(schedule));
        }
        Write::RemoveSchedule(id) => {
            snapshot.schedules.remove(id);
        }
        Write::Clock(clock) => snapshot.clock = *clock,
    }
}

fn remove_edge(snapshot: &mut Snapshot, awaited: &PromiseId, awaiter: &PromiseId) {
    for ready in [false, true] {
        snapshot.edges.remove(&Edge {
            awaited: awaited.clone(),
            awaiter: awaiter.clone(),
            ready,
        });
    }
}

impl Door {
    fn enter(&self) -> Result<MutexGuard<'_, State>, StoreError> {
        let state = self.vault.state();
        if state.tenure == self.tenure {
            return Ok(state);
        }
        let message = "this engine is dead";
        Err(StoreError::new(StoreErrorKind::Poisoned, message))
    }
}

impl Store for Door {
    fn apply(&mut self, writes: Vec<Write>) -> Result<(), StoreError> {
        let mut state = self.enter()?;
        self.vault.step(&mut state, &writes);
        state.store.apply(writes)
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        let mut state = self.enter()?;
        if Arc::ptr_eq(&state.kept, &state.open) {
            return state.store.commit();
        }
        if state.failing > 0 {
            state.failing -= 1;
            self.vault.trace.count("failed commits");
            self.vault.trace.line("a commit fails");
            return Err(StoreError::new(StoreErrorKind::Full, "the disk is full"));
        }
        state.store.commit()?;
        state.kept = Arc::clone(&state.open);
        self.vault.trace.count("commits");
        let found = check_state(&state.kept, state.latest);
        self.vault.report(&found);
        Ok(())
    }

    fn rollback(&mut self) {
        if let Ok(mut state) = self.enter() {
            state.store.rollback();
            state.open = Arc::clone(&state.kept);
        }
    }

    fn blocks(&self) -> bool {
        // A thread of its own would not repeat.
        false
    }

    fn describe(&self) -> String {
        "a simulated store".to_owned()
    }
}

impl View for Door {
    fn promise(&self, id: &PromiseId) -> Result<Option<Promise>, StoreError> {
        self.enter()?.store.promise(id)
    }

    fn edges_to(&self, awaited: &PromiseId) -> Result<Vec<Edge>, StoreError> {
        self.enter()?.store.edges_to(awaited)
    }

    fn edges_of(&self, awaiter: &PromiseId) -> Result<Vec<Edge>, StoreError> {
        self.enter()?.store.edges_of(awaiter)
    }

    fn listeners(&self, promise: &PromiseId) -> Result<Vec<Text>, StoreError> {
        self.enter()?.store.listeners(promise)
    }

    fn branch(&self, branch: &str, limit: usize) -> Result<Vec<Arc<PromiseRecord>>, StoreError> {
        self.enter()?.store.branch(branch, limit)
    }

    fn schedule(&self, id: &ScheduleId) -> Result<Option<Arc<ScheduleRecord>>, StoreError> {
        self.enter()?.store.schedule(id)
    }

    fn promises_after(
        &self,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Promise>, StoreError> {
        self.enter()?.store.promises_after(cursor, limit)
    }

    fn schedules_after(
        &self,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Arc<ScheduleRecord>>, StoreError> {
        self.enter()?.store.schedules_after(cursor, limit)
    }

    fn roots_after(
        &self,
        cursor: Option<&(Millis, PromiseId)>,
        limit: usize,
    ) -> Result<Vec<(Millis, PromiseId)>, StoreError> {
        self.enter()?.store.roots_after(cursor, limit)
    }

    fn descendants(&self, root: &PromiseId) -> Result<Vec<Descendant>, StoreError> {
        self.enter()?.store.descendants(root)
    }

    fn due(&self, now: Millis, limit: usize) -> Result<Vec<Due>, StoreError> {
        self.enter()?.store.due(now, limit)
    }

    fn next_due(&self) -> Result<Option<Millis>, StoreError> {
        self.enter()?.store.next_due()
    }

    fn clock(&self) -> Result<Millis, StoreError> {
        self.enter()?.store.clock()
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault")
    }
}
