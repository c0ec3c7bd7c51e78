//! A promise that someone outside settles: a person, a webhook, another program.

use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::time::Duration;

use resonate_core::execution::PlanKind;
use resonate_core::registry::BoxFuture;

use super::{Context, Scene, Step, calls};
use crate::call::DEFAULT_TIMEOUT;
use crate::error::{CallError, Error, Result};
use crate::function::DurableOk;
use crate::handle::Handle;
use crate::worker::Work;

/// A durable promise that has not been created yet.
#[must_use = "a promise is created when it is awaited, spawned or begun"]
pub struct PromiseCall<'c, T> {
    context: &'c Context,
    timeout: Duration,
    value: PhantomData<fn() -> T>,
}

impl Context {
    /// A promise that someone outside settles, with `resonate.promises().resolve(id, &value)`
    /// or any other client of the same engine. A value that is not a `T` is an error of the await
    /// (`CallError::Other`, `is_payload`): ask again with another promise, or give up.
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
        match &self.context.scene {
            Scene::Recorded(strand) => {
                let deadline = strand.pass.core.clock.now().after(self.timeout);
                calls::begin_plain(strand, Work::External, PlanKind::External, deadline)
            }
            Scene::Test(testbed) => testbed.open_promise(),
        }
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
