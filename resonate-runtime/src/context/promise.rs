//! A promise that someone outside settles: a person, a webhook, another program.

use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::time::Duration;

use resonate_core::Value;
use resonate_core::execution::PlanKind;
use resonate_core::payload::Json;
use resonate_core::registry::BoxFuture;
use serde::Serialize;

use super::calls::Plain;
use super::{Context, Scene, Step, calls};
use crate::call::{DEFAULT_TIMEOUT, Options};
use crate::error::{CallError, Error, Kind, Result};
use crate::function::DurableOk;
use crate::handle::Handle;
use crate::worker::Work;

/// A durable promise that has not been created yet.
#[must_use = "a promise is created when it is awaited, spawned or begun"]
pub struct PromiseCall<'c, T> {
    context: &'c Context,
    timeout: Duration,
    data: Result<Option<Json>>,
    options: Options,
    value: PhantomData<fn() -> T>,
}

impl Context {
    /// A promise that someone outside settles, with `resonate.promises().resolve(id, &value)`
    /// or any other client of the same engine.
    ///
    /// ```no_run
    /// # use resonate::prelude::*;
    /// # async fn ask(ctx: &Context) -> Result<()> {
    /// let approval = ctx.promise::<bool>().timeout(Duration::from_secs(3600)).begin().await?;
    /// println!("waiting for somebody to settle {}", approval.id());
    /// let approved = approval.await?;
    /// # Ok(()) }
    /// ```
    pub fn promise<T: DurableOk>(&self) -> PromiseCall<'_, T> {
        PromiseCall {
            context: self,
            timeout: DEFAULT_TIMEOUT,
            data: Ok(None),
            options: Options::default(),
            value: PhantomData,
        }
    }
}

impl<'c, T: DurableOk> PromiseCall<'c, T> {
    /// How long to wait for somebody; 24 hours without it.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// What whoever settles it may want to know, as JSON:
    /// [`DurablePromise::data`](crate::DurablePromise::data) reads it. Data that cannot be
    /// written comes out of the handle as an error.
    pub fn data(mut self, data: &impl Serialize) -> Self {
        self.data = serde_json::value::to_raw_value(data)
            .map(Some)
            .map_err(|cause| {
                let message = format!("the data of a promise cannot be written as JSON: {cause}");
                Error::of(Kind::Payload, message).because(cause)
            });
        self
    }

    /// A tag of the promise, to find it by with
    /// [`Promises::search`](crate::Promises::search); keys that start with `resonate:` are
    /// reserved.
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.options.tag(key.into(), value.into());
        self
    }

    /// Creates the promise and goes on: its id is known at once.
    pub fn spawn(self) -> Handle<T, Error> {
        Handle::inside(self.start())
    }

    /// Creates the promise and waits until it durably exists, so that its id can be given away.
    /// A step that starts after the promise was spawned waits for that by itself.
    ///
    /// # Errors
    /// None inside a recorded execution: failures of the engine stop the execution instead.
    #[must_use = "a promise is created when it is awaited, spawned or begun"]
    pub fn begin(self) -> BoxFuture<'c, Result<Handle<T, Error>>> {
        let step = self.start();
        Box::pin(async move {
            step.created().await?;
            Ok(Handle::inside(step))
        })
    }

    fn start(self) -> Step {
        self.started().unwrap_or_else(Step::refused)
    }

    fn started(self) -> Result<Step> {
        let strand = match &self.context.scene {
            Scene::Recorded(strand) => strand,
            Scene::Test(testbed) => return Ok(testbed.promise()),
        };
        let core = &strand.pass.core;
        let param = match self.data? {
            Some(json) => core.encode(&json)?,
            None => Value::default(),
        };
        let plain = Plain {
            work: Work::External,
            kind: PlanKind::External,
            deadline: core.clock.now().after(self.timeout),
            param,
            labels: self.options.labels()?,
        };
        Ok(calls::begin_plain(strand, plain))
    }
}

impl<'c, T: DurableOk> IntoFuture for PromiseCall<'c, T> {
    type Output = Result<T, CallError<Error>>;
    type IntoFuture = Handle<T, Error>;

    fn into_future(self) -> Self::IntoFuture {
        self.spawn()
    }
}

impl<T> fmt::Debug for PromiseCall<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PromiseCall")
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
