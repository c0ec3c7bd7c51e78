//! What a durable function does durably: the verbs of `ctx`.

mod calls;
mod draws;
mod info;
mod promise;
mod sleep;
mod step;
mod step_call;
mod testbed;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use resonate_core::Millis;
use resonate_core::registry::{Env, Kind};

pub use calls::Named;
pub(crate) use calls::{by_name, entry_of};
pub(crate) use info::About;
pub use info::Info;
pub use promise::PromiseCall;
pub use sleep::Sleep;
pub(crate) use step::{Step, unregistered};
pub use step_call::StepCall;
use testbed::Testbed;

use crate::error::Result;
use crate::function::Environment;
use crate::worker::Strand;

/// One execution of a durable function, from the inside: take `&Context` as the first parameter
/// to make a function a workflow.
///
/// Everything that a workflow learns comes from its context or its arguments. Its code may run
/// again from the top whenever it is resumed; what was recorded is not done again. So it reads time,
/// randomness and ids through its context, and does its work in steps.
pub struct Context {
    scene: Scene,
    info: Info,
}

/// What carries a context's steps.
enum Scene {
    /// A driver that records them.
    Recorded(Arc<Strand>),
    /// Nobody: they run in place.
    Test(Testbed),
}

impl Context {
    pub(crate) fn recorded(strand: Arc<Strand>, info: Info) -> Self {
        Self {
            scene: Scene::Recorded(strand),
            info,
        }
    }

    /// A context for a unit test that calls a durable function directly: local steps and calls
    /// of functions in this program run in place, once each, sleeps end at once, time stands
    /// still at 1970, and nothing is recorded. What is not in this program is answered with
    /// [`with_answer`](Self::with_answer), promises with [`with_promise`](Self::with_promise).
    ///
    /// ```
    /// use resonate::prelude::*;
    ///
    /// #[resonate::function]
    /// async fn double(n: u64) -> Result<u64> {
    ///     Ok(n * 2)
    /// }
    ///
    /// #[resonate::function]
    /// async fn quadruple(ctx: &Context, n: u64) -> Result<u64> {
    ///     let twice = double::run(ctx, n).await?;
    ///     ctx.sleep(Duration::from_secs(3600)).await?;
    ///     Ok(double::run(ctx, twice).await?)
    /// }
    ///
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// let ctx = Context::for_test();
    /// assert_eq!(quadruple(&ctx, 3).await.unwrap(), 12);
    /// # })
    /// ```
    #[must_use]
    pub fn for_test() -> Self {
        Self::testing(Testbed::new("test"))
    }

    fn testing(testbed: Testbed) -> Self {
        let info = testbed.info();
        Self {
            scene: Scene::Test(testbed),
            info,
        }
    }

    /// What this run knows of itself.
    #[must_use]
    pub fn info(&self) -> &Info {
        &self.info
    }

    /// The id of the promise that this execution settles.
    #[must_use]
    pub fn id(&self) -> &str {
        self.info.id()
    }

    /// The version of the function that this execution began on, and stays on.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.info.version()
    }

    /// What the client was given with `Resonate::builder().dependency(..)`.
    ///
    /// # Errors
    /// When it was given nothing of that type.
    pub fn dependency<T: Send + Sync + 'static>(&self) -> Result<&T> {
        self.info.dependency()
    }

    /// The time, the same on every replay: that of the last thing this execution has seen. It
    /// moves only across durable awaits.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        to_system_time(match &self.scene {
            Scene::Recorded(strand) => strand.now(),
            Scene::Test(testbed) => testbed.now(),
        })
    }
}

/// An instant of the protocol as the standard library writes it.
pub(crate) fn to_system_time(at: Millis) -> SystemTime {
    let since = Duration::from_millis(u64::try_from(at.get()).unwrap_or(0));
    // Past the standard library's range the year is 292 million: nobody will tell the difference.
    SystemTime::UNIX_EPOCH
        .checked_add(since)
        .unwrap_or(SystemTime::UNIX_EPOCH)
}

/// An instant as the protocol writes it; what is before 1970 is 1970.
pub(crate) fn to_millis(at: SystemTime) -> Millis {
    Millis::ZERO.after(
        at.duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default(),
    )
}

impl Environment for Context {
    const KIND: Kind = Kind::Workflow;

    fn from_env(env: Env<'_>) -> &Self {
        env.downcast_ref()
            .expect("workflows are only ever run with a `Context`")
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Context").field(&self.info).finish()
    }
}
