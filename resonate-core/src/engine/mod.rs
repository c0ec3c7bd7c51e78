//! The machine: 21 requests and 6 internal steps, with neither I/O nor a clock.
//!
//! A host hands requests to [`Engine::handle`], calls [`Engine::tick`] when
//! [`Engine::next_wakeup`] says so, and sends what [`Engine::commit`] returns. Each request is
//! one atomic step; many steps may share one commit, and no message leaves before the commit
//! that caused it.

mod config;
mod due;
mod fence;
pub mod invariants;
mod outbox;
mod preload;
mod promise;
mod recover;
mod refuse;
mod request;
mod retain;
mod schedule;
mod search;
mod settle;
mod snapshot;
mod step;
mod suspend;
mod task;
mod validate;

pub use config::Config;
pub use snapshot::Snapshot;

use std::fmt;

use self::outbox::Outbox;
use self::retain::Sweep;
use self::step::{Done, Step};
use crate::protocol::{Answer, Outgoing, Request};
use crate::store::{Store, StoreError, StoreErrorKind, Write};
use crate::{Millis, ProcessId};

/// A durable-promise server without a wire: a store, and the rules of the protocol.
///
/// ```
/// use resonate_core::Millis;
/// use resonate_core::engine::{Config, Engine};
/// use resonate_core::protocol::{PromiseCreate, Request, Response};
/// use resonate_core::store::MemoryStore;
///
/// let mut engine = Engine::new(MemoryStore::default(), Config::default());
/// let create = Request::PromiseCreate(PromiseCreate {
///     id: "approval".into(),
///     timeout_at: Millis::new(5_000),
///     param: Default::default(),
///     tags: Default::default(),
/// });
/// let answer = engine.handle(Millis::new(1_000), &create)?;
/// assert!(matches!(answer, Ok(Response::Promise(promise)) if promise.state.is_pending()));
/// assert!(engine.commit()?.is_empty());
/// # Ok::<(), resonate_core::store::StoreError>(())
/// ```
pub struct Engine<S> {
    store: S,
    config: Config,
    outbox: Outbox,
    clock: Option<Clock>,
    /// How far finished executions have been looked through, to forget them.
    sweep: Sweep,
    /// Whether the open transaction holds anything worth a commit.
    dirty: bool,
    /// The clock before the open transaction reset it.
    before_reset: Option<Option<Clock>>,
    /// How the store failed in the open transaction, which can then only be given up.
    failed: Option<StoreErrorKind>,
}

/// The engine's clock, which never goes back.
#[derive(Clone, Copy, Debug)]
struct Clock {
    /// The latest instant that was seen.
    now: Millis,
    /// The latest instant that the store keeps.
    kept: Millis,
}

impl<S: Store> Engine<S> {
    /// An engine over what `store` keeps.
    #[must_use]
    pub fn new(store: S, config: Config) -> Self {
        Self {
            store,
            config: config.bounded(),
            outbox: Outbox::default(),
            clock: None,
            sweep: Sweep::default(),
            dirty: false,
            before_reset: None,
            failed: None,
        }
    }

    /// Carries out one request as one atomic step of the open transaction.
    ///
    /// The clock never goes back: an earlier `now` counts as the latest one seen. Answers may be
    /// handed out only after [`Engine::commit`]. A refusal is an answer; it changes nothing but
    /// that promises named by the request are settled if their deadline has passed.
    ///
    /// # Errors
    /// When the store fails. The open transaction can then only be given up, with
    /// [`Engine::rollback`].
    pub fn handle(&mut self, now: Millis, request: &Request) -> Result<Answer, StoreError> {
        self.step(now, |step| match validate::request(request) {
            Ok(()) => request::carry_out(step, request),
            Err(refusal) => Ok(Err(refusal)),
        })
    }

    /// Acts on what is due at `now`, on at most [`Config::batch_max`] things, forgets as many
    /// promises of executions whose retention is over, and says whether more is due.
    ///
    /// # Errors
    /// When the store fails, as [`Engine::handle`].
    pub fn tick(&mut self, now: Millis) -> Result<bool, StoreError> {
        self.step(now, due::act)?;
        if self.config.retain.is_some() {
            let mut sweep = std::mem::take(&mut self.sweep);
            self.step(now, |step| retain::forget(step, &mut sweep))?;
            self.sweep = sweep;
        }
        let now = self.clock.map_or(now, |clock| clock.now);
        let next = self.next_wakeup()?;
        Ok(next.is_some_and(|next| next <= now))
    }

    /// Keeps everything since the last commit and hands out the messages it caused.
    ///
    /// # Errors
    /// When the store fails now or failed since the last commit. Everything since the last
    /// commit is then given up, messages too.
    pub fn commit(&mut self) -> Result<Vec<Outgoing>, StoreError> {
        let kept = self.try_commit();
        if kept.is_err() {
            self.rollback();
        }
        kept
    }

