//! One running body and its wakers: how the driver knows whether anything can still wake it.

use std::collections::{BTreeSet, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context as TaskContext, Poll, Wake, Waker};

use resonate_core::payload::Outcome;
use resonate_core::protocol::PromiseCreate;
use resonate_core::registry::{Body, BoxFuture};

use super::drive::Ahead;
use super::leaf::panic_text;
use super::pass::{Code, LocalWork, Pass, Strand, Work};
use crate::context::{Context, Info};

/// A body that is being polled, and what is known of its steps.
pub(super) struct Running {
    pub(super) strand: Arc<Strand>,
    pub(super) work: LocalWork,
    /// The step of another body that this one settles; none for the root.
    pub(super) op: Option<usize>,
    future: Option<BoxFuture<'static, Outcome>>,
    wakes: Arc<Wakes>,
    /// The waker of the latest poll, each with one of its own: what a finished future has kept
    /// from an earlier poll tells nothing.
    latest: Arc<Latest>,
    question: Question,
    /// What the question will be after a poll that the driver itself asked for.
    after_own_poll: Option<Question>,
    pub(super) outcome: Option<Outcome>,
    pub(super) attempt: u32,
    /// Steps that have to end before this body has.
    pub(super) open: BTreeSet<usize>,
    pub(super) order: Order,
    /// How far its history is read.
    pub(super) ahead: Ahead,
    /// Canceled: whatever comes of it, it is not polled again.
    pub(super) is_stopped: bool,
}

/// Where the order of results comes from.
#[derive(Default)]
pub(super) struct Order {
    /// Whether the steps from here on were never recorded before.
    pub(super) live: bool,
    /// Whether the next step's record is being looked up.
    pub(super) looking: bool,
    /// The recorded order up to the next step, once it is known.
    pub(super) script: Option<VecDeque<u64>>,
    /// What was handed out since the last step, where there was a choice.
    pub(super) seen: Vec<u64>,
    /// The step that records a choice, until that is acknowledged. Later steps are not sent
    /// before, so that a replay that does not find it knows that nothing came after.
    pub(super) carrier: Option<usize>,
    /// Those later steps, and those that wait for records to be read.
    pub(super) held: VecDeque<Taken>,
}

/// A step as the driver takes it over.
pub(super) struct Taken {
    pub(super) op: usize,
    pub(super) work: Work,
    pub(super) request: PromiseCreate,
    pub(super) choice: Choice,
}

/// What was seen before a step, where its body had a choice.
#[derive(Default)]
pub(super) struct Choice {
    /// Whether the step has the id of its place, and no one of its own.
    pub(super) is_in_place: bool,
    /// Whether the step's creation records it.
    pub(super) is_carried: bool,
    /// The promise that records it in the step's place, when the step has an id of its own.
    pub(super) marker: Option<PromiseCreate>,
}

/// Whether the body awaits something that is not durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Question {
    /// Something woke the body since it was asked.
    Open,
    /// The body was polled once more, so that whatever is finished has let go of its waker.
    Shaken,
    Answered {
        is_foreign: bool,
    },
}

/// What all wakers of a body share.
struct Wakes {
    woken: AtomicBool,
    strand: usize,
    pass: Arc<Pass>,
}

/// The waker of one poll; its clones are counted.
struct Latest(Arc<Wakes>);

impl Wakes {
    fn wake(&self) {
        if !self.woken.swap(true, Ordering::AcqRel) {
            self.pass.wake_strand(self.strand);
        }
    }
}

impl Wake for Latest {
    fn wake(self: Arc<Self>) {
        self.0.wake();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.wake();
    }
}

impl Running {
    /// A body that is about to be polled for the first time.
    pub(super) fn start(
        strand: Arc<Strand>,
        work: LocalWork,
        op: Option<usize>,
        live: bool,
        ahead: Ahead,
    ) -> Self {
        let wakes = Arc::new(Wakes {
            woken: AtomicBool::new(false),
            strand: strand.index,
            pass: Arc::clone(&strand.pass),
        });
        wakes.wake();
        Self {
            future: Some(body(&strand, &work, 1)),
            latest: Arc::new(Latest(Arc::clone(&wakes))),
            strand,
            work,
            op,
            wakes,
            question: Question::Open,
            after_own_poll: None,
            outcome: None,
            attempt: 1,
            open: BTreeSet::new(),
            order: Order {
                live,
                ..Order::default()
            },
            ahead,
            is_stopped: false,
        }
    }

