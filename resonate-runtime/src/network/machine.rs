//! The loop around the engine: one batch, one commit, then answers and messages.

use std::sync::Arc;
use std::time::Duration;

use resonate_core::Millis;
use resonate_core::engine::Engine;
use resonate_core::protocol::envelope::{DebugAnswer, DebugRequest};
use resonate_core::protocol::{Answer, Outgoing, Request};
use resonate_core::store::{Store, StoreError, StoreErrorKind};
use tokio::sync::{Notify, mpsc, oneshot};

use super::NetworkError;
use super::debug::{Pause, snap};
use super::hub::Hub;
use super::pace::Pace;

/// Jobs that share one commit at most.
const BATCH_MAX: usize = 256;
/// How long to leave a store alone that failed.
const STORE_RETRY: Duration = Duration::from_secs(1);
/// How long to sleep when nothing will ever be due.
const IDLE: Duration = Duration::from_secs(3600);

pub(super) type KeptEngine = Engine<Box<dyn Store + Send>>;

/// Something for the engine to do, and where the result goes.
pub(super) struct Job {
    pub(super) work: Work,
    pub(super) reply: oneshot::Sender<Result<Outcome, NetworkError>>,
}

pub(super) enum Work {
    /// Requests of one caller, in this order. With an instant they are carried out then; that is
    /// for debug mode.
    Ask {
        requests: Vec<Request>,
        at: Option<Millis>,
    },
    #[cfg_attr(
        not(feature = "http"),
        expect(dead_code, reason = "only servers are debugged")
    )]
    Debug(DebugRequest),
}

pub(super) enum Outcome {
    Answers(Vec<Answer>),
    #[cfg_attr(
        not(feature = "http"),
        expect(dead_code, reason = "only servers are debugged")
    )]
    Debug(DebugAnswer),
}

pub(super) struct Machine {
    pace: Arc<Pace>,
    hub: Arc<Hub>,
    blocks: bool,
    /// Absent only while a batch runs elsewhere, or after that batch panicked.
    kept: Option<Kept>,
}

/// The engine, and whether its clock is paused.
struct Kept {
    engine: KeptEngine,
    pause: Option<Pause>,
}

struct Done {
    outcomes: Vec<Outcome>,
    messages: Vec<Outgoing>,
    next: Duration,
}

impl Machine {
    pub(super) fn new(engine: KeptEngine, pace: Arc<Pace>, hub: Arc<Hub>) -> Self {
        Self {
            pace,
            hub,
            blocks: engine.store().blocks(),
            kept: Some(Kept {
                engine,
                pause: None,
            }),
        }
    }

    /// Works until the last caller has gone, or, told to close, until every job is done.
    pub(super) async fn run(mut self, mut inbox: mpsc::Receiver<Job>, closing: Arc<Notify>) {
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
            let jobs = std::mem::take(&mut batch);
            wait = match self.turn(jobs).await {
                Ok(wait) => wait,
                Err(error) => {
                    tracing::error!(%error, "the store failed; nothing is acknowledged until it works again");
                    STORE_RETRY
                }
            };
        }
    }

    /// One batch: jobs, then what is due; then how long nothing will be due.
    async fn turn(&mut self, jobs: Vec<Job>) -> Result<Duration, StoreError> {
        let now = self.pace.now();
        let (works, replies): (Vec<_>, Vec<_>) =
            jobs.into_iter().map(|job| (job.work, job.reply)).unzip();
        let Some(mut kept) = self.kept.take() else {
            return Ok(Duration::MAX);
        };
        let work = move || {
            let done = kept.carry_out(now, &works);
            (kept, done)
        };
        let (kept, done) = if self.blocks {
            match tokio::task::spawn_blocking(work).await {
                Ok(finished) => finished,
                Err(panic) => std::panic::resume_unwind(panic.into_panic()),
            }
        } else {
            work()
        };
        self.kept = Some(kept);
        match done {
            Ok(Done {
                outcomes,
                messages,
                next,
            }) => {
                for (reply, outcome) in replies.into_iter().zip(outcomes) {
                    // The caller may have gone; what it asked for is kept all the same.
                    let _gone = reply.send(Ok(outcome));
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

impl Kept {
    /// Carries out a batch and what is due, and commits both at once; all of it or nothing.
    fn carry_out(&mut self, now: Millis, works: &[Work]) -> Result<Done, StoreError> {
        let done = self.try_carry_out(now, works);
        if done.is_err() {
            self.engine.rollback();
        }
        done
    }

    fn try_carry_out(&mut self, now: Millis, works: &[Work]) -> Result<Done, StoreError> {
        let mut messages = Vec::new();
        let outcomes = works
            .iter()
            .map(|work| match work {
                Work::Ask { requests, at } => self.ask(now, requests, *at),
                Work::Debug(request) => self.debug(*request, &mut messages),
            })
            .collect::<Result<_, _>>()?;
        let next = if self.pause.is_some() {
            IDLE
        } else if self.engine.tick(now)? {
            Duration::ZERO
        } else {
            let at = self.engine.next_wakeup()?;
            at.map_or(IDLE, |at| now.until(at))
        };
        self.commit(&mut messages)?;
        Ok(Done {
            outcomes,
            messages,
            next,
        })
    }

    /// While the clock is paused, a request that names no instant is carried out at the latest.
    fn ask(
        &mut self,
        now: Millis,
        requests: &[Request],
        at: Option<Millis>,
    ) -> Result<Outcome, StoreError> {
        let paused = self.pause.is_some();
        let now = at.unwrap_or(if paused { Millis::ZERO } else { now });
        let answers = requests
            .iter()
            .map(|request| self.engine.handle(now, request));
        Ok(Outcome::Answers(answers.collect::<Result<_, _>>()?))
    }

    /// A debug request shares no commit with others, so that what it shows is what was kept.
    fn debug(
        &mut self,
        request: DebugRequest,
        messages: &mut Vec<Outgoing>,
    ) -> Result<Outcome, StoreError> {
        self.commit(messages)?;
        let answer = match request {
            DebugRequest::Start => {
                self.pause.get_or_insert_default();
                DebugAnswer::Done
            }
            DebugRequest::Stop => {
                self.pause = None;
                DebugAnswer::Done
            }
            DebugRequest::Reset => {
                self.engine.reset()?;
                if let Some(pause) = &mut self.pause {
                    *pause = Pause::default();
                }
                DebugAnswer::Done
            }
            DebugRequest::Snap => {
                DebugAnswer::Snap(Box::new(snap(&self.engine, self.pause.as_ref())?))
            }
            DebugRequest::Tick { time } => {
                while self.engine.tick(time)? {
                    self.commit(messages)?;
                }
                DebugAnswer::Ticked
            }
        };
        self.commit(messages)?;
        Ok(Outcome::Debug(answer))
    }

    fn commit(&mut self, messages: &mut Vec<Outgoing>) -> Result<(), StoreError> {
        let said = self.engine.commit()?;
        if let Some(pause) = &mut self.pause {
            pause.note(&said);
        }
        messages.extend(said);
        Ok(())
    }
}
