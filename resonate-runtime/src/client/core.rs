//! What a client and its worker share.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use resonate_core::address::Address;
use resonate_core::execution::{IdGrammar, PlanKind};
use resonate_core::payload::{Codec, Json, Retry};
use resonate_core::protocol::{Answer, PromiseRecord, Refusal, Request, Response, Status};
use resonate_core::registry::Registry;
use resonate_core::tags::TARGET;
use resonate_core::{ProcessId, PromiseId, Tags, Text, Value};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::jitter::Jitter;
use super::life::{Life, Phase};
use super::listeners::{Listeners, Watch};
use crate::clock::Clock;
use crate::counters::Counting;
use crate::dependencies::Dependencies;
use crate::error::{Error, Kind, Result};
use crate::network::{Network, NetworkError, Traits};
use crate::replay::ReplayClock;
use crate::worker::{Awaits, Faults, Habits, Leases, Timers, Turns, Warm};

/// How often a client's own request is made before its caller is told: enough for a server that
/// starts anew.
const TRIES_MAX: u32 = 8;
/// After this long a failure is told, however often it was tried.
const TRYING_MAX: Duration = Duration::from_secs(20);
/// Longest wait between tries where the peer asks for one.
const ASKED_MAX: Duration = Duration::from_secs(30);

/// What is done with work that this process cannot run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnFault {
    /// Give it back, and try again after a wait that doubles from 1 s to 60 s.
    #[default]
    Hold,
    /// The same, and after so many tries `task.halt`: an operator finds it with
    /// [`Tasks::search`](crate::Tasks::search), and offers it again with
    /// [`Tasks::resume`](crate::Tasks::resume).
    Halt {
        /// Tries before.
        after: u32,
    },
    /// The same, and after so many tries reject its promise: the caller gets an error that
    /// [`is_fault`](Error::is_fault).
    Reject {
        /// Tries before.
        after: u32,
    },
}

/// Settings that do not change after start.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) group: String,
    pub(crate) pid: ProcessId,
    pub(crate) lease: Duration,
    pub(crate) prefix: Option<String>,
    pub(crate) grammar: IdGrammar,
    pub(crate) on_fault: OnFault,
    pub(crate) client_only: bool,
    pub(crate) leaf_retry: Retry,
    pub(crate) grace: Duration,
}

pub(crate) struct Core {
    pub(crate) network: Arc<dyn Network>,
    /// Whether the network was opened for this client alone, and ends with it.
    pub(crate) owns_network: bool,
    pub(crate) traits: Traits,
    pub(crate) habits: Habits,
    pub(crate) awaits: Awaits,
    pub(crate) codec: Arc<dyn Codec>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) settings: Settings,
    pub(crate) dependencies: Dependencies,
    pub(crate) listeners: Listeners,
    pub(crate) leases: Leases,
    pub(crate) timers: Timers,
    pub(crate) faults: Faults,
    pub(crate) counters: Counting,
    pub(crate) permits: Arc<Semaphore>,
    pub(crate) turns: Turns,
    pub(crate) warm: Warm,
    pub(crate) life: Life,
    pub(crate) tasks: Mutex<JoinSet<()>>,
    pub(crate) jitter: Jitter,
    /// The clock of a replay, which is when no step is run and nothing is waited for.
    pub(crate) replay: Option<Arc<ReplayClock>>,
}

impl Settings {
    /// The group that this process hears messages in. A client that takes no work stands aside,
    /// so that no offer to the group is lost on it.
    pub(crate) fn hears_as(&self) -> String {
        let group = &self.group;
        if self.client_only {
            format!("{group}.clients")
        } else {
            group.clone()
        }
    }
}

impl Core {
    pub(crate) fn grammar(&self) -> IdGrammar {
        self.settings.grammar
    }

    /// The length of a lease as the protocol writes it.
    pub(crate) fn ttl(&self) -> i64 {
        i64::try_from(self.settings.lease.as_millis())
            .unwrap_or(i64::MAX)
            .max(1)
    }

    /// JSON as a promise carries it.
    pub(crate) fn encode(&self, json: &Json) -> Result<Value> {
        self.codec.encode(json.get()).map_err(|cause| {
            Error::of(Kind::Payload, format!("a value cannot be written: {cause}")).because(cause)
        })
    }

    /// The address that a call of `name` is offered at: what the call says, else this group for
    /// a function that is registered here, else the group `default`.
    pub(crate) fn target(&self, name: &str, given: Option<&str>) -> Text {
        match given {
            Some(target) => Address::resolve(target),
            None if Registry::global().latest(name).is_some() => {
                Address::resolve(&self.settings.group)
            }
            None => Address::resolve("default"),
        }
    }

    /// Whether a call that is offered at this address may be taken up here at once.
    pub(crate) fn can_take_up(&self, name: &str, version: Option<u32>, address: &str) -> bool {
        let registry = Registry::global();
        let is_known = match version {
            Some(version) => registry.get(name, version).is_some(),
            None => registry.latest(name).is_some(),
        };
        is_known
            && !self.settings.client_only
            && *address == *Address::resolve(&self.settings.group)
    }

    /// The labels of a step that is no call. The servers that want ids with dots keep only the
    /// deadlines of promises with a target: so a timer gets one there, at which nobody hears.
    pub(crate) fn labels_of(&self, kind: &PlanKind) -> Tags {
        let is_timer = *kind == PlanKind::Timer;
        if !is_timer || self.traits.timers_fire || self.grammar() != IdGrammar::Dot {
            return Tags::default();
        }
        let nobody = format!("poll://uni@{}/resonate-timers", self.settings.group);
        Tags::default().with(TARGET, nobody)
    }

