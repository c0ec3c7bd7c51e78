//! The network between one client and the engine: what it carries is lost, doubled, delayed and
//! overtaken, by the numbers of a seed.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use resonate::network::{Network, NetworkError, Traits};
use resonate_core::protocol::{Answer, FenceAction, Message, Request, Response, Status};
use resonate_core::registry::BoxFuture;
use resonate_core::tags::SCOPE;
use resonate_core::{ProcessId, PromiseId, TaskVersion};
use support::random::Random;
use tokio::sync::{mpsc, oneshot};

use crate::ground::Ground;

/// The network between one client and the engine.
pub(crate) struct Link {
    ground: Arc<Ground>,
    pid: String,
    cut: AtomicBool,
    dead: AtomicBool,
    state: Mutex<State>,
}

struct State {
    random: Random,
    /// Claims that the client was told to be gone.
    gone: BTreeSet<(PromiseId, TaskVersion)>,
}

/// What becomes of one passage, in one direction.
#[derive(Clone, Copy)]
struct Passage {
    lost: bool,
    after: Duration,
    again_after: Option<Duration>,
}

impl Link {
    pub(crate) fn new(ground: &Arc<Ground>, pid: &str, random: Random) -> Arc<Self> {
        Arc::new(Self {
            ground: Arc::clone(ground),
            pid: pid.to_owned(),
            cut: AtomicBool::new(false),
            dead: AtomicBool::new(false),
            state: Mutex::new(State {
                random,
                gone: BTreeSet::new(),
            }),
        })
    }

    /// Nothing gets through, in either direction, until it is mended.
    pub(crate) fn cut(&self, cut: bool) {
        self.cut.store(cut, Ordering::Relaxed);
    }

    pub(crate) fn is_cut(&self) -> bool {
        self.cut.load(Ordering::Relaxed)
    }

    /// The client is gone. What it sent is still on its way.
    pub(crate) fn die(&self) {
        self.dead.store(true, Ordering::Relaxed);
    }

