//! The driver of one execution: polls its bodies, turns their steps into requests, hands out
//! results, and says how the turn ends.

mod ahead;
mod begin;
mod bell;
mod cancel;
mod deliver;
mod end;
mod events;
mod journal;
mod park;
mod place;
mod replay;
mod requests;
mod suspend;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::task::Poll;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use resonate_core::Millis;
use resonate_core::execution::{Branch, Lineage};
use resonate_core::payload::Outcome;
use resonate_core::protocol::{PromiseCreate, PromiseRecord, PromiseSettle};
use resonate_core::registry::{BoxFuture, Kind};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::Instant;

use super::claim::Claim;
use super::fault::{FaultKind, FaultReport};
use super::heartbeat::Lease;
use super::leaf::LeafEnd;
use super::pass::{Code, LocalWork, NamedWork, Pass, Strand};
use super::strand::Running;
use crate::client::Core;
pub(super) use ahead::Ahead;
use events::Event;
use journal::Journal;
pub(crate) use park::Parked;
use place::Unplaced;
use replay::Nested;
pub(crate) use replay::Trail;
pub(crate) use requests::Stop;

/// How a turn ends: exactly one of these.
#[derive(Debug)]
pub(crate) enum Ending {
    /// The promise is settled, with this record.
    Fulfilled(Arc<PromiseRecord>),
    /// Parked until one of its awaited promises settles. The engine said so itself, or it was
    /// found out: then it is not certain that everything is recorded that came with the request.
    Suspended { is_acknowledged: bool },
    /// Another process may hold the task, or the promise is settled: nothing more is written.
    Lost,
    /// The engine could not be reached, or this process is shutting down: to be released.
    Released(&'static str),
    /// This process cannot run it.
    Faulted(FaultReport),
}

/// Local steps of one execution that run at the same time, at most.
const LEAVES_MAX: usize = 1024;

/// The step number that stands for the root when the root is a leaf.
const ROOT: usize = usize::MAX;

/// The driver of one execution.
pub(crate) struct Driver {
    core: Arc<Core>,
    pass: Arc<Pass>,
    lease: Arc<Lease>,
    /// Whether nobody but this driver ran this execution.
    fresh: bool,
    root: LocalWork,
    /// When the root's promise was made.
    created_at: Millis,
    /// How the root ended, once it has.
    root_outcome: Option<Outcome>,
    strands: Vec<Running>,
    /// Bodies by the step that they settle.
    nested: BTreeMap<usize, usize>,
    /// Bodies that returned, and whose steps have not all ended.
    ended: BTreeSet<usize>,
    /// Bodies that may have ended for good.
    finishing: BTreeSet<usize>,
    /// What is recorded of this execution.
    journal: Journal,
    requests: FuturesUnordered<BoxFuture<'static, Event>>,
    /// Bodies that wait to be tried again.
    restarts: FuturesUnordered<BoxFuture<'static, Event>>,
    /// Looks at awaited promises while local work keeps the execution here.
    watches: FuturesUnordered<BoxFuture<'static, Event>>,
    /// Steps that somebody else settles, and those of them that `watches` looks at.
    unwatched: BTreeSet<usize>,
    watched: BTreeSet<usize>,
    /// Steps that settle at these deadlines at the latest, on an engine that settles them only
    /// when somebody looks.
    deadlines: HashMap<usize, Millis>,
    leaves: JoinSet<(usize, LeafEnd)>,
    leaf_handles: HashMap<usize, AbortHandle>,
    /// Steps whose creation is not acknowledged: no later local step starts before it is.
    unacknowledged: BTreeSet<usize>,
    /// Local steps that wait for that.
    queued: BTreeMap<usize, LocalWork>,
    /// Local steps by name alone, until their record tells the version.
    unversioned: BTreeMap<usize, NamedWork>,
    /// Local steps whose creation is kept together with their result.
    unwritten: BTreeMap<usize, PromiseCreate>,
    /// Local steps whose result is on its way.
    recording: HashSet<usize>,
    /// Local steps that start before their creation is acknowledged, as they were never recorded,
    /// and when that was asked for.
    unrecorded: HashMap<usize, Instant>,
    /// Results that wait until their step's creation is acknowledged.
    early: HashMap<usize, PromiseSettle>,
    /// Results that did not wait for that.
    overlapping: HashMap<usize, PromiseSettle>,
    /// Creations that are under way.
    creating: usize,
    /// Local steps that are created once it is known in which branch.
    unplaced: VecDeque<Unplaced>,
    /// The task's branch, where not every local step goes there.
    branch: Option<Branch>,
    /// Calls that are over for their caller once they are recorded.
    detached: HashSet<usize>,
    /// Steps to cancel once they are recorded.
    canceling: Vec<usize>,
    /// The end of the root's own promise by its deadline.
    expiry: BoxFuture<'static, Arc<PromiseRecord>>,
    /// How many bells this turn made.
    bells: u32,
    /// Whether a step stopped because this process is shutting down.
    interrupted: bool,
    warned: bool,
    /// In a replay: workflows whose results are recorded.
    nested_ended: Vec<Nested>,
}

impl Driver {
    pub(crate) fn new(core: Arc<Core>, claim: Claim, root: LocalWork) -> Self {
        let Claim {
            lease,
            record,
            preload,
            complete,
            fresh,
            read: _,
        } = claim;
        let has_limits = !core.traits.atomic && record.tags.branch().is_some();
        let branch = has_limits.then(|| Branch::holding(preload.len()));
        let ahead = if fresh || complete {
            Ahead::NONE
        } else {
            Ahead::after(preload.len())
        };
        let pass = Pass::new(core);
        let journal = Journal::new(preload, complete);
        let mut driver = Self {
            fresh,
            branch,
            ..Self::at_rest(
                Arc::clone(&pass),
                lease,
                root.clone(),
                record.created_at,
                journal,
            )
        };
        match kind_of(&root.code) {
            Kind::Workflow => {
                let lineage = Lineage::of(&record);
                let strand = Strand::new(pass, 0, lineage, record.created_at);
                let running = Running::start(strand, root, None, fresh, ahead);
                driver.strands.push(running);
            }
            Kind::Leaf => driver.spawn_leaf(ROOT, root),
        }
        driver
    }

