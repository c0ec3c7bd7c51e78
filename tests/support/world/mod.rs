//! One embedded engine, any number of clients on it, and faults between them: the ground on which
//! the behaviour of the runtime is tested, in virtual time.
#![allow(clippy::unwrap_used)]

mod by_hand;
mod clock;
mod far;
mod step_log;
mod wire;

use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use resonate::network::{Embedded, EngineConfig, Network, Traits};
use resonate::{Builder, Clock, Resonate};
use resonate_core::protocol::{
    Answer, PromiseGet, PromiseRecord, PromiseSearch, Request, Response, TaskId, TaskRecord,
    TaskStatus,
};
use resonate_core::store::{SqliteOptions, SqliteStore};

pub use by_hand::{offer_nonsense, pin, record_local_step, record_remote_step};
pub use clock::VirtualClock;
use far::FarWire;
pub use far::{Far, Traffic};
pub use step_log::{Entry, StepLog};
pub use wire::{Fate, Sent, Wire};

/// One engine and what is attached to it.
#[derive(Debug)]
pub struct World {
    engine: Arc<Embedded>,
    clock: Arc<VirtualClock>,
    far: Option<Arc<Far>>,
    /// What every client's functions write into.
    pub log: StepLog,
}

/// A client of the world's engine, and the wire between them. Dropping it is a crash: nothing is
/// given back.
#[derive(Debug)]
pub struct Peer {
    resonate: Resonate,
    /// What it asks, and what becomes of that.
    pub wire: Arc<Wire>,
}

impl Deref for Peer {
    type Target = Resonate;

    fn deref(&self) -> &Resonate {
        &self.resonate
    }
}

impl World {
    /// An engine in memory.
    #[must_use]
    pub fn new() -> Self {
        Self::with(EngineConfig::default())
    }

    /// An engine in memory, set up so.
    #[must_use]
    pub fn with(config: EngineConfig) -> Self {
        let clock = Arc::new(VirtualClock::start());
        let engine = Embedded::memory(config, Arc::clone(&clock) as Arc<dyn Clock>).unwrap();
        Self {
            engine,
            clock,
            far: None,
            log: StepLog::default(),
        }
    }

    /// An engine in memory that clients reach over a wire, so long each way, and that answers as
    /// the Resonate Server does.
    #[must_use]
    pub fn far(way: Duration) -> Self {
        let world = Self::with(EngineConfig {
            acquire_preload_max: usize::MAX,
            fence_preload_max: usize::MAX,
            ..EngineConfig::default()
        });
        let far = Some(Far::new(Arc::clone(&world.engine), way));
        Self { far, ..world }
    }

    /// The way to an engine far away.
    ///
    /// # Panics
    /// When it is not.
    #[must_use]
    pub fn way(&self) -> &Far {
        self.far.as_deref().expect("it is far away")
    }

    /// An engine on a file, opened anew.
    #[must_use]
    pub fn on_file(path: &Path, clock: &Arc<VirtualClock>, log: &StepLog) -> Self {
        let store = SqliteStore::open(SqliteOptions::new(path)).unwrap();
        let shared: Arc<dyn Clock> = Arc::clone(clock) as Arc<dyn Clock>;
        let engine = Embedded::on(store, EngineConfig::default(), shared).unwrap();
        Self {
            engine,
            clock: Arc::clone(clock),
            far: None,
            log: log.clone(),
        }
    }

    /// Closes the engine: its file can be opened again.
    pub async fn close(self) {
        self.engine.close().await;
    }

    /// A client of the group `default` under this process id.
    pub async fn join(&self, pid: &str) -> Peer {
        self.join_as(pid, |builder| builder).await
    }

    /// A client under this process id, set up so.
    pub async fn join_as(&self, pid: &str, set: impl FnOnce(Builder) -> Builder) -> Peer {
        self.join_over(pid, self.wire(), set).await
    }

    /// A client whose wire was made before it, so that faults are there from its first request.
    pub async fn join_over(
        &self,
        pid: &str,
        wire: Arc<Wire>,
        set: impl FnOnce(Builder) -> Builder,
    ) -> Peer {
        let builder = Resonate::builder()
            .network(Arc::clone(&wire) as Arc<dyn Network>)
            .clock(Arc::clone(&self.clock) as Arc<dyn Clock>)
            .dependency(self.log.of(pid))
            .pid(pid);
        let resonate = set(builder).build().await.unwrap();
        Peer { resonate, wire }
    }

    /// A wire to this world's engine that nobody uses yet.
    #[must_use]
    pub fn wire(&self) -> Arc<Wire> {
        match &self.far {
            Some(far) => Wire::new(Arc::new(FarWire(Arc::clone(far)))),
            None => self.near_wire(),
        }
    }

    /// A wire to this world's engine from its own process, however far others are.
    #[must_use]
    pub fn near_wire(&self) -> Arc<Wire> {
        Wire::new(Arc::clone(&self.engine) as Arc<dyn Network>)
    }

    /// The same, as a connection is: requests of one call are kept one by one, and a suspension
    /// names this many promises at most.
    #[must_use]
    pub fn thin_wire(&self, awaited_max: usize) -> Arc<Wire> {
        let engine = Arc::clone(&self.engine) as Arc<dyn Network>;
        let traits = Traits {
            atomic: false,
            ..engine.traits()
        };
        Wire::limited(engine, traits, awaited_max)
    }

    /// Asks the engine directly.
    pub async fn ask(&self, request: Request) -> Answer {
        self.engine.call(vec![request]).await.unwrap().remove(0)
    }

    /// The promise as the engine has it.
    pub async fn promise(&self, id: &str) -> Option<Arc<PromiseRecord>> {
        match self
            .ask(Request::PromiseGet(PromiseGet { id: id.into() }))
            .await
        {
            Ok(Response::Promise(record)) => Some(record),
            Ok(other) => panic!("{other:?}"),
            Err(_) => None,
        }
    }

    /// The task as the engine has it.
    pub async fn task(&self, id: &str) -> Option<TaskRecord> {
        match self.ask(Request::TaskGet(TaskId { id: id.into() })).await {
            Ok(Response::Task(task)) => Some(task),
            Ok(other) => panic!("{other:?}"),
            Err(_) => None,
        }
    }

    /// Where the task stands.
    pub async fn status(&self, id: &str) -> Option<TaskStatus> {
        self.task(id).await.map(|task| task.state)
    }

    /// Every promise, by id.
    pub async fn promises(&self) -> Vec<Arc<PromiseRecord>> {
        let search = PromiseSearch {
            limit: Some(1000),
            ..PromiseSearch::default()
        };
        match self.ask(Request::PromiseSearch(search)).await {
            Ok(Response::Promises {
                promises,
                cursor: None,
            }) => promises,
            other => panic!("{other:?}"),
        }
    }

    /// The time of this world since it began.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.clock.elapsed()
    }

    /// Waits, in virtual time, until the task stands so.
    ///
    /// # Panics
    /// When it does not within an hour.
    pub async fn until_task(&self, id: &str, wanted: TaskStatus) {
        for _ in 0..360_000 {
            if self.status(id).await == Some(wanted) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("`{id}` never became {wanted:?}: {:?}", self.task(id).await);
    }

    /// Lets everything that is under way come to rest: a little virtual time.
    pub async fn settle(&self) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}
