//! What a running execution and its driver share: the steps it began, and who waits for them.

use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context as TaskContext, Poll, Waker};

use resonate_core::execution::Lineage;
use resonate_core::payload::{Args, Outcome, Retry};
use resonate_core::protocol::{PromiseCreate, PromiseRecord};
use resonate_core::registry::{BoxFuture, Entry};
use resonate_core::{Millis, PromiseId};
use tokio::sync::Notify;

use super::fault::FaultReport;
use crate::client::Core;
use crate::context::{About, Info};
use crate::error::Result;

/// One execution, as its context and its driver see it.
pub(crate) struct Pass {
    pub(crate) core: Arc<Core>,
    /// Wakes the driver.
    pub(crate) wake: Notify,
    state: Mutex<State>,
}

/// One running body: the root's, or that of a workflow called as a local step.
pub(crate) struct Strand {
    pub(crate) pass: Arc<Pass>,
    pub(crate) index: usize,
    pub(crate) lineage: Lineage,
    steps: AtomicU64,
    pub(crate) draws: AtomicU64,
    /// The latest instant that the body has seen: what `ctx.now()` tells.
    now: AtomicI64,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) ops: Vec<Op>,
    /// Steps begun since the driver last looked, in order.
    pub(crate) fresh: VecDeque<usize>,
    /// Steps to cancel.
    pub(crate) cancels: Vec<usize>,
    /// Awaited and not handed out: (strand, step).
    pub(crate) awaiting: BTreeSet<(usize, usize)>,
    /// Those of them whose result is known.
    pub(crate) ready: BTreeSet<(usize, usize)>,
    /// Steps whose creation or end is waited for, and not told: (strand, step).
    gates: BTreeSet<(usize, usize)>,
    /// Why the execution cannot go on here.
    pub(crate) fault: Option<FaultReport>,
}

/// One step that the code began.
pub(crate) struct Op {
    pub(crate) id: PromiseId,
    pub(crate) strand: usize,
    pub(crate) seq: u64,
    pub(crate) stage: Stage,
    /// What there is to do; taken by the driver.
    pub(crate) work: Option<Work>,
    /// The request that creates its promise; taken when it is sent.
    pub(crate) request: Option<PromiseCreate>,
    /// Whether its promise has to exist before its result does.
    pub(crate) eager: bool,
    /// Whether the creation is acknowledged.
    pub(crate) created: bool,
    waker: Option<Waker>,
    gate: Option<Gate>,
}

/// A wait for a step's creation or end, without its result. It is over at a place in the
/// program that does not depend on when the answer came: before any further result is handed
/// out, and in the order of the steps. So a replay, which gets its answers in another order,
/// sees the same.
struct Gate {
    until: Until,
    waker: Waker,
    open: bool,
}

/// What a gate waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Until {
    Created,
    Settled,
}

/// How far a step is.
pub(crate) enum Stage {
    Open,
    Settled(Result<Arc<PromiseRecord>>),
    /// Handed out: the next poll takes it.
    Delivered(Result<Arc<PromiseRecord>>),
    Consumed,
}

/// What a step does.
pub(crate) enum Work {
    Local(LocalWork),
    Remote,
    Detached,
    Timer,
    External,
}

/// A local step to run.
#[derive(Clone)]
pub(crate) struct LocalWork {
    pub(crate) code: Code,
    pub(crate) args: Args,
    pub(crate) retry: Option<Retry>,
    pub(crate) about: Arc<About>,
}