    pub(super) fn is_running(&self) -> bool {
        self.future.is_some()
    }

    /// Polls the body once; what it ended with, or what it panicked with.
    pub(super) fn poll(&mut self) -> Poll<Result<Outcome, String>> {
        self.wakes.woken.store(false, Ordering::Release);
        let Some(future) = &mut self.future else {
            return Poll::Pending;
        };
        self.question = self.after_own_poll.take().unwrap_or(Question::Open);
        self.latest = Arc::new(Latest(Arc::clone(&self.wakes)));
        let waker = Waker::from(Arc::clone(&self.latest));
        let mut cx = TaskContext::from_waker(&waker);
        let polled = std::panic::catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(&mut cx)));
        let ended = match polled {
            Ok(Poll::Pending) => {
                // Some combinators wake themselves when everything in them was woken.
                if self.question != Question::Open && self.wakes.woken.load(Ordering::Acquire) {
                    self.after_own_poll = Some(self.question);
                }
                return Poll::Pending;
            }
            Ok(Poll::Ready(outcome)) => Ok(outcome),
            Err(panic) => Err(panic_text(&*panic)),
        };
        self.future = None;
        Poll::Ready(ended)
    }

    /// Whether the body awaits something that is not durable: a socket, a timer of the runtime, a
    /// task. None when it has to be polled once more to tell.
    ///
    /// Whoever holds the waker of the latest poll and is no durable future is not durable. Two
    /// things hold it in their place, and are told apart by what is harmless to any future, a
    /// wake-up too many: futures that are finished and were not dropped yet, and combinators such
    /// as `FuturesUnordered`, which poll durable futures with wakers of their own.
    pub(super) fn awaits_foreign(&mut self) -> Option<bool> {
        if let Question::Answered { is_foreign } = self.question {
            return Some(is_foreign);
        }
        if self.future.is_none() {
            return Some(false);
        }
        let waker = Waker::from(Arc::clone(&self.latest));
        let (own, others) = self
            .strand
            .pass
            .steps()
            .wakers_of(self.strand.index, &waker);
        drop(waker);
        if self.clones() <= own {
            self.question = Question::Answered { is_foreign: false };
            return Some(false);
        }
        match self.question {
            Question::Open => self.poll_again(Question::Shaken),
            Question::Shaken if others.is_empty() => {
                self.question = Question::Answered { is_foreign: true };
                return Some(true);
            }
            Question::Shaken | Question::Answered { .. } => {
                // A combinator that is woken lets go of the waker that it was polled with.
                others.into_iter().for_each(Waker::wake);
                let is_foreign = self.clones() > own;
                self.poll_again(Question::Answered { is_foreign });
            }
        }
        None
    }

    /// How many clones of the latest waker others hold.
    fn clones(&self) -> usize {
        Arc::strong_count(&self.latest).saturating_sub(1)
    }

    fn poll_again(&mut self, after: Question) {
        self.after_own_poll = Some(after);
        self.wakes.wake();
    }

    /// Stops the body where it is; the steps that it began and did not see the end of.
    pub(super) fn stop(&mut self) -> BTreeSet<usize> {
        self.is_stopped = true;
        self.future = None;
        self.outcome = None;
        std::mem::take(&mut self.open)
    }

    /// Runs the body again from the top, after a failure: what it recorded is found, what failed
    /// is not done again.
    pub(super) fn restart(&mut self) {
        if self.is_stopped {
            return;
        }
        self.attempt += 1;
        self.outcome = None;
        self.strand = self.strand.anew();
        self.order = Order::default();
        self.future = Some(body(&self.strand, &self.work, self.attempt));
        self.wakes.wake();
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