    fn is_dead(&self) -> bool {
        self.dead.load(Ordering::Relaxed)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn draw(&self, what: [&'static str; 3]) -> Passage {
        let (options, trace) = (&self.ground.options, &self.ground.trace);
        let mut passage = Passage {
            lost: self.is_cut(),
            after: Duration::ZERO,
            again_after: None,
        };
        if self.ground.is_calm() {
            return passage;
        }
        let [lost, doubled, delayed] = what;
        let random = &mut self.state().random;
        let late = |random: &mut Random, percent: usize| {
            let most = 2 * usize::try_from(options.lease.as_millis()).unwrap();
            let short = random.chance(70);
            let millis = random.below(if short { 200 } else { most });
            random
                .chance(percent)
                .then(|| Duration::from_millis(millis as u64))
        };
        if random.chance(options.loss) {
            passage.lost = true;
            trace.count(lost);
        }
        if let Some(after) = late(random, options.delay) {
            passage.after = after;
            trace.count(delayed);
        }
        passage.again_after = late(random, options.duplication);
        if passage.again_after.is_some() {
            trace.count(doubled);
        }
        passage
    }

    /// How long a client waits for an answer that does not come.
    fn patience(&self) -> Duration {
        Duration::from_millis(100 + self.state().random.below(1_900) as u64)
    }

    /// Carries a call there and back.
    async fn carry(self: Arc<Self>, call: u64, requests: Vec<Request>, there: Passage) -> Heard {
        pause(there.after).await;
        if there.lost || self.is_cut() {
            pause(self.patience()).await;
            return lost("request");
        }
        if let Some(after) = there.again_after {
            let (again, requests) = (Arc::clone(&self), requests.clone());
            tokio::spawn(async move {
                pause(after).await;
                let answers = again.hand_over(requests).await;
                let said = Said(&answers);
                let trace = &again.ground.trace;
                trace.line(format_args!("{} {call} again: {said}", again.pid));
            });
        }
        let answers = self.hand_over(requests).await;
        let said = Said(&answers);
        let trace = &self.ground.trace;
        trace.line(format_args!("{} {call} done: {said}", self.pid));
        let back = self.draw(["answers lost", "answers doubled", "answers delayed"]);
        pause(back.after).await;
        if back.lost || self.is_cut() {
            pause(self.patience()).await;
            return lost("answer");
        }
        answers
    }

    /// Has the engine carry out the requests: all at once, or one by one.
    async fn hand_over(&self, requests: Vec<Request>) -> Heard {
        if self.ground.options.atomic {
            return self.ground.ask(requests).await;
        }
        let mut answers = Vec::new();
        for request in requests {
            answers.extend(self.ground.ask(vec![request]).await?);
        }
        Ok(answers)
    }

    /// The client hears the answers.
    fn hears(&self, requests: &[Request], answers: &[Answer]) {
        let trace = &self.ground.trace;
        for (request, answer) in requests.iter().zip(answers) {
            match (request, answer) {
                (Request::TaskSuspend(_), Ok(Response::Done)) => trace.count("suspends"),
                (Request::TaskSuspend(_), Ok(Response::Redirect { .. })) => {
                    trace.count("redirects");
                }
                (Request::TaskAcquire(_), Ok(Response::Claimed { task, .. }))
                    if task.version.get() > 1 =>
                {
                    trace.count("replays");
                }
                (Request::TaskFence(fence), Ok(Response::Fenced { result: Ok(_), .. }))
                    if is_apart(&fence.action) =>
                {
                    trace.count("records apart");
                }
                (request, Err(refusal)) if refusal.status == Status::Conflict => {
                    trace.count("conflicts");
                    if let Some(claim) = claim(request) {
                        self.state().gone.insert(claim);
                    }
                }
                _ => {}
            }
        }
    }

    /// Who was told that a claim is gone writes nothing more under it.
    fn check_gone(&self, requests: &[Request]) {
        for (id, version) in requests.iter().filter_map(claim) {
            if self.state().gone.contains(&(id.clone(), version)) {
                let pid = &self.pid;
                self.ground.trace.finding(format_args!(
                    "E5: {pid} uses its claim {version} of `{id}` after it was told that it is gone"
                ));
            }
        }
    }

    fn deliver(self: &Arc<Self>, message: Message, sender: &mpsc::Sender<Message>) {
        let passage = self.draw(["messages lost", "messages doubled", "messages delayed"]);
        let trace = &self.ground.trace;
        trace.line(format_args!("{} is sent {}", self.pid, brief(&message)));
        if passage.lost {
            return;
        }
        let arrivals = [Some(Duration::ZERO), passage.again_after];
        for more in arrivals.into_iter().flatten() {
            let (link, sender, message) = (Arc::clone(self), sender.clone(), message.clone());
            tokio::spawn(async move {
                pause(passage.after + more).await;
                if !link.is_cut() {
                    let _gone = sender.send(message).await;
                }
            });
        }
    }
}

type Heard = Result<Vec<Answer>, NetworkError>;

fn lost(what: &str) -> Heard {
    Err(NetworkError::transient(format!("the {what} was lost")))
}

async fn pause(span: Duration) {
    if !span.is_zero() {
        tokio::time::sleep(span).await;
    }
}

/// The claim that a request is made under.
fn claim(request: &Request) -> Option<(PromiseId, TaskVersion)> {
    match request {
        Request::TaskFence(fence) => Some((fence.id.clone(), fence.version)),
        Request::TaskSuspend(suspend) => Some((suspend.id.clone(), suspend.version)),
        Request::TaskFulfill(fulfill) => Some((fulfill.id.clone(), fulfill.version)),
        _ => None,
    }
}

impl Network for Link {
    fn call(
        &self,
        requests: Vec<Request>,
    ) -> BoxFuture<'static, Result<Vec<Answer>, NetworkError>> {
        let Some(link) = self.ground.link(&self.pid).filter(|_| !self.is_dead()) else {
            return Box::pin(std::future::pending());
        };
        self.check_gone(&requests);
        let call = self.ground.next_call();
        let names: Vec<String> = requests.iter().map(name).collect();
        let there = self.draw(["requests lost", "requests doubled", "requests delayed"]);
        let trace = &self.ground.trace;
        trace.line(format_args!(
            "{} {call} asks {}",
            self.pid,
            names.join(", ")
        ));
        let (reply, heard) = oneshot::channel();
        let (carrier, asked) = (Arc::clone(&link), requests.clone());
        // On its way it depends on nobody: not even on who sent it.
        tokio::spawn(async move {
            let _gone = reply.send(carrier.carry(call, requests, there).await);
        });
        Box::pin(async move {
            let answers = heard.await.unwrap_or_else(|_| lost("call"));
            if let Ok(answers) = &answers {
                link.hears(&asked, answers);
            }
            answers
        })
    }

    fn attach(
        &self,
        group: String,
        pid: ProcessId,
    ) -> BoxFuture<'static, Result<mpsc::Receiver<Message>, NetworkError>> {
        let (sender, receiver) = mpsc::channel(4096);
        let link = self.ground.link(&self.pid);
        if let Some(link) = link {
            tokio::spawn(async move {
                loop {
                    let changed = link.ground.changed();
                    tokio::pin!(changed);
                    changed.as_mut().enable();
                    let attached = match link.ground.engine() {
                        Some(engine) => engine.attach(group.clone(), pid.clone()).await.ok(),
                        None => None,
                    };
                    let Some(mut messages) = attached else {
                        changed.await;
                        continue;
                    };
                    loop {
                        tokio::select! {
                            biased;
                            () = sender.closed() => return,
                            () = &mut changed => break,
                            Some(message) = messages.recv() => link.deliver(message, &sender),
                        }
                    }
                }
            });
        }
        Box::pin(std::future::ready(Ok(receiver)))
    }