    /// A driver of which nothing is under way.
    fn at_rest(
        pass: Arc<Pass>,
        lease: Arc<Lease>,
        root: LocalWork,
        created_at: Millis,
        journal: Journal,
    ) -> Self {
        let core = Arc::clone(&pass.core);
        let (id, deadline) = (root.about.id.clone(), root.about.deadline);
        let expiry = requests::expired(Arc::clone(&core), id, deadline);
        Self {
            core,
            pass,
            lease,
            fresh: false,
            root,
            created_at,
            root_outcome: None,
            strands: Vec::new(),
            nested: BTreeMap::new(),
            ended: BTreeSet::new(),
            finishing: BTreeSet::new(),
            journal,
            requests: FuturesUnordered::new(),
            restarts: FuturesUnordered::new(),
            watches: FuturesUnordered::new(),
            unwatched: BTreeSet::new(),
            watched: BTreeSet::new(),
            deadlines: HashMap::new(),
            leaves: JoinSet::new(),
            leaf_handles: HashMap::new(),
            unacknowledged: BTreeSet::new(),
            queued: BTreeMap::new(),
            unversioned: BTreeMap::new(),
            unwritten: BTreeMap::new(),
            recording: HashSet::new(),
            unrecorded: HashMap::new(),
            early: HashMap::new(),
            overlapping: HashMap::new(),
            creating: 0,
            unplaced: VecDeque::new(),
            branch: None,
            detached: HashSet::new(),
            canceling: Vec::new(),
            expiry: Box::pin(expiry),
            bells: 0,
            interrupted: false,
            warned: false,
            nested_ended: Vec::new(),
        }
    }

    /// Drives the execution until the turn ends.
    pub(crate) async fn run(&mut self) -> Ending {
        loop {
            // A body that keeps itself busy leaves room for others.
            tokio::task::consume_budget().await;
            if self.lease.is_lost() {
                return Ending::Lost;
            }
            self.poll_strands();
            if let Some(ending) = self.fault() {
                return ending;
            }
            self.start_fresh();
            self.create_unplaced();
            self.cancel_asked();
            self.finish_strands();
            if let Some(ending) = self.fault() {
                return ending;
            }
            self.start_leaves();
            if self.pass.is_any_woken() || self.deliver() {
                continue;
            }
            if let Some(outcome) = self.root_outcome.take() {
                let lost = self.lease.lost();
                return tokio::select! {
                    biased;
                    () = lost => Ending::Lost,
                    ending = self.finish_root(outcome) => ending,
                };
            }
            let step = if self.is_busy() {
                if self.is_busy_for_long() {
                    self.watch_awaited();
                }
                self.next_event().await
            } else if self.core.is_draining() && (self.interrupted || !self.queued.is_empty()) {
                Some(Ending::Released("this process is shutting down"))
            } else {
                self.block().await
            };
            if let Some(ending) = step {
                return ending;
            }
        }
    }