    /// Where this process alone hears.
    pub(crate) fn own_address(&self) -> Text {
        format!(
            "poll://uni@{}/{}",
            self.settings.hears_as(),
            self.settings.pid
        )
        .into()
    }

    /// Makes one request once.
    pub(crate) async fn ask_once(&self, request: Request) -> Result<Answer, NetworkError> {
        self.ask_once_over(&*self.network, request).await
    }

    /// Makes one request once, over this network.
    pub(crate) async fn ask_once_over(
        &self,
        network: &dyn Network,
        request: Request,
    ) -> Result<Answer, NetworkError> {
        let answers = network.call(vec![request]).await?;
        answers
            .into_iter()
            .next()
            .ok_or_else(|| NetworkError::transient("the engine left a request unanswered"))
    }

    /// Makes a client's request, a few times if need be.
    pub(crate) async fn ask(&self, request: Request) -> Result<Response> {
        self.ask_over(&*self.network, request).await
    }

    /// The same, over this network.
    pub(crate) async fn ask_over(
        &self,
        network: &dyn Network,
        request: Request,
    ) -> Result<Response> {
        let what = match request.id() {
            Some(id) => format!("{} of `{id}`", request.kind()),
            None => request.kind().to_owned(),
        };
        let (mut tries, began) = (1, Instant::now());
        loop {
            let (failed, wait) = match self.ask_once_over(network, request.clone()).await {
                Ok(Err(refusal)) if is_failure(&refusal) => {
                    let message = format!("{what} failed: {refusal}");
                    let failed = Error::of(Kind::Unreachable, message).because(refusal);
                    (failed, self.jitter.wait_after(tries))
                }
                Ok(answer) => return answer.map_err(|refusal| Error::refused(&what, refusal)),
                Err(error) if error.is_permanent() => return Err(impossible(&what, error)),
                Err(error) => {
                    let (message, wait) = (
                        format!("{what} got no answer: {error}"),
                        self.wait_for_peer(tries, &error),
                    );
                    (Error::of(Kind::Unreachable, message).because(error), wait)
                }
            };
            if tries == TRIES_MAX || began.elapsed() >= TRYING_MAX {
                return Err(failed);
            }
            tokio::time::sleep(wait).await;
            tries += 1;
        }
    }

    /// The wait after a failed try: as long as the peer asked for, within reason.
    fn wait_for_peer(&self, tries: u32, error: &NetworkError) -> Duration {
        let asked = error.wait().unwrap_or_default().min(ASKED_MAX);
        self.jitter.wait_after(tries).max(asked)
    }

    /// Makes requests until the engine answers them all.
    pub(crate) async fn insist(&self, requests: Vec<Request>) -> Result<Vec<Answer>, NetworkError> {
        let mut tries = 1;
        loop {
            let failed = match self.network.call(requests.clone()).await {
                Ok(answers) if answers.iter().any(|a| a.as_ref().is_err_and(is_failure)) => {
                    NetworkError::transient("the engine failed")
                }
                Ok(answers) => return Ok(answers),
                Err(error) if error.is_permanent() => return Err(error),
                Err(error) => error,
            };
            tracing::debug!(error = %failed, tries, "a request is made again");
            tokio::time::sleep(self.wait_for_peer(tries, &failed)).await;
            tries = tries.saturating_add(1);
        }
    }

    /// The settled record of a promise, as soon as it is known.
    pub(crate) async fn wait_for(self: &Arc<Self>, id: PromiseId) -> Result<Arc<PromiseRecord>> {
        Watch::new(self, id).settled().await
    }

    /// A promise has settled: whoever waits for it goes on, and if it runs here, it is stopped.
    /// If it is kept here, it is let go of.
    pub(crate) fn settled(&self, record: &Arc<PromiseRecord>) {
        self.listeners.settled(record);
        if !record.state.is_pending() {
            self.leases.give_up(&record.id);
            self.warm.forget(&record.id);
        }
    }

    /// A task goes on: what it waited for while it was suspended is of no interest any more.
    pub(crate) fn forget_wait(&self, task: &PromiseId) {
        self.timers.forget(task);
        self.awaits.forget(task);
    }

    /// Runs something beside the rest, until this client ends.
    pub(crate) fn background(&self, work: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(work);
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.life.phase() >= Phase::Draining
    }

    /// Ends once no new work is to be begun.
    pub(crate) async fn draining(&self) {
        self.life.reached(Phase::Draining).await;
    }

    /// Ends once work under way is to be given back.
    pub(crate) async fn stopping(&self) {
        self.life.reached(Phase::Stopping).await;
    }
}

/// Whether the engine failed, rather than refused.
fn is_failure(refusal: &Refusal) -> bool {
    match refusal.status {
        Status::Failed(_) => true,
        Status::BadRequest
        | Status::Unauthorized
        | Status::Forbidden
        | Status::NotFound
        | Status::Conflict
        | Status::Unprocessable => false,
    }
}

/// A request that would fail in the same way each time.
fn impossible(what: &str, error: NetworkError) -> Error {
    let kind = if error.is_closed() {
        Kind::Stopped
    } else {
        Kind::Refused
    };
    Error::of(kind, format!("{what}: {error}")).because(error)
}

impl std::fmt::Debug for Core {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Core")
            .field("network", &self.network)
            .field("group", &self.settings.group)
            .field("pid", &self.settings.pid)
            .finish_non_exhaustive()
    }
}
