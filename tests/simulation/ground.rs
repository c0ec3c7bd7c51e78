//! What everybody in a simulation stands on: the engine, as long as it lives, and the links to it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use resonate::Clock;
use resonate::network::{Embedded, EngineConfig, Network, NetworkError};
use resonate_core::engine::invariants::Cause;
use resonate_core::protocol::{Answer, Request};
use support::random::Random;
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

use crate::clock::SkewedClock;
use crate::link::Link;
use crate::options::Options;
use crate::store::Vault;
use crate::trace::Trace;

/// The engine, as long as it lives, and the links to it.
#[derive(Debug)]
pub(crate) struct Ground {
    pub(crate) options: Options,
    pub(crate) trace: Arc<Trace>,
    pub(crate) vault: Arc<Vault>,
    /// The engine's own.
    pub(crate) clock: Arc<SkewedClock>,
    engine: Mutex<Option<Arc<Embedded>>>,
    /// Told when an engine starts or dies. Those who wait are woken in order.
    changed: Notify,
    links: Mutex<BTreeMap<String, Arc<Link>>>,
    calls: AtomicU64,
    calm: AtomicBool,
}

impl Ground {
    pub(crate) fn new(
        options: Options,
        trace: Arc<Trace>,
        vault: Arc<Vault>,
        clock: Arc<SkewedClock>,
    ) -> Arc<Self> {
        Arc::new(Self {
            options,
            trace,
            vault,
            clock,
            engine: Mutex::default(),
            changed: Notify::new(),
            links: Mutex::default(),
            calls: AtomicU64::new(0),
            calm: AtomicBool::new(false),
        })
    }

    /// Starts an engine on what is kept, unless one lives.
    pub(crate) fn start_engine(&self) {
        if self.engine().is_some() {
            return;
        }
        let config = EngineConfig {
            retry_every: Duration::from_secs(5),
            acquire_preload_max: self.options.preload,
            fence_preload_max: self.options.fence_preload,
            ..EngineConfig::default()
        };
        self.vault.because(Cause::Recovery);
        let clock = Arc::clone(&self.clock) as Arc<dyn Clock>;
        let engine = Embedded::on(self.vault.door(), config, clock);
        self.vault.because(Cause::Request);
        match engine {
            Ok(engine) => {
                self.trace.line("the engine starts");
                self.set_engine(Some(engine));
            }
            Err(error) => self
                .trace
                .line(format_args!("the engine did not start: {error}")),
        }
    }

    /// The engine dies: what is not kept is lost, and so is every answer on its way out.
    pub(crate) fn kill_engine(&self) {
        self.trace.line("the engine dies");
        self.vault.shut();
        self.set_engine(None);
    }

    /// The engine that lives now.
    pub(crate) fn engine(&self) -> Option<Arc<Embedded>> {
        self.engine.lock().unwrap().clone()
    }

    fn set_engine(&self, engine: Option<Arc<Embedded>>) {
        *self.engine.lock().unwrap() = engine;
        self.changed.notify_waiters();
    }

    /// Ends when an engine starts or dies.
    pub(crate) fn changed(&self) -> Notified<'_> {
        self.changed.notified()
    }

    /// Asks the engine that lives now.
    pub(crate) async fn ask(&self, requests: Vec<Request>) -> Result<Vec<Answer>, NetworkError> {
        let changed = self.changed();
        let Some(engine) = self.engine() else {
            return Err(NetworkError::transient("no engine"));
        };
        tokio::select! {
            biased;
            () = changed => Err(NetworkError::transient("the engine died")),
            answers = engine.call(requests) => match answers {
                Err(error) if error.is_permanent() => Err(NetworkError::transient("the engine died")),
                answers => answers,
            },
        }
    }

    pub(crate) fn next_call(&self) -> u64 {
        self.calls.fetch_add(1, Ordering::Relaxed)
    }

    /// No more faults.
    pub(crate) fn calm_down(&self) {
        self.calm.store(true, Ordering::Relaxed);
        for link in self.links.lock().unwrap().values() {
            link.cut(false);
        }
    }

    pub(crate) fn is_calm(&self) -> bool {
        self.calm.load(Ordering::Relaxed)
    }

    /// Makes the link of a new process.
    pub(crate) fn connect(self: &Arc<Self>, pid: &str, random: Random) -> Arc<Link> {
        let link = Link::new(self, pid, random);
        let mut links = self.links.lock().unwrap();
        links.insert(pid.to_owned(), Arc::clone(&link));
        link
    }

    pub(crate) fn link(&self, pid: &str) -> Option<Arc<Link>> {
        self.links.lock().unwrap().get(pid).cloned()
    }

    /// Breaks the circle of links and ground.
    pub(crate) fn end(&self) {
        self.links.lock().unwrap().clear();
        self.set_engine(None);
    }
}