/// The code of a local step.
#[derive(Clone)]
pub(crate) enum Code {
    Entry(&'static Entry),
    Inline(Arc<dyn Fn(Info) -> BoxFuture<'static, Outcome> + Send + Sync>),
}

/// A step about to be begun.
pub(crate) struct Begun {
    pub(crate) id: PromiseId,
    pub(crate) seq: u64,
    pub(crate) work: Work,
    pub(crate) request: PromiseCreate,
    pub(crate) eager: bool,
}

impl Pass {
    pub(crate) fn new(core: Arc<Core>) -> Arc<Self> {
        Arc::new(Self {
            core,
            wake: Notify::new(),
            state: Mutex::default(),
        })
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stops the execution here: the first reason counts.
    pub(crate) fn fault(&self, report: FaultReport) {
        self.state().fault.get_or_insert(report);
        self.wake.notify_one();
    }
}

impl Strand {
    pub(crate) fn new(pass: Arc<Pass>, index: usize, lineage: Lineage, now: Millis) -> Arc<Self> {
        Arc::new(Self {
            pass,
            index,
            lineage,
            steps: AtomicU64::new(0),
            draws: AtomicU64::new(0),
            now: AtomicI64::new(now.get()),
        })
    }

    /// The number of the next step, drawn when the step starts.
    pub(crate) fn draw_step(&self) -> u64 {
        self.steps.fetch_add(1, Ordering::Relaxed)
    }

    /// The number that the next step will have.
    pub(crate) fn next_step(&self) -> u64 {
        self.steps.load(Ordering::Relaxed)
    }

    pub(crate) fn now(&self) -> Millis {
        Millis::new(self.now.load(Ordering::Relaxed))
    }

    pub(crate) fn begin(&self, begun: Begun) -> usize {
        let Begun {
            id,
            seq,
            work,
            request,
            eager,
        } = begun;
        let mut state = self.pass.state();
        let index = state.ops.len();
        state.ops.push(Op {
            id,
            strand: self.index,
            seq,
            stage: Stage::Open,
            work: Some(work),
            request: Some(request),
            eager,
            created: false,
            waker: None,
            gate: None,
        });
        state.fresh.push_back(index);
        drop(state);
        self.pass.wake.notify_one();
        index
    }

    /// The result, once the driver has handed it out.
    pub(crate) fn poll_settled(
        &self,
        op: usize,
        cx: &mut TaskContext<'_>,
    ) -> Poll<Result<Arc<PromiseRecord>>> {
        let mut state = self.pass.state();
        let slot = &mut state.ops[op];
        match std::mem::replace(&mut slot.stage, Stage::Consumed) {
            Stage::Delivered(result) => {
                if let Ok(record) = &result {
                    let seen = record.settled_at.unwrap_or(record.created_at);
                    self.now.fetch_max(seen.get(), Ordering::Relaxed);
                }
                Poll::Ready(result)
            }
            stage @ (Stage::Open | Stage::Settled(_) | Stage::Consumed) => {
                let ready = matches!(stage, Stage::Settled(_));
                slot.stage = stage;
                if !slot
                    .waker
                    .as_ref()
                    .is_some_and(|waker| waker.will_wake(cx.waker()))
                {
                    slot.waker = Some(cx.waker().clone());
                }
                state.awaiting.insert((self.index, op));
                if ready && state.ready.insert((self.index, op)) {
                    self.pass.wake.notify_one();
                }
                Poll::Pending
            }
        }
    }

    /// Ready once the step's promise durably exists, or cannot.
    pub(crate) fn poll_created(&self, op: usize, cx: &mut TaskContext<'_>) -> Poll<Result<()>> {
        match &self.pass.state().ops[op].stage {
            Stage::Settled(Err(error)) | Stage::Delivered(Err(error)) => {
                return Poll::Ready(Err(error.clone()));
            }
            Stage::Open | Stage::Settled(Ok(_)) | Stage::Delivered(Ok(_)) | Stage::Consumed => {}
        }
        self.poll_gate(op, Until::Created, cx).map(Ok)
    }

    /// Ready once the step is settled, whoever looks at its result.
    pub(crate) fn poll_closed(&self, op: usize, cx: &mut TaskContext<'_>) -> Poll<()> {
        self.poll_gate(op, Until::Settled, cx)
    }

    fn poll_gate(&self, op: usize, until: Until, cx: &mut TaskContext<'_>) -> Poll<()> {
        let mut state = self.pass.state();
        let slot = &mut state.ops[op];
        if slot
            .gate
            .take_if(|gate| gate.open && gate.until == until)
            .is_some()
        {
            return Poll::Ready(());
        }
        slot.gate = Some(Gate {
            until,
            waker: cx.waker().clone(),
            open: false,
        });
        state.gates.insert((self.index, op));
        if state.is_passable(op) {
            self.pass.wake.notify_one();
        }
        Poll::Pending
    }

    /// Nobody awaits the step's result any more.
    pub(crate) fn forget(&self, op: usize) {
        let mut state = self.pass.state();
        state.ops[op].waker = None;
        state.ops[op].gate = None;
        state.gates.remove(&(self.index, op));
        state.awaiting.remove(&(self.index, op));
        state.ready.remove(&(self.index, op));
    }

    pub(crate) fn is_seen(&self, op: usize) -> bool {
        match self.pass.state().ops[op].stage {
            Stage::Delivered(_) | Stage::Consumed => true,
            Stage::Open | Stage::Settled(_) => false,
        }
    }
}

impl State {
    /// Records that a step's promise durably exists.
    pub(crate) fn created(&mut self, op: usize) {
        self.ops[op].created = true;
    }

    /// The first step of a strand whose gate is not open yet.
    pub(crate) fn first_gate(&self, strand: usize) -> Option<usize> {
        let mut of_strand = self.gates.range((strand, 0)..(strand + 1, 0));
        of_strand.next().map(|(_, op)| *op)
    }

    /// Whether what the step's gate waits for has come.
    pub(crate) fn is_passable(&self, op: usize) -> bool {
        let slot = &self.ops[op];
        match slot.gate.as_ref().map(|gate| gate.until) {
            Some(Until::Created) => slot.created,
            Some(Until::Settled) => !self.is_open(op),
            None => true,
        }
    }

    /// Opens the step's gate: whoever waits at it goes on.
    pub(crate) fn open_gate(&mut self, op: usize) {
        let slot = &mut self.ops[op];
        self.gates.remove(&(slot.strand, op));
        if let Some(gate) = &mut slot.gate {
            gate.open = true;
            gate.waker.wake_by_ref();
        }
    }

    /// Records a step's result; the first one counts.
    pub(crate) fn settle(&mut self, op: usize, result: Result<Arc<PromiseRecord>>) {
        let slot = &mut self.ops[op];
        if !matches!(slot.stage, Stage::Open) {
            return;
        }
        slot.stage = Stage::Settled(result);
        let key = (slot.strand, op);
        if self.awaiting.contains(&key) {
            self.ready.insert(key);
        }
        self.created(op);
    }

    pub(crate) fn is_open(&self, op: usize) -> bool {
        matches!(self.ops[op].stage, Stage::Open)
    }

    /// Hands a known result to whoever awaits it.
    pub(crate) fn deliver(&mut self, op: usize) {
        let slot = &mut self.ops[op];
        let key = (slot.strand, op);
        slot.stage = match std::mem::replace(&mut slot.stage, Stage::Consumed) {
            Stage::Settled(result) => Stage::Delivered(result),
            other @ (Stage::Open | Stage::Delivered(_) | Stage::Consumed) => other,
        };
        if let Some(waker) = slot.waker.take() {
            waker.wake();
        }
        self.ready.remove(&key);
        self.awaiting.remove(&key);
    }

    /// How many clones of `waker` its own steps hold, and how many other wakers they hold: those
    /// of combinators that make their own.
    pub(crate) fn wakers_of(&self, strand: usize, waker: &Waker) -> (usize, usize) {
        let of_strand = self.awaiting.range((strand, 0)..(strand + 1, 0));
        let results = of_strand.filter_map(|(_, op)| self.ops[*op].waker.as_ref());
        let own = results.clone().filter(|held| held.will_wake(waker)).count();
        (own, results.count() - own)
    }
}

impl fmt::Debug for Pass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pass")
            .field("steps", &self.state().ops.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Strand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Strand")
            .field("id", &self.lineage.id)
            .finish_non_exhaustive()
    }
}
