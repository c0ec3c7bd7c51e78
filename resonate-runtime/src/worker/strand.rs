//! One running body and its waker: how the driver knows whether anything can still wake it.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context as TaskContext, Poll, Wake, Waker};

use std::collections::{BTreeSet, VecDeque};

use resonate_core::payload::Outcome;
use resonate_core::registry::{Body, BoxFuture};

use super::leaf::panic_text;
use super::pass::{Code, LocalWork, Pass, Strand};
use crate::context::{Context, Info};

/// A body that is being polled, and what is known of its steps.
pub(super) struct Running {
    pub(super) strand: Arc<Strand>,
    pub(super) work: LocalWork,
    /// The step of another strand that this body settles; none for the root.
    pub(super) op: Option<usize>,
    future: Option<BoxFuture<'static, Outcome>>,
    flag: Arc<Flag>,
    waker: Waker,
    pub(super) outcome: Option<Outcome>,
    pub(super) attempt: u32,
    /// Steps that have to end before this body has.
    pub(super) open: BTreeSet<usize>,
    pub(super) order: Order,
}

/// Where the order of results comes from.
pub(super) struct Order {
    /// Whether the steps from here on were never recorded before.
    pub(super) live: bool,
    /// Whether the next step's record is being looked up.
    pub(super) looking: bool,
    /// The recorded order up to the next step, once it is known.
    pub(super) script: Option<VecDeque<u64>>,
    /// What was handed out since the last step, where there was a choice.
    pub(super) seen: Vec<u64>,
}

/// Set when the body is to be polled; its clones are counted.
struct Flag {
    woken: AtomicBool,
    pass: Arc<Pass>,
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        self.pass.wake.notify_one();
    }
}

impl Running {
    pub(super) fn start(
        strand: Arc<Strand>,
        work: LocalWork,
        op: Option<usize>,
        live: bool,
    ) -> Self {
        let flag = Arc::new(Flag {
            woken: AtomicBool::new(true),
            pass: Arc::clone(&strand.pass),
        });
        let waker = Waker::from(Arc::clone(&flag));
        let future = Some(body(&strand, &work, 1));
        Self {
            strand,
            work,
            op,
            future,
            flag,
            waker,
            outcome: None,
            attempt: 1,
            open: BTreeSet::new(),
            order: Order {
                live,
                looking: false,
                script: None,
                seen: Vec::new(),
            },
        }
    }

    pub(super) fn is_woken(&self) -> bool {
        self.future.is_some() && self.flag.woken.load(Ordering::Acquire)
    }

    pub(super) fn is_running(&self) -> bool {
        self.future.is_some()
    }

    /// Polls the body once; what it ended with, or what it panicked with.
    pub(super) fn poll(&mut self) -> Poll<Result<Outcome, String>> {
        let Some(future) = &mut self.future else {
            return Poll::Pending;
        };
        self.flag.woken.store(false, Ordering::Release);
        let mut cx = TaskContext::from_waker(&self.waker);
        let polled = std::panic::catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(&mut cx)));
        let ended = match polled {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(outcome)) => Ok(outcome),
            Err(panic) => Err(panic_text(&*panic)),
        };
        self.future = None;
        Poll::Ready(ended)
    }

    /// Whether something that is not durable holds the body's waker: a socket, a timer of the
    /// runtime, a channel. What a combinator hides behind wakers of its own is not seen, unless
    /// it holds more clones than durable futures account for.
    pub(super) fn has_foreign_waker(&self) -> bool {
        if self.future.is_none() {
            return false;
        }
        // The driver's own clone and the flag itself.
        let clones = Arc::strong_count(&self.flag).saturating_sub(2);
        let (own, hidden) = self
            .strand
            .pass
            .state()
            .wakers_of(self.strand.index, &self.waker);
        clones > own + hidden
    }

    /// Stops the body where it is; the steps that it began and did not see the end of.
    pub(super) fn stop(&mut self) -> BTreeSet<usize> {
        self.future = None;
        self.outcome = None;
        std::mem::take(&mut self.open)
    }

    /// Runs the body again from the top, after a failure.
    pub(super) fn restart(&mut self, strand: Arc<Strand>) {
        self.attempt += 1;
        self.outcome = None;
        self.future = Some(body(&strand, &self.work, self.attempt));
        self.strand = strand;
        self.flag.woken.store(true, Ordering::Release);
    }
}

/// The future of a workflow's body.
fn body(strand: &Arc<Strand>, work: &LocalWork, attempt: u32) -> BoxFuture<'static, Outcome> {
    let info = Info {
        about: Arc::clone(&work.about),
        attempt,
    };
    let args = work.args.clone();
    match &work.code {
        Code::Inline(step) => step(info),
        Code::Entry(entry) => {
            let context = Context::recorded(Arc::clone(strand), info);
            match entry.body {
                Body::Async(body) => Box::pin(async move { body(&context, &args).await }),
                Body::Blocking(body) => Box::pin(async move { body(&context, &args) }),
            }
        }
    }
}
