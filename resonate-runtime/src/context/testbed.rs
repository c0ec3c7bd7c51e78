//! Steps without a recorder: what [`Context::for_test`] runs them on.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context as TaskContext, Poll, Waker};

use futures_util::FutureExt as _;
use resonate_core::payload::{Args, Base64Json, Codec, Failure, Outcome};
use resonate_core::protocol::{PromiseRecord, PromiseState};
use resonate_core::registry::{Body, BoxFuture, Entry, Kind};
use resonate_core::{Millis, PromiseId, Tags, Value};
use serde::Serialize;
use tokio::task::AbortHandle;

use super::info::About;
use super::{Context, Info, Scene, Step, calls, unregistered};
use crate::call::Target;
use crate::dependencies::Dependencies;
use crate::error::{BAD_ARGUMENTS, Error, Kind as ErrorKind, PANICKED, Result};
use crate::function::{ErrorOf, Function, OkOf};
use crate::private::encode_result;
use crate::worker::panic_text;

/// The place where a test's steps run.
pub(super) struct Testbed {
    id: PromiseId,
    steps: AtomicU64,
    pub(super) draws: AtomicU64,
    dependencies: Dependencies,
    script: Script,
}

/// What a test says that functions and promises give, in place of what they would.
#[derive(Clone, Default)]
struct Script {
    answers: BTreeMap<&'static str, Outcome>,
    /// What the next promises settle with, in order; workflows below share it.
    promises: Arc<Mutex<VecDeque<Outcome>>>,
}

static PLAIN: std::sync::LazyLock<Base64Json> = std::sync::LazyLock::new(Base64Json::default);

/// The codec of steps that nobody records.
pub(super) fn plain_codec() -> &'static dyn Codec {
    &*PLAIN
}

impl Context {
    /// The same test context, lending this to its functions.
    ///
    /// ```
    /// let ctx = resonate::Context::for_test().with_dependency(String::from("pool"));
    /// assert_eq!(ctx.dependency::<String>().unwrap(), "pool");
    /// ```
    #[must_use]
    pub fn with_dependency<T: Send + Sync + 'static>(self, value: T) -> Self {
        let mut testbed = self.into_testbed();
        testbed.dependencies.insert(value);
        Self::testing(testbed)
    }

    /// The same test context, in which every call of `F` gives this result instead of running
    /// `F`: for functions that are only declared here, and for those that a unit test should not
    /// run.
    ///
    /// ```
    /// use resonate::prelude::*;
    ///
    /// #[resonate::declare]
    /// async fn charge(cents: u64) -> Result<String>;
    ///
    /// #[resonate::function]
    /// async fn checkout(ctx: &Context, cents: u64) -> Result<String> {
    ///     Ok(format!("paid: {}", charge::rpc(ctx, cents).await?))
    /// }
    ///
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// let ctx = Context::for_test().with_answer::<charge>(Ok("receipt".into()));
    /// assert_eq!(checkout(&ctx, 500).await.unwrap(), "paid: receipt");
    ///
    /// let ctx = Context::for_test().with_answer::<charge>(Err(Error::new("no funds")));
    /// assert_eq!(checkout(&ctx, 500).await.unwrap_err().to_string(), "no funds");
    /// # })
    /// ```
    #[must_use]
    pub fn with_answer<F: Function>(self, result: Result<OkOf<F>, ErrorOf<F>>) -> Self {
        let mut testbed = self.into_testbed();
        let answer = encode_result(result, false);
        testbed.script.answers.insert(F::NAME, answer);
        Self::testing(testbed)
    }

    /// The same test context, in which the next [`promise`](Self::promise) that nobody spoke for
    /// yet is settled with this value at once. A promise that is not spoken for stays pending.
    ///
    /// ```
    /// use resonate::prelude::*;
    ///
    /// #[resonate::function]
    /// async fn approval(ctx: &Context) -> Result<bool> {
    ///     Ok(ctx.promise::<bool>().await?)
    /// }
    ///
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// let ctx = Context::for_test().with_promise(&true);
    /// assert!(approval(&ctx).await.unwrap());
    /// # })
    /// ```
    #[must_use]
    pub fn with_promise(self, value: &impl Serialize) -> Self {
        let testbed = self.into_testbed();
        let settled = encode_result::<_, Error>(Ok(value), false);
        testbed.script.promises().push_back(settled);
        Self::testing(testbed)
    }

    /// A new testbed with what this context's has.
    fn into_testbed(self) -> Testbed {
        let script = match self.scene {
            Scene::Test(testbed) => testbed.script,
            Scene::Recorded(_) => Script::default(),
        };
        Testbed {
            dependencies: self.info.about.dependencies.clone(),
            script,
            ..Testbed::new(self.info.id())
        }
    }
}