    /// Nothing of its own is under way: suspend, or wait for what is not durable.
    async fn block(&mut self) -> Option<Ending> {
        if self.strands.is_empty() {
            // A leaf whose deadline passed here, and soon does there.
            return self.next_event().await;
        }
        let mut is_foreign = false;
        for running in &mut self.strands {
            is_foreign |= running.awaits_foreign().unwrap_or_default();
        }
        if self.pass.is_any_woken() {
            return None;
        }
        let awaited = self.awaited();
        if is_foreign || awaited.is_empty() {
            self.warn_once();
            self.watch_awaited();
            return self.next_event().await;
        }
        let lost = self.lease.lost();
        tokio::select! {
            biased;
            () = lost => Some(Ending::Lost),
            ending = self.suspend(awaited) => ending,
        }
    }

    fn fault(&self) -> Option<Ending> {
        let fault = self.pass.steps().fault.take();
        fault.map(Ending::Faulted)
    }

    /// Polls the bodies that were woken, each once.
    fn poll_strands(&mut self) {
        for _ in 0..self.pass.count_woken() {
            let Some(index) = self.pass.next_woken() else {
                return;
            };
            let running = &mut self.strands[index];
            let polled = running.poll();
            let about = &running.work.about;
            if let Some(wanted) = about.dependencies.missing() {
                let report = FaultReport::missing_dependency(&about.name, wanted);
                return self.pass.fault(report);
            }
            let Poll::Ready(ended) = polled else {
                continue;
            };
            match ended {
                Ok(outcome) => {
                    running.outcome = Some(outcome);
                    self.ended.insert(index);
                    self.finishing.insert(index);
                }
                Err(panic) => {
                    let name = &running.work.about.name;
                    self.pass.fault(FaultReport::panicked(name, &panic));
                }
            }
        }
    }

    /// Whether work of this execution is under way that will report by itself.
    fn is_busy(&self) -> bool {
        !self.requests.is_empty() || self.is_busy_for_long()
    }

    /// Whether some of it may take its time.
    fn is_busy_for_long(&self) -> bool {
        !self.leaves.is_empty() || !self.restarts.is_empty()
    }

    /// Waits for the next thing to happen, and takes it in.
    async fn next_event(&mut self) -> Option<Ending> {
        let core = Arc::clone(&self.core);
        tokio::select! {
            biased;
            () = self.lease.lost() => Some(Ending::Lost),
            () = core.stopping() => Some(Ending::Released("this process is shutting down")),
            Some(event) = self.requests.next(), if !self.requests.is_empty() => self.take(event),
            Some(ended) = self.leaves.join_next(), if !self.leaves.is_empty() => {
                self.leaf_ended(ended)
            }
            Some(event) = self.restarts.next(), if !self.restarts.is_empty() => self.take(event),
            Some(event) = self.watches.next(), if !self.watches.is_empty() => self.take(event),
            record = &mut self.expiry => Some(Ending::Fulfilled(record)),
            () = self.pass.wake.notified() => None,
        }
    }

    fn warn_once(&mut self) {
        if std::mem::replace(&mut self.warned, true) {
            return;
        }
        let (id, name) = (&self.root.about.id, &self.root.about.name);
        tracing::warn!(
            %id, name,
            "a workflow awaits something that is not durable; it keeps its lease meanwhile, and a crash starts that wait anew: do such work in a step"
        );
    }

    fn spawn_leaf(&mut self, op: usize, work: LocalWork) {
        let core = Arc::clone(&self.core);
        let default = core.settings.leaf_retry;
        let running = self
            .leaves
            .spawn(async move { (op, super::leaf::run(core, work, default).await) });
        self.leaf_handles.insert(op, running);
    }

    /// Starts the local steps that no unacknowledged creation precedes; their own counts unless it
    /// is known that they were never recorded.
    fn start_leaves(&mut self) {
        if self.core.is_draining() {
            return;
        }
        let barrier = self.unacknowledged.first().copied().unwrap_or(usize::MAX);
        while self.leaves.len() < LEAVES_MAX {
            let may_start =
                |op: usize| op < barrier || (op == barrier && self.unrecorded.contains_key(&op));
            let next = self.queued.first_entry();
            let Some(next) = next.filter(|next| may_start(*next.key())) else {
                return;
            };
            let (op, work) = next.remove_entry();
            self.spawn_leaf(op, work);
        }
    }
}

/// What sort of function the code is.
pub(crate) fn kind_of(code: &Code) -> Kind {
    match code {
        Code::Entry(entry) => entry.kind,
        Code::Inline(_) => Kind::Leaf,
    }
}

/// A fault that ends a turn.
fn faulted(kind: FaultKind, message: impl Into<String>) -> Ending {
    Ending::Faulted(FaultReport::new(kind, message))
}