    /// Gives up everything since the last commit, messages too.
    pub fn rollback(&mut self) {
        self.store.rollback();
        self.outbox = Outbox::default();
        self.sweep = Sweep::default();
        if let Some(clock) = self.before_reset.take() {
            self.clock = clock;
        }
        self.dirty = false;
        self.failed = None;
    }

    /// Forgets everything, and sets the clock back to its beginning: for tests.
    ///
    /// # Errors
    /// When the store fails, as [`Engine::handle`].
    pub fn reset(&mut self) -> Result<(), StoreError> {
        self.check_usable()?;
        if let Err(error) = self.store.apply(vec![Write::Reset]) {
            self.failed = Some(error.kind());
            return Err(error);
        }
        self.before_reset.get_or_insert(self.clock);
        self.clock = Some(Clock {
            now: Millis::ZERO,
            kept: Millis::ZERO,
        });
        self.outbox = Outbox::default();
        self.sweep = Sweep::default();
        self.dirty = true;
        Ok(())
    }

    /// The latest instant that the engine has seen; nothing happens before it.
    ///
    /// # Errors
    /// When the store fails.
    pub fn now(&self) -> Result<Millis, StoreError> {
        self.clock
            .map_or_else(|| self.store.clock(), |clock| Ok(clock.now))
    }

    /// When [`Engine::tick`] has something to do next.
    ///
    /// # Errors
    /// When the store fails.
    pub fn next_wakeup(&self) -> Result<Option<Millis>, StoreError> {
        let due = self.store.next_due()?;
        let forget = match self.config.retain {
            Some(retain) => self.sweep.next_due(&self.store, retain)?,
            None => None,
        };
        let next = due.into_iter().chain(forget).min();
        Ok(next.filter(|at| *at < Millis::MAX))
    }

    /// Takes up work after a restart: tasks held by a process that `abandoned` knows to be gone
    /// are offered again, and so is every task that waits for a worker.
    ///
    /// Tasks of timers, delayed tasks whose time has not come and tasks past their deadline are
    /// left alone.
    ///
    /// # Errors
    /// When the store fails, as [`Engine::handle`].
    pub fn recover(
        &mut self,
        now: Millis,
        abandoned: &dyn Fn(&ProcessId) -> bool,
    ) -> Result<(), StoreError> {
        let tasks = self.step(now, |step| recover::unfinished(step.view))?;
        for batch in tasks.chunks(self.config.batch_max) {
            self.step(now, |step| recover::offer_again(step, batch, abandoned))?;
        }
        Ok(())
    }

    /// What is kept, with everything applied since the last commit.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// The store, with anything since the last commit still open in it.
    #[must_use]
    pub fn into_store(self) -> S {
        self.store
    }

    /// Runs one step against the store and applies what it decided, whole or not at all.
    fn step<T>(
        &mut self,
        now: Millis,
        body: impl FnOnce(&mut Step<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.check_usable()?;
        let stepped = self.try_step(now, body);
        if let Err(error) = &stepped {
            self.failed = Some(error.kind());
        }
        stepped
    }

    fn try_step<T>(
        &mut self,
        now: Millis,
        body: impl FnOnce(&mut Step<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let now = self.advance(now)?;
        let mut step = Step::new(&self.store, &self.config, now);
        let answer = body(&mut step)?;
        let Done {
            writes,
            messages,
            time_told,
        } = step.finish();
        self.dirty |= time_told || !writes.is_empty();
        self.outbox.follow(messages, &writes);
        if let Some(retain) = self.config.retain {
            self.sweep.follow(&writes, retain);
        }
        if !writes.is_empty() {
            self.store.apply(writes)?;
        }
        Ok(answer)
    }

    /// The later of `now` and every instant seen before.
    fn advance(&mut self, now: Millis) -> Result<Millis, StoreError> {
        let clock = match self.clock {
            Some(clock) => clock,
            None => {
                let kept = self.store.clock()?;
                Clock { now: kept, kept }
            }
        };
        let now = clock.now.max(now);
        self.clock = Some(Clock { now, ..clock });
        Ok(now)
    }

    fn try_commit(&mut self) -> Result<Vec<Outgoing>, StoreError> {
        self.check_usable()?;
        if !self.dirty {
            return Ok(Vec::new());
        }
        if let Some(clock) = self.clock.filter(|clock| clock.kept < clock.now) {
            self.store.apply(vec![Write::Clock(clock.now)])?;
        }
        self.store.commit()?;
        self.clock = self.clock.map(|Clock { now, .. }| Clock { now, kept: now });
        self.dirty = false;
        self.before_reset = None;
        Ok(self.outbox.take())
    }

    fn check_usable(&self) -> Result<(), StoreError> {
        match self.failed {
            None => Ok(()),
            Some(kind) => Err(StoreError::new(
                kind,
                "an earlier step of this transaction failed: give it up with `rollback`, \
                 then repeat its requests",
            )),
        }
    }
}

impl<S: Store> fmt::Debug for Engine<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("store", &self.store.describe())
            .field("config", &self.config)
            .field("clock", &self.clock)
            .finish_non_exhaustive()
    }
}
