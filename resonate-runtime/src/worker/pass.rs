//! What a running execution and its driver share: the steps it began, and who waits for them.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context as TaskContext, Poll};

use resonate_core::execution::Lineage;
use resonate_core::payload::{Args, Outcome, Retry};
use resonate_core::protocol::{PromiseCreate, PromiseRecord};
use resonate_core::registry::{BoxFuture, Entry, Kind, Registry};
use resonate_core::{Millis, PromiseId};
use tokio::sync::Notify;

use super::fault::FaultReport;
use super::steps::{Progress, Stage, Steps};
use crate::client::Core;
use crate::context::{About, Info};
use crate::error::{Error, Result};

/// One execution, as its context and its driver see it.
pub(crate) struct Pass {
    pub(crate) core: Arc<Core>,
    /// Wakes the driver.
    pub(crate) wake: Notify,
    steps: Mutex<Steps>,
    /// Bodies to poll, each once.
    woken: Mutex<VecDeque<usize>>,
}

/// One running body: the root's, or that of a workflow called as a local step.
pub(crate) struct Strand {
    pub(crate) pass: Arc<Pass>,
    pub(crate) index: usize,
    pub(crate) lineage: Lineage,
    steps: AtomicU64,
    pub(crate) draws: AtomicU64,
    /// When the body began, as it sees time.
    began: Millis,
    /// The latest instant that the body has seen: what `ctx.now()` tells.
    now: AtomicI64,
}

/// What a step does.
pub(crate) enum Work {
    Local(LocalWork),
    /// A local step by name alone: the version that is recorded, or else the latest.
    Named(NamedWork),
    /// A local step whose code is not in this program: it can only be found settled.
    Missing(FaultReport),
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

impl LocalWork {
    fn is_workflow(&self) -> bool {
        match &self.code {
            Code::Entry(entry) => entry.kind == Kind::Workflow,
            Code::Inline(_) => false,
        }
    }
}

/// A local step by name alone.
pub(crate) struct NamedWork {
    /// The step on the latest version.
    pub(crate) latest: LocalWork,
    /// What the call itself says of retries; otherwise the version that runs does.
    pub(crate) retry: Option<Retry>,
}

impl NamedWork {
    /// The step on the version that its record names: a deploy does not change it.
    ///
    /// # Errors
    /// When this program does not have that version.
    pub(crate) fn recorded(self, version: Option<u64>) -> Result<LocalWork, FaultReport> {
        let Self { latest, retry } = self;
        let version = version.and_then(|version| u32::try_from(version).ok());
        let Some(version) = version.filter(|version| *version != latest.about.version) else {
            return Ok(latest);
        };
        let (registry, name) = (Registry::global(), latest.about.name.as_str());
        let entry = registry
            .get(name, version)
            .ok_or_else(|| FaultReport::unknown(registry, name, Some(version)))?;
        Ok(LocalWork {
            code: Code::Entry(entry),
            retry: retry.or(entry.defaults.retry),
            about: Arc::new(About {
                version,
                ..About::clone(&latest.about)
            }),
            ..latest
        })
    }
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
    pub(crate) is_call_here: bool,
    pub(crate) prefers_here: bool,
}

impl Work {
    /// Whether the step may make calls of its own.
    pub(crate) fn may_call(&self) -> bool {
        match self {
            Self::Local(work) => work.is_workflow(),
            Self::Named(named) => named.latest.is_workflow(),
            Self::Remote | Self::Detached | Self::Missing(_) => true,
            Self::Timer | Self::External => false,
        }
    }

    /// Whether this execution settles the step itself.
    pub(crate) fn is_local(&self) -> bool {
        match self {
            Self::Local(_) | Self::Named(_) | Self::Missing(_) => true,
            Self::Remote | Self::Detached | Self::Timer | Self::External => false,
        }
    }

    /// Whether the body that begins the step ends only after it.
    pub(crate) fn is_joined(&self) -> bool {
        match self {
            Self::Local(_) | Self::Named(_) | Self::Missing(_) | Self::Remote => true,
            Self::Detached | Self::Timer | Self::External => false,
        }
    }
}

impl Pass {
    pub(crate) fn new(core: Arc<Core>) -> Arc<Self> {
        Arc::new(Self {
            core,
            wake: Notify::new(),
            steps: Mutex::default(),
            woken: Mutex::default(),
        })
    }

