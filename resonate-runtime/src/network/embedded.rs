//! The engine in this process: requests stay typed, messages are delivered at once, timers fire
//! when due, and requests that arrive together share one commit.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use resonate_core::engine::{Config, Engine};
#[cfg(feature = "http")]
use resonate_core::protocol::envelope::{DebugAnswer, DebugRequest};
use resonate_core::protocol::{Answer, Message, Outgoing, Request};
use resonate_core::registry::BoxFuture;
use resonate_core::store::{Store, StoreError};
use resonate_core::{Millis, ProcessId};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::JoinHandle;

use super::hub::Hub;
use super::machine::{Job, Machine, Outcome, Work};
use super::pace::Pace;
use super::{Network, NetworkError, Traits};
use crate::clock::Clock;

/// Jobs that wait for the engine at most; more callers wait to be heard.
const JOBS_MAX: usize = 1024;
/// Messages that wait for one attached process at most.
const WAITING_MAX: usize = 4096;

/// What an embedded engine is made of.
pub(crate) struct Host {
    pub(crate) store: Box<dyn Store + Send>,
    pub(crate) config: Config,
    pub(crate) clock: Arc<dyn Clock>,
    /// Whether a process that held a lease when the store was last open is surely dead.
    pub(crate) abandoned: fn(&ProcessId) -> bool,
    /// Where messages to URLs go.
    pub(crate) push: Option<mpsc::Sender<Outgoing>>,
}

/// The engine in this process.
///
/// A client makes its own with [`Resonate::open`](crate::Resonate::open) and
/// [`Resonate::memory`](crate::Resonate::memory); one made here is shared by several.
pub struct Embedded {
    jobs: mpsc::Sender<Job>,
    hub: Arc<Hub>,
    pace: Arc<Pace>,
    description: String,
    preload_max: usize,
    leases_hold: bool,
    closing: Arc<Notify>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Embedded {
    /// Starts the engine on the store, and offers again what nobody works on.
    pub(crate) fn start(host: Host) -> Result<Self, StoreError> {
        let description = host.store.describe();
        let leases_hold = !host.config.leases_lapse;
        // Where fences carry preloads too, workers behind a wire leave records out of the branch
        // for that: then no preload is known to be whole.
        let preload_max = match host.config.fence_preload_max {
            0 => host.config.acquire_preload_max,
            _ => 0,
        };
        let mut engine = Engine::new(host.store, host.config);
        let pace = Arc::new(Pace::new(host.clock, engine.now()?));
        engine.recover(pace.now(), &host.abandoned)?;
        let offers = engine.commit()?;
        let (jobs, inbox) = mpsc::channel(JOBS_MAX);
        let (hub, closing) = (
            Arc::new(Hub::pushing_to(host.push)),
            Arc::new(Notify::new()),
        );
        hub.hold(offers);
        let machine = Machine::new(engine, Arc::clone(&pace), Arc::clone(&hub));
        let task = Mutex::new(Some(tokio::spawn(machine.run(inbox, Arc::clone(&closing)))));
        Ok(Self {
            jobs,
            hub,
            pace,
            description,
            preload_max,
            leases_hold,
            closing,
            task,
        })
    }

    /// Makes requests; with an instant, at that instant (for debug mode).
    pub(crate) fn ask(
        &self,
        requests: Vec<Request>,
        at: Option<Millis>,
    ) -> impl Future<Output = Result<Vec<Answer>, NetworkError>> + Send + 'static {
        let outcome = self.work(Work::Ask { requests, at });
        async move {
            match outcome.await? {
                Outcome::Answers(answers) => Ok(answers),
                Outcome::Debug(_) => Ok(Vec::new()),
            }
        }
    }

    fn work(
        &self,
        work: Work,
    ) -> impl Future<Output = Result<Outcome, NetworkError>> + Send + 'static {
        let jobs = self.jobs.clone();
        async move {
            let (reply, outcome) = oneshot::channel();
            let closed = || NetworkError::permanent("the embedded engine is closed");
            let job = Job { work, reply };
            jobs.send(job).await.map_err(|_| closed())?;
            outcome.await.map_err(|_| closed())?
        }
    }
}

#[cfg(feature = "http")]
impl Embedded {
    /// Carries out a debug request.
    pub(crate) async fn debug(&self, request: DebugRequest) -> Result<DebugAnswer, NetworkError> {
        match self.work(Work::Debug(request)).await? {
            Outcome::Debug(answer) => Ok(answer),
            Outcome::Answers(_) => Ok(DebugAnswer::Done),
        }
    }

    /// Who hears messages.
    pub(crate) fn hub(&self) -> &Arc<Hub> {
        &self.hub
    }
}

impl Network for Embedded {
    fn call(
        &self,
        requests: Vec<Request>,
    ) -> BoxFuture<'static, Result<Vec<Answer>, NetworkError>> {
        Box::pin(self.ask(requests, None))
    }

    fn attach(
        &self,
        group: String,
        pid: ProcessId,
    ) -> BoxFuture<'static, Result<mpsc::Receiver<Message>, NetworkError>> {
        let hearing = self.hub.attach(&group, pid, WAITING_MAX);
        Box::pin(std::future::ready(Ok(hearing.messages)))
    }

    fn now(&self, _own: Millis) -> Millis {
        self.pace.now()
    }

    fn traits(&self) -> Traits {
        Traits {
            atomic: true,
            timers_fire: true,
            preload_max: self.preload_max,
            leases_hold: self.leases_hold,
        }
    }

    fn describe(&self) -> String {
        self.description.clone()
    }

    fn close(&self) -> BoxFuture<'static, ()> {
        self.closing.notify_one();
        let task = self
            .task
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        Box::pin(async move {
            if let Some(task) = task {
                // A panic of the machine was its own task's; there is nothing left to close.
                let _ended = task.await;
            }
        })
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        self.closing.notify_one();
    }
}

impl fmt::Debug for Embedded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Embedded").field(&self.description).finish()
    }
}
