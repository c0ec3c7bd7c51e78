//! A network that records what is asked and does to it what a test wants.
#![allow(clippy::unwrap_used)]

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use resonate::network::{Network, NetworkError, NetworkErrorKind, Traits};
use resonate_core::protocol::{Answer, FenceAction, Message, Refusal, Request, Status};
use resonate_core::registry::BoxFuture;
use resonate_core::{Millis, ProcessId};
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::Instant;

/// What becomes of a call.
#[derive(Clone, Debug)]
pub enum Fate {
    /// The engine never sees it.
    LoseRequest,
    /// The engine carries it out, and nobody hears of that.
    LoseAnswer,
    /// It reaches the engine this much later.
    Delay(Duration),
    /// It reaches the engine twice; the second answer is heard.
    Duplicate,
    /// The engine never sees it; it is answered with this status.
    Refuse(u16),
    /// It is larger than the engine takes.
    TooLarge,
    /// It is never answered.
    Hang,
    /// The process dies before it is sent.
    CutBefore,
    /// The process dies after it was carried out, without the answer.
    CutUnanswered,
    /// The process dies when it has the answer: nothing later is sent.
    CutAfter,
}

/// One request that was made.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Which call it came with: those of one call are kept together.
    pub call: usize,
    /// When.
    pub at: Instant,
    /// What.
    pub request: Request,
}

impl Sent {
    /// The request's kind, that of the action inside for a fence.
    #[must_use]
    pub fn kind(&self) -> String {
        match &self.request {
            Request::TaskFence(fence) => format!("fence {}", fence.action.kind()),
            other => other.kind().to_owned(),
        }
    }

    /// What the request concerns: the promise inside for a fence.
    #[must_use]
    pub fn id(&self) -> String {
        match &self.request {
            Request::TaskFence(fence) => match &fence.action {
                FenceAction::Create(create) => create.id.to_string(),
                FenceAction::Settle(settle) => settle.id.to_string(),
            },
            other => other.id().unwrap_or_default().to_owned(),
        }
    }
}

impl fmt::Display for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind(), self.id())
    }
}

type Judge = Box<dyn FnMut(usize, &[Request]) -> Option<Fate> + Send>;

/// The wire between one client and the engine.
pub struct Wire {
    inner: Arc<dyn Network>,
    shared: Arc<Shared>,
    traits: Traits,
    awaited_max: usize,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// Nothing gets through any more.
    cut: watch::Sender<bool>,
    /// A fate was the end of the process.
    died: Notify,
    /// Messages are lost.
    mute: watch::Sender<bool>,
}

#[derive(Default)]
struct State {
    calls: usize,
    sent: Vec<Sent>,
    heard: Vec<Message>,
    judges: Vec<Judge>,
}

impl Wire {
    /// A wire to this network, without faults.
    #[must_use]
    pub fn new(inner: Arc<dyn Network>) -> Arc<Self> {
        let traits = inner.traits();
        Self::limited(inner, traits, usize::MAX)
    }

    /// A wire that can do this, whose suspensions name this many promises at most.
    #[must_use]
    pub fn limited(inner: Arc<dyn Network>, traits: Traits, awaited_max: usize) -> Arc<Self> {
        Arc::new(Self {
            inner,
            shared: Arc::default(),
            traits,
            awaited_max,
        })
    }

    /// Decides about every call from now on: its number from 0, its requests.
    pub fn judge(&self, judge: impl FnMut(usize, &[Request]) -> Option<Fate> + Send + 'static) {
        self.state().judges.push(Box::new(judge));
    }

    /// Does this to the next calls that hold a request of the kind, one after the other.
    pub fn next(&self, kind: &'static str, fates: impl IntoIterator<Item = Fate>) {
        let mut fates: VecDeque<Fate> = fates.into_iter().collect();
        self.judge(move |_, requests| {
            let holds = requests.iter().any(|request| request.kind() == kind);
            holds.then(|| fates.pop_front()).flatten()
        });
    }

    /// Does this to every call that holds a request of the kind.
    pub fn always(&self, kind: &'static str, fate: Fate) {
        self.judge(move |_, requests| {
            let holds = requests.iter().any(|request| request.kind() == kind);
            holds.then(|| fate.clone())
        });
    }

    /// Ends all faults.
    pub fn heal(&self) {
        self.state().judges.clear();
        self.shared.cut.send_replace(false);
        self.shared.mute.send_replace(false);
    }

    /// Nothing gets through any more, in either direction.
    pub fn cut(&self) {
        self.shared.cut.send_replace(true);
    }

    /// Messages of the engine are lost.
    pub fn mute(&self) {
        self.shared.mute.send_replace(true);
    }

    /// Waits until the process died by a fate.
    pub async fn died(&self) {
        self.shared.died.notified().await;
    }

    /// Every request so far, in the order they were made.
    #[must_use]
    pub fn sent(&self) -> Vec<Sent> {
        self.state().sent.clone()
    }