    pub(crate) fn steps(&self) -> MutexGuard<'_, Steps> {
        self.steps.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stops the execution here: the first reason counts.
    pub(crate) fn fault(&self, report: FaultReport) {
        self.steps().fault.get_or_insert(report);
        self.wake.notify_one();
    }

    /// Asks for a body to be polled.
    pub(crate) fn wake_strand(&self, strand: usize) {
        self.woken().push_back(strand);
        self.wake.notify_one();
    }

    /// The next body to poll.
    pub(crate) fn next_woken(&self) -> Option<usize> {
        self.woken().pop_front()
    }

    pub(crate) fn count_woken(&self) -> usize {
        self.woken().len()
    }

    pub(crate) fn is_any_woken(&self) -> bool {
        !self.woken().is_empty()
    }

    fn woken(&self) -> MutexGuard<'_, VecDeque<usize>> {
        self.woken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Strand {
    pub(crate) fn new(pass: Arc<Pass>, index: usize, lineage: Lineage, began: Millis) -> Arc<Self> {
        Arc::new(Self {
            pass,
            index,
            lineage,
            steps: AtomicU64::new(0),
            draws: AtomicU64::new(0),
            began,
            now: AtomicI64::new(began.get()),
        })
    }

    /// The same body from the top: it draws the same ids and sees the same time.
    pub(crate) fn anew(&self) -> Arc<Self> {
        let (pass, lineage) = (Arc::clone(&self.pass), self.lineage.clone());
        Self::new(pass, self.index, lineage, self.began)
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
        let op = self.pass.steps().begin(self.index, begun);
        self.pass.wake.notify_one();
        op
    }

    /// The result, once the driver has handed it out.
    pub(crate) fn poll_settled(
        &self,
        op: usize,
        cx: &mut TaskContext<'_>,
    ) -> Poll<Result<Arc<PromiseRecord>>> {
        let mut steps = self.pass.steps();
        match steps.take_delivered(op) {
            Some(result) => {
                if let Ok(record) = &result {
                    let seen = record.settled_at.unwrap_or(record.created_at);
                    self.now.fetch_max(seen.get(), Ordering::Relaxed);
                }
                Poll::Ready(result)
            }
            None if matches!(steps.ops[op].stage, Stage::Consumed) => {
                Poll::Ready(Err(Error::handed_out()))
            }
            None => {
                let replaced = steps.await_result(op, cx.waker());
                let is_ready = matches!(steps.ops[op].stage, Stage::Settled(_));
                drop(steps);
                // A waker is dropped outside of the lock: nobody knows what hangs on it.
                drop(replaced);
                if is_ready {
                    self.pass.wake.notify_one();
                }
                Poll::Pending
            }
        }
    }

    /// Ready once the step's promise durably exists, or cannot.
    pub(crate) fn poll_created(&self, op: usize, cx: &mut TaskContext<'_>) -> Poll<Result<()>> {
        let mut steps = self.pass.steps();
        let slot = &steps.ops[op];
        match &slot.stage {
            Stage::Settled(Err(error)) | Stage::Delivered(Err(error)) => {
                return Poll::Ready(Err(error.clone()));
            }
            Stage::Open | Stage::Settled(Ok(_)) | Stage::Delivered(Ok(_)) | Stage::Consumed => {}
        }
        if steps.await_progress(op, Progress::Created, cx.waker()) {
            return Poll::Ready(Ok(()));
        }
        self.pass.wake.notify_one();
        Poll::Pending
    }

    /// Ready once the step is settled, whoever looks at its result.
    pub(crate) fn poll_closed(&self, op: usize, cx: &mut TaskContext<'_>) -> Poll<()> {
        let mut steps = self.pass.steps();
        let is_seen = matches!(steps.ops[op].stage, Stage::Delivered(_) | Stage::Consumed);
        if is_seen || steps.await_progress(op, Progress::Settled, cx.waker()) {
            return Poll::Ready(());
        }
        self.pass.wake.notify_one();
        Poll::Pending
    }

    /// The step's handle is dropped.
    pub(crate) fn forget(&self, op: usize) {
        let forgotten = self.pass.steps().forget(op);
        drop(forgotten);
    }

    pub(crate) fn is_seen(&self, op: usize) -> bool {
        match self.pass.steps().ops[op].stage {
            Stage::Delivered(_) | Stage::Consumed => true,
            Stage::Open | Stage::Settled(_) => false,
        }
    }
}

impl fmt::Debug for Pass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pass")
            .field("steps", &self.steps().ops.begun())
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