impl Script {
    fn promises(&self) -> MutexGuard<'_, VecDeque<Outcome>> {
        self.promises.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Testbed {
    pub(super) fn new(id: &str) -> Self {
        Self {
            id: PromiseId::from(id),
            steps: AtomicU64::new(0),
            draws: AtomicU64::new(0),
            dependencies: Dependencies::default(),
            script: Script::default(),
        }
    }

    pub(super) fn info(&self) -> Info {
        self.info_of(self.id.clone(), "test", 0)
    }

    /// Time stands still in a test.
    #[expect(clippy::unused_self, reason = "the counterpart of a strand's clock")]
    pub(super) fn now(&self) -> Millis {
        Millis::ZERO
    }

    fn info_of(&self, id: PromiseId, name: &str, version: u32) -> Info {
        let about = About {
            id,
            origin: self.id.clone(),
            name: name.to_owned(),
            version,
            deadline: Millis::MAX,
            tags: Tags::default(),
            dependencies: self.dependencies.clone(),
        };
        Info {
            about: Arc::new(about),
            attempt: 1,
        }
    }

    /// Runs the call here, whatever its target: its code must be in this program.
    pub(super) fn call(&self, target: Target) -> Result<Step> {
        if let Some(answer) = self.script.answers.get(target.name.as_str()) {
            return Ok(self.answered(answer.clone()));
        }
        let entry = match calls::entry_of(&target)? {
            Some(entry) => entry,
            None => {
                let found = match target.version {
                    Some(version) => {
                        resonate_core::registry::Registry::global().get(&target.name, version)
                    }
                    None => resonate_core::registry::Registry::global().latest(&target.name),
                };
                found.ok_or_else(|| unanswered(&target))?
            }
        };
        let args = target.args?;
        let id = self.next_id();
        let info = self.info_of(id.clone(), entry.name, entry.version);
        Ok(Inline::start(id, self.run(entry, args, info)))
    }

    pub(super) fn step(
        &self,
        attempt: &Arc<dyn Fn(Info) -> BoxFuture<'static, Outcome> + Send + Sync>,
    ) -> Result<Step> {
        let id = self.next_id();
        Ok(Inline::start(
            id.clone(),
            attempt(self.info_of(id, "step", 0)),
        ))
    }

    pub(super) fn ended_sleep(&self) -> Result<Step> {
        let nothing = serde_json::value::to_raw_value(&()).map_err(Error::new)?;
        Ok(self.answered(Outcome::Returned(nothing)))
    }

    /// A promise: settled as the test said, or by nobody.
    pub(super) fn promise(&self) -> Step {
        let settled = self.script.promises().pop_front();
        match settled {
            Some(outcome) => self.answered(outcome),
            None => Inline::start(self.next_id(), Box::pin(std::future::pending())),
        }
    }

    fn answered(&self, outcome: Outcome) -> Step {
        Inline::start(self.next_id(), Box::pin(std::future::ready(outcome)))
    }

    fn run(&self, entry: &'static Entry, args: Args, info: Info) -> BoxFuture<'static, Outcome> {
        let bed = Self {
            dependencies: self.dependencies.clone(),
            script: self.script.clone(),
            ..Self::new(info.id())
        };
        match entry.body {
            Body::Async(body) => Box::pin(async move {
                match entry.kind {
                    Kind::Leaf => body(&info, &args).await,
                    Kind::Workflow => body(&Context::testing(bed), &args).await,
                }
            }),
            Body::Blocking(body) => Box::pin(async move { body(&info, &args) }),
        }
    }

    fn next_id(&self) -> PromiseId {
        let number = self.steps.fetch_add(1, Ordering::Relaxed);
        PromiseId::from(format!("{}:{number}", self.id))
    }
}

/// Why a call cannot be made in a test.
fn unanswered(target: &Target) -> Error {
    let missing = unregistered(&target.name, target.version);
    let message = format!("{missing}; or say what it gives, with `Context::with_answer`");
    Error::of(ErrorKind::Unregistered, message)
}

/// A step that runs in place.
pub(crate) struct Inline {
    id: PromiseId,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    settled: Option<Result<Arc<PromiseRecord>>>,
    waker: Option<Waker>,
    running: Option<AbortHandle>,
}

impl Inline {
    fn start(id: PromiseId, work: BoxFuture<'static, Outcome>) -> Step {
        let inline = Arc::new(Self {
            id: id.clone(),
            state: Mutex::default(),
        });
        let settled = Arc::clone(&inline);
        let running = tokio::spawn(async move {
            let ended = AssertUnwindSafe(work).catch_unwind().await;
            let outcome = ended.unwrap_or_else(|panic| {
                Outcome::Failed(Failure::new(PANICKED, panic_text(&*panic)))
            });
            settled.settle(written(outcome).map(|(state, value)| settled.record(state, value)));
        });
        inline.state().running = Some(running.abort_handle());
        Step::inline(id, inline)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn settle(&self, result: Result<Arc<PromiseRecord>>) {
        let mut state = self.state();
        state.settled.get_or_insert(result);
        if let Some(waker) = state.waker.take() {
            waker.wake();
        }
    }

    #[expect(
        clippy::unused_self,
        reason = "the counterpart of a recorded step's codec"
    )]
    pub(super) fn codec(&self) -> &dyn Codec {
        plain_codec()
    }

    pub(super) fn is_done(&self) -> bool {
        self.state().settled.is_some()
    }

    pub(super) fn cancel(&self) {
        if let Some(running) = self.state().running.take() {
            running.abort();
        }
        self.settle(Ok(
            self.record(PromiseState::RejectedCanceled, Value::default())
        ));
    }

    /// The record that the step's promise would be.
    fn record(&self, state: PromiseState, value: Value) -> Arc<PromiseRecord> {
        Arc::new(PromiseRecord {
            id: self.id.clone(),
            state,
            param: Value::default(),
            value,
            tags: Tags::default(),
            timeout_at: Millis::MAX,
            created_at: Millis::ZERO,
            settled_at: Some(Millis::ZERO),
        })
    }

    pub(super) fn poll_settled(
        &self,
        cx: &mut TaskContext<'_>,
    ) -> Poll<Result<Arc<PromiseRecord>>> {
        let mut state = self.state();
        if let Some(result) = state.settled.clone() {
            return Poll::Ready(result);
        }
        state.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

/// How an outcome would have been recorded.
fn written(outcome: Outcome) -> Result<(PromiseState, Value)> {
    let (state, json) = match outcome {
        Outcome::Returned(json) => (PromiseState::Resolved, json),
        Outcome::Failed(failure) => (PromiseState::Rejected, failure.to_json()),
        Outcome::Misfit(misfit) => {
            let failure = Failure::new(BAD_ARGUMENTS, misfit.to_string());
            (PromiseState::Rejected, failure.to_json())
        }
        Outcome::Unwritable(cause) => {
            let message = format!("the result of a step cannot be written as JSON: {cause}");
            return Err(Error::of(ErrorKind::Payload, message));
        }
    };
    let value = plain_codec().encode(json.get()).map_err(Error::new)?;
    Ok((state, value))
}

impl fmt::Debug for Inline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inline")
            .field("done", &self.is_done())
            .finish()
    }
}