    fn traits(&self) -> Traits {
        Traits {
            atomic: self.ground.options.atomic,
            timers_fire: true,
            preload_max: usize::MAX,
            leases_hold: false,
        }
    }

    fn describe(&self) -> String {
        format!("the simulated network of {}", self.pid)
    }

    fn close(&self) -> BoxFuture<'static, ()> {
        Box::pin(std::future::ready(()))
    }
}

/// Whether a local step's record is made, as a branch of its own.
fn is_apart(action: &FenceAction) -> bool {
    match action {
        FenceAction::Create(create) => {
            let is_own = create.tags.branch() == Some(create.id.as_str());
            is_own && create.tags.get(SCOPE) == Some("local")
        }
        FenceAction::Settle(_) => false,
    }
}

/// A request in a few words.
fn name(request: &Request) -> String {
    match request {
        Request::TaskFence(fence) => {
            let inner = match &fence.action {
                FenceAction::Create(create) => &create.id,
                FenceAction::Settle(settle) => &settle.id,
            };
            let (kind, id, version) = (fence.action.kind(), &fence.id, fence.version);
            format!("{kind} {inner} under {id} {version}")
        }
        Request::TaskAcquire(acquire) => format!("acquire {} {}", acquire.id, acquire.version),
        Request::TaskSuspend(suspend) => {
            let awaited = suspend.actions.iter().map(|one| one.awaited.as_str());
            let awaited: Vec<&str> = awaited.collect();
            format!(
                "suspend {} {} on {}",
                suspend.id,
                suspend.version,
                awaited.join(" ")
            )
        }
        Request::TaskHeartbeat(beat) => {
            let tasks = beat.tasks.iter().map(brief_task);
            format!("heartbeat {}", tasks.collect::<Vec<_>>().join(" "))
        }
        other => format!("{} {}", other.kind(), other.id().unwrap_or_default()),
    }
}

fn brief_task(task: &resonate_core::protocol::TaskRef) -> String {
    format!("{}/{}", task.id, task.version)
}

fn brief(message: &Message) -> String {
    match message {
        Message::Execute(task) => format!("execute {}", brief_task(task)),
        Message::Unblock(record) => format!("unblock {}", record.id),
    }
}

/// Answers in a few words.
struct Said<'a>(&'a Heard);

impl fmt::Display for Said<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let answers = match self.0 {
            Ok(answers) => answers,
            Err(error) => return write!(f, "{error}"),
        };
        for answer in answers {
            match answer {
                Ok(Response::Redirect { .. }) => f.write_str("300 ")?,
                Ok(Response::Promise(record)) => write!(f, "{:?} ", record.state)?,
                Ok(Response::Claimed { task, preload, .. }) => {
                    write!(f, "claimed {} with {} ", task.version, preload.len())?;
                }
                Ok(Response::Fenced { result, .. }) => match result {
                    Ok(record) => write!(f, "{:?} ", record.state)?,
                    Err(refusal) => write!(f, "inside {refusal} ")?,
                },
                Ok(_) => f.write_str("200 ")?,
                Err(refusal) => write!(f, "{refusal} ")?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Link").field(&self.pid).finish()
    }
}
