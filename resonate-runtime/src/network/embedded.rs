//! The engine in this process: requests stay typed, messages are delivered at once, timers fire
//! when due, and requests that arrive together share one commit.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use resonate_core::ProcessId;
use resonate_core::engine::{Config, Engine};
use resonate_core::protocol::{Answer, Message, Outgoing, Request};
use resonate_core::registry::BoxFuture;
use resonate_core::store::{Store, StoreError, StoreErrorKind};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::JoinHandle;

use super::hub::Hub;
use super::{Network, NetworkError, Traits};
use crate::clock::Clock;

/// Calls that wait for the engine at most; more callers wait to be heard.
const CALLS_MAX: usize = 1024;
/// Calls that share one commit at most.
const BATCH_MAX: usize = 256;
/// How long to leave a store alone that failed.
const STORE_RETRY: Duration = Duration::from_secs(1);

type KeptEngine = Engine<Box<dyn Store + Send>>;

/// What an embedded engine is made of.
pub(crate) struct Host {
    pub(crate) store: Box<dyn Store + Send>,
    pub(crate) config: Config,
    pub(crate) clock: Arc<dyn Clock>,
}

struct Call {
    requests: Vec<Request>,
    reply: oneshot::Sender<Result<Vec<Answer>, NetworkError>>,
}

/// The engine in this process.
///
/// A client makes its own with [`Resonate::open`](crate::Resonate::open) and
/// [`Resonate::memory`](crate::Resonate::memory); one made here is shared by several.
pub struct Embedded {
    calls: mpsc::Sender<Call>,
    hub: Arc<Hub>,
    description: String,
    closing: Arc<Notify>,
    task: Mutex<Option<JoinHandle<()>>>,
    /// Offers made at start-up, held until a process is attached to hear them.
    held: Mutex<Vec<Outgoing>>,
}

impl Embedded {
    /// Starts the engine on the store. Leases that other processes left behind are taken back:
    /// the store admits one process at a time, so their holders are dead.
    pub(crate) fn start(host: Host) -> Result<Self, StoreError> {
        let description = host.store.describe();
        let blocks = host.store.blocks();
        let mut engine = Engine::new(host.store, host.config);
        engine.recover(host.clock.now(), &|_| true)?;
        let held = Mutex::new(engine.commit()?);
        let (calls, inbox) = mpsc::channel(CALLS_MAX);
        let (hub, closing) = (Arc::new(Hub::default()), Arc::new(Notify::new()));
        let machine = Machine {
            clock: host.clock,
            hub: Arc::clone(&hub),
            blocks,
            engine: Some(engine),
        };
        let task = Mutex::new(Some(tokio::spawn(machine.run(inbox, Arc::clone(&closing)))));
        Ok(Self {
            calls,
            hub,
            description,
            closing,
            task,
            held,
        })
    }
}

impl Network for Embedded {
    fn call(
        &self,
        requests: Vec<Request>,
    ) -> BoxFuture<'static, Result<Vec<Answer>, NetworkError>> {
        let calls = self.calls.clone();
        Box::pin(async move {
            let (reply, answer) = oneshot::channel();
            let closed = || NetworkError::permanent("the embedded engine is closed");
            calls
                .send(Call { requests, reply })
                .await
                .map_err(|_| closed())?;
            answer.await.map_err(|_| closed())?
        })
    }

    fn attach(
        &self,
        group: String,
        pid: ProcessId,
    ) -> BoxFuture<'static, Result<mpsc::Receiver<Message>, NetworkError>> {
        let receiver = self.hub.attach(group, pid);
        for offer in self
            .held
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .drain(..)
        {
            self.hub.deliver(offer);
        }
        Box::pin(std::future::ready(Ok(receiver)))
    }

    fn traits(&self) -> Traits {
        Traits { atomic: true }
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

/// The loop around the engine: one batch, one commit, then answers and messages.
struct Machine {
    clock: Arc<dyn Clock>,
    hub: Arc<Hub>,
    blocks: bool,
    /// Absent only while a batch runs elsewhere, or after that batch panicked.
    engine: Option<KeptEngine>,
}

impl Machine {
    async fn run(mut self, mut inbox: mpsc::Receiver<Call>, closing: Arc<Notify>) {
        let mut batch = Vec::new();
        let mut wait = Duration::ZERO;
        loop {
            let due = tokio::time::sleep(wait);
            tokio::select! {
                biased;
                received = inbox.recv_many(&mut batch, BATCH_MAX) => if received == 0 { return },
                () = due => {}
                () = closing.notified() => inbox.close(),
            }
            let calls = std::mem::take(&mut batch);
            wait = match self.turn(calls).await {
                Ok(wait) => wait,
                Err(error) => {
                    tracing::error!(%error, "the store failed; nothing is acknowledged until it works again");
                    STORE_RETRY
                }
            };
        }
    }

    /// One batch: requests, then what is due; then how long nothing will be due.
    async fn turn(&mut self, calls: Vec<Call>) -> Result<Duration, StoreError> {
        let now = self.clock.now();
        let (requests, replies): (Vec<_>, Vec<_>) = calls
            .into_iter()
            .map(|call| (call.requests, call.reply))
            .unzip();
        let Some(mut engine) = self.engine.take() else {
            return Ok(Duration::MAX);
        };
        let work = move || {
            let done = apply(&mut engine, now, &requests);
            (engine, done)
        };
        let (engine, done) = if self.blocks {
            match tokio::task::spawn_blocking(work).await {
                Ok(finished) => finished,
                Err(panic) => std::panic::resume_unwind(panic.into_panic()),
            }
        } else {
            work()
        };
        self.engine = Some(engine);
        match done {
            Ok(Done {
                answers,
                messages,
                next,
            }) => {
                for (reply, answers) in replies.into_iter().zip(answers) {
                    // The caller may have gone; what it asked for is kept all the same.
                    let _gone = reply.send(Ok(answers));
                }
                for message in messages {
                    self.hub.deliver(message);
                }
                Ok(next)
            }
            Err(error) => {
                for reply in replies {
                    let failed = if error.kind() == StoreErrorKind::Poisoned {
                        NetworkError::permanent(error.to_string())
                    } else {
                        NetworkError::transient(error.to_string())
                    };
                    let _gone = reply.send(Err(failed));
                }
                Err(error)
            }
        }
    }
}

struct Done {
    answers: Vec<Vec<Answer>>,
    messages: Vec<Outgoing>,
    next: Duration,
}

/// Applies a batch and what is due, and commits both at once; all of it or nothing.
fn apply(
    engine: &mut KeptEngine,
    now: resonate_core::Millis,
    requests: &[Vec<Request>],
) -> Result<Done, StoreError> {
    let result = (|| {
        let answers = requests
            .iter()
            .map(|call| {
                call.iter()
                    .map(|request| engine.handle(now, request))
                    .collect()
            })
            .collect::<Result<_, _>>()?;
        let more = engine.tick(now)?;
        let messages = engine.commit()?;
        let next = match engine.next_wakeup()? {
            _ if more => Duration::ZERO,
            Some(at) => now.until(at),
            None => Duration::from_secs(3600),
        };
        Ok(Done {
            answers,
            messages,
            next,
        })
    })();
    if result.is_err() {
        engine.rollback();
    }
    result
}
