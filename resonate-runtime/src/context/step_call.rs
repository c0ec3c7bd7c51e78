//! A step written in place: durable, and not registered.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::sync::Arc;
use std::time::Duration;

use resonate_core::execution::{Plan, PlanKind};
use resonate_core::payload::{Args, Invocation, Outcome, Retry};
use resonate_core::registry::BoxFuture;

use super::{About, Context, Info, Scene, Step, calls};
use crate::call::Options;
use crate::error::{CallError, Error, Result};
use crate::function::DurableResult;
use crate::handle::Handle;
use crate::private::encode_result;
use crate::worker::{Begun, Code, LocalWork, Work};

/// What a step does, each time it is tried.
type Attempt<R> = Arc<
    dyn Fn(
            Info,
        )
            -> BoxFuture<'static, Result<<R as DurableResult>::Ok, <R as DurableResult>::Error>>
        + Send
        + Sync,
>;

/// Whether an error is final.
type IsFinal<R> = Arc<dyn Fn(&<R as DurableResult>::Error) -> bool + Send + Sync>;

/// An inline step that has not started yet.
#[must_use = "a step starts when it is awaited or spawned"]
pub struct StepCall<'c, R: DurableResult> {
    context: &'c Context,
    name: String,
    attempt: Attempt<R>,
    is_final: IsFinal<R>,
    options: Options,
}

impl Context {
    /// Does a piece of work once and records what it returned: a local step without a function
    /// of its own. Each attempt calls `work` anew, so `work` owns what it needs: `move` and clone.
    ///
    /// ```no_run
    /// # use resonate::prelude::*;
    /// # async fn order(ctx: &Context) -> Result<()> {
    /// let number = ctx.step("number", || async { Ok::<_, Error>(42) }).await?;
    /// # Ok(()) }
    /// ```
    pub fn step<W, F, R>(&self, name: &str, work: W) -> StepCall<'_, R>
    where
        W: Fn() -> F + Send + Sync + 'static,
        F: Future<Output = R> + Send + 'static,
        R: DurableResult,
    {
        self.step_with(name, move |_info| work())
    }

    /// The same as [`step`](Self::step), for work that wants to know its id, deadline or attempt.
    ///
    /// ```no_run
    /// # use resonate::prelude::*;
    /// # async fn pay(key: String, attempt: u32) -> Result<u64> { Ok(0) }
    /// # async fn order(ctx: &Context) -> Result<()> {
    /// // The id is the same in each attempt: a key that keeps a payment from being made twice.
    /// let paid = ctx.step_with("pay", |info| pay(info.id().to_owned(), info.attempt())).await?;
    /// # Ok(()) }
    /// ```
    pub fn step_with<W, F, R>(&self, name: &str, work: W) -> StepCall<'_, R>
    where
        W: Fn(Info) -> F + Send + Sync + 'static,
        F: Future<Output = R> + Send + 'static,
        R: DurableResult,
    {
        StepCall {
            context: self,
            name: name.to_owned(),
            attempt: Arc::new(move |info| {
                let running = work(info);
                Box::pin(async move { running.await.into_result() })
            }),
            is_final: Arc::new(says_final),
            options: Options::default(),
        }
    }
}

impl<R: DurableResult> StepCall<'_, R> {
    /// How long all attempts may take together; 24 hours without it.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeout = Some(timeout);
        self
    }

    /// When a failed attempt is repeated.
    pub fn retry(mut self, retry: Retry) -> Self {
        self.options.retry = Some(retry);
        self
    }

    /// A tag of the step's promise; keys that start with `resonate:` are reserved.
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.options.tag(key.into(), value.into());
        self
    }

    /// Which errors are final: the step is not tried again after one. Without it those of
    /// [`Error::last`] are. An error type that implements [`Final`](crate::Final) is asked with
    /// `.final_if(Final::is_final)`.
    pub fn final_if(
        mut self,
        is_final: impl Fn(&R::Error) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.is_final = Arc::new(is_final);
        self
    }

    /// What each attempt does, and how its result is written down.
    fn recorded(&self) -> Arc<dyn Fn(Info) -> BoxFuture<'static, Outcome> + Send + Sync> {
        let (attempt, is_final) = (Arc::clone(&self.attempt), Arc::clone(&self.is_final));
        Arc::new(move |info| {
            let (running, is_final) = (attempt(info), Arc::clone(&is_final));
            Box::pin(async move {
                let result = running.await;
                let is_final = result.as_ref().is_err_and(|error| is_final(error));
                encode_result(result, is_final)
            })
        })
    }

    /// Starts the step and goes on.
    pub fn spawn(self) -> Handle<R::Ok, R::Error> {
        let attempt = self.recorded();
        let step = match &self.context.scene {
            Scene::Recorded(strand) => {
                let invocation = Invocation::new(self.name.as_str(), None, Args::default(), None);
                let core = &strand.pass.core;
                core.encode(&invocation.to_json()).and_then(|param| {
                    let deadline = core.clock.now().after(self.options.timeout_or_default());
                    let (seq, id) = calls::draw(strand, None, false);
                    let (kind, labels) = (PlanKind::Local, self.options.labels()?);
                    let plan = Plan {
                        id: id.clone(),
                        kind,
                        deadline,
                        param,
                        labels,
                    };
                    let request = plan.child_of(&strand.lineage);
                    let about = Arc::new(About {
                        id: id.clone(),
                        origin: strand.lineage.origin.clone(),
                        name: self.name,
                        version: 0,
                        deadline: request.timeout_at,
                        tags: request.tags.clone(),
                        dependencies: core.dependencies.lend(),
                    });
                    let work = Work::Local(LocalWork {
                        code: Code::Inline(attempt),
                        args: Args::default(),
                        retry: self.options.retry,
                        about,
                    });
                    let begun = Begun {
                        id: id.clone(),
                        seq,
                        work,
                        request,
                        eager: false,
                        is_call_here: false,
                        prefers_here: false,
                    };
                    Ok(Step::recorded(id, Arc::clone(strand), strand.begin(begun)))
                })
            }
            Scene::Test(testbed) => testbed.step(&attempt),
        };
        Handle::inside(step.unwrap_or_else(Step::refused))
    }
}

impl<R: DurableResult> IntoFuture for StepCall<'_, R> {
    type Output = Result<R::Ok, CallError<R::Error>>;
    type IntoFuture = Handle<R::Ok, R::Error>;

    fn into_future(self) -> Self::IntoFuture {
        self.spawn()
    }
}

impl<R: DurableResult> fmt::Debug for StepCall<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StepCall")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Whether an error of any type is one that declares itself final: only this crate's own can be
/// asked without its type at hand.
fn says_final<E: 'static>(error: &E) -> bool {
    let any: &dyn std::any::Any = error;
    any.downcast_ref::<Error>().is_some_and(Error::is_final)
}