    /// Every request so far, as text.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.sent().iter().map(ToString::to_string).collect()
    }

    /// How many requests of the kind were made.
    #[must_use]
    pub fn count(&self, kind: &str) -> usize {
        let of_kind = |sent: &&Sent| sent.request.kind() == kind || sent.kind() == kind;
        self.sent().iter().filter(of_kind).count()
    }

    /// How many calls were made.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.state().calls
    }

    /// Messages that were heard.
    #[must_use]
    pub fn heard(&self) -> Vec<Message> {
        self.state().heard.clone()
    }

    /// Forgets what was asked and heard so far.
    pub fn forget(&self) {
        let mut state = self.state();
        state.sent.clear();
        state.heard.clear();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap()
    }

    fn note(&self, requests: &[Request]) -> Option<Fate> {
        let mut state = self.state();
        let call = state.calls;
        state.calls += 1;
        let at = Instant::now();
        let sent = requests.iter().map(|request| Sent {
            call,
            at,
            request: request.clone(),
        });
        state.sent.extend(sent);
        let judges = state.judges.iter_mut();
        judges.filter_map(|judge| judge(call, requests)).next()
    }
}

/// A call's answer; none when nobody will ever hear it.
type Heard = Option<Result<Vec<Answer>, NetworkError>>;

/// Carries one call to its fate.
async fn carry(wire: Arc<dyn Network>, fate: Fate, requests: Vec<Request>) -> Heard {
    let lost = |what: &str| Some(Err(NetworkError::transient(format!("the {what} was lost"))));
    match fate {
        Fate::LoseRequest => lost("request"),
        Fate::LoseAnswer => {
            let _carried_out = wire.call(requests).await;
            lost("answer")
        }
        Fate::Delay(delay) => {
            tokio::time::sleep(delay).await;
            Some(wire.call(requests).await)
        }
        Fate::Duplicate => {
            let _first = wire.call(requests.clone()).await;
            Some(wire.call(requests).await)
        }
        Fate::Refuse(code) => {
            let refusal = Refusal::new(Status::from_code(code), "a test refuses");
            Some(Ok(requests.iter().map(|_| Err(refusal.clone())).collect()))
        }
        Fate::TooLarge => {
            let error = NetworkError::new(NetworkErrorKind::TooLarge, "the request is too large");
            Some(Err(error))
        }
        Fate::Hang | Fate::CutBefore => None,
        Fate::CutUnanswered => {
            let _carried_out = wire.call(requests).await;
            None
        }
        Fate::CutAfter => Some(wire.call(requests).await),
    }
}

impl Fate {
    const fn is_death(&self) -> bool {
        match self {
            Self::CutBefore | Self::CutUnanswered | Self::CutAfter => true,
            Self::LoseRequest
            | Self::LoseAnswer
            | Self::Delay(_)
            | Self::Duplicate
            | Self::Refuse(_)
            | Self::TooLarge
            | Self::Hang => false,
        }
    }
}

impl Network for Wire {
    fn call(
        &self,
        requests: Vec<Request>,
    ) -> BoxFuture<'static, Result<Vec<Answer>, NetworkError>> {
        let (inner, shared) = (Arc::clone(&self.inner), Arc::clone(&self.shared));
        if *shared.cut.borrow() {
            return Box::pin(std::future::pending());
        }
        let Some(fate) = self.note(&requests) else {
            let answer = inner.call(requests);
            return Box::pin(async move {
                let answer = answer.await;
                // Who died hears no answer, even to what was asked before.
                if *shared.cut.borrow() {
                    std::future::pending::<()>().await;
                }
                answer
            });
        };
        let is_death = fate.is_death();
        if is_death {
            shared.cut.send_replace(true);
        }
        Box::pin(async move {
            let heard = carry(inner, fate, requests).await;
            if is_death {
                shared.died.notify_one();
            }
            match heard {
                Some(answer) => answer,
                None => std::future::pending().await,
            }
        })
    }

    fn attach(
        &self,
        group: String,
        pid: ProcessId,
    ) -> BoxFuture<'static, Result<mpsc::Receiver<Message>, NetworkError>> {
        let (attached, shared) = (self.inner.attach(group, pid), Arc::clone(&self.shared));
        Box::pin(async move {
            let mut messages = attached.await?;
            let (sender, heard) = mpsc::channel(4096);
            tokio::spawn(async move {
                loop {
                    let message = tokio::select! {
                        message = messages.recv() => message,
                        () = sender.closed() => return,
                    };
                    let Some(message) = message else { return };
                    if *shared.cut.borrow() || *shared.mute.borrow() {
                        continue;
                    }
                    shared.state.lock().unwrap().heard.push(message.clone());
                    let _closed = sender.send(message).await;
                }
            });
            Ok(heard)
        })
    }

    fn fits(&self, request: &Request) -> bool {
        match request {
            Request::TaskSuspend(suspend) => suspend.actions.len() <= self.awaited_max,
            _ => true,
        }
    }

    fn now(&self, own: Millis) -> Millis {
        self.inner.now(own)
    }

    fn traits(&self) -> Traits {
        self.traits
    }

    fn describe(&self) -> String {
        format!("a wire to {}", self.inner.describe())
    }

    fn close(&self) -> BoxFuture<'static, ()> {
        Box::pin(std::future::ready(()))
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").finish_non_exhaustive()
    }
}
