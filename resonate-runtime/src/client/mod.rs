//! A process's side: the client that starts executions, and the worker that runs them.

mod builder;
mod core;
mod environment;
mod export;
mod jitter;
mod life;
mod listeners;
mod pages;
mod promises;
#[cfg(feature = "http")]
mod remote;
mod schedules;
mod serving;
mod start;
mod tasks;
mod waiting;

use std::fmt;
use std::sync::Arc;

use resonate_core::registry::Registry;

pub(crate) use self::core::Core;
pub use self::core::OnFault;
pub use builder::Builder;
pub use pages::Pages;
pub use promises::{DurablePromise, NewPromise, Promises};
pub use schedules::{Schedule, Schedules};
pub use serving::Worker;
pub use start::Start;
pub use tasks::{Task, Tasks};
pub(crate) use waiting::Waiting;

use crate::counters::Counters;
use crate::error::{Error, Kind, Result};
use crate::handle::Handle;
use crate::worker::Fault;
use serving::Guard;

/// A connection to a durable engine: it starts executions, and runs those offered to its group.
///
/// It is cheap to clone; the engine, or the connection to it, ends with the last clone, or with
/// [`shutdown`](Self::shutdown).
///
/// ```
/// use resonate::prelude::*;
///
/// #[resonate::function]
/// async fn greet(name: String) -> Result<String> {
///     Ok(format!("Hello, {name}!"))
/// }
///
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let resonate = Resonate::memory().await?;
/// let greeting = greet::run(resonate.id("greet-ada"), "Ada".into()).await?;
/// assert_eq!(greeting, "Hello, Ada!");
/// # Ok::<(), Error>(()) }).unwrap();
/// ```
#[derive(Clone)]
pub struct Resonate {
    pub(crate) core: Arc<Core>,
    guard: Arc<Guard>,
}

impl Resonate {
    /// The embedded engine on a SQLite file: durable, and no server to run. The file is made if
    /// it does not exist; one process at a time has it open.
    ///
    /// # Errors
    /// When the file cannot be opened (the error names it and the cause), or the functions
    /// linked into this program do not make a registry.
    #[cfg(feature = "sqlite")]
    pub async fn open(path: impl AsRef<std::path::Path>) -> Result<Self> {
        Self::builder().path(path).build().await
    }

    /// The embedded engine in memory: for tests, and for work that may be lost with the process.
    ///
    /// # Errors
    /// When the functions linked into this program do not make a registry.
    pub async fn memory() -> Result<Self> {
        Self::builder().build().await
    }

    /// The Resonate Server at this URL, such as `http://localhost:8001`.
    ///
    /// # Errors
    /// Within seconds, when no Resonate Server answers there, or it refuses this client; the
    /// error names the URL, the cause, and what to do. And when the functions linked into this
    /// program do not make a registry. [`Builder::wait_for_server`] waits for a server instead.
    #[cfg(feature = "http")]
    pub async fn connect(url: impl Into<String>) -> Result<Self> {
        Self::builder().url(url).build().await
    }

    /// What the environment says.
    ///
    /// | variable | what it says |
    /// |---|---|
    /// | `RESONATE_URL` | the Resonate Server; or in parts: `RESONATE_HOST`, `RESONATE_SCHEME` (`http`), `RESONATE_PORT` (8001) |
    /// | `RESONATE_TOKEN` | the token that the server asks for |
    /// | `RESONATE_DB` | the SQLite file of an embedded engine; without it and without a server the engine is in memory |
    /// | `RESONATE_GROUP` | the group of workers |
    /// | `RESONATE_PREFIX` | what ids begin with |
    ///
    /// # Errors
    /// As [`Builder::build`].
    pub async fn from_env() -> Result<Self> {
        Self::builder().env().build().await
    }

    /// Everything that can be set.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The id of an execution, for a stub: `charge::run(resonate.id("order-17"), ..)`.
    pub fn id(&self, id: impl Into<String>) -> Start<'_> {
        Start::new(self, id.into())
    }

    /// The execution of this id, whoever started it; also the id of a step, of a promise, or of a
    /// detached call, as its handle told it. That it does not exist comes out of the handle.
    ///
    /// ```
    /// use resonate::prelude::*;
    ///
    /// #[resonate::function]
    /// async fn mail(to: String) -> Result<String> {
    ///     Ok(format!("mailed {to}"))
    /// }
    ///
    /// /// Returns the id of what it leaves behind.
    /// #[resonate::function]
    /// async fn sign_up(ctx: &Context, to: String) -> Result<String> {
    ///     Ok(mail::detached(ctx, to).await?)
    /// }
    ///
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// let resonate = Resonate::memory().await?;
    /// let detached = sign_up::run(resonate.id("ada"), "Ada".into()).await?;
    /// assert_eq!(resonate.get::<String>(&detached).await?, "mailed Ada");
    /// # Ok::<(), Error>(()) }).unwrap();
    /// ```
    pub fn get<T>(&self, id: &str) -> Handle<T> {
        Handle::outside(match self.core.any_id(id) {
            Ok(id) => Waiting::existing(&self.core, id),
            Err(error) => Waiting::refused(&self.core, id.into(), error),
        })
    }

    /// Durable promises by hand: create, read, settle, search.
    #[must_use]
    pub fn promises(&self) -> Promises<'_> {
        Promises::new(self)
    }

    /// Tasks by hand: read, search, halt, continue.
    #[must_use]
    pub fn tasks(&self) -> Tasks<'_> {
        Tasks::new(self)
    }

    /// Schedules by hand: create, read, delete, search.
    #[must_use]
    pub fn schedules(&self) -> Schedules<'_> {
        Schedules::new(self)
    }

    /// The durable functions linked into this program; it prints as a table.
    #[must_use]
    pub fn registry(&self) -> &'static Registry {
        Registry::global()
    }

    /// Work that this process could not run, and why. It is neither lost nor settled: it is held
    /// back here, and offered to other workers.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        self.core.faults.list()
    }

    /// What this client counted since it started.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.core.counters.read()
    }

    /// The worker of this client, to be run until it is told to stop.
    #[must_use]
    pub fn worker(&self) -> Worker<'_> {
        Worker::new(self)
    }

    /// Ends in good order: no new work, work under way ends or is given back, then the engine is
    /// closed. What is not finished goes on in the next process.
    pub async fn shutdown(&self) {
        serving::shutdown(&self.core).await;
        self.guard.close();
    }
}

/// An answer of the wrong sort.
fn unexpected() -> Error {
    Error::of(Kind::Refused, "the answer does not belong to the request")
}

impl fmt::Debug for Resonate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Resonate").field(&self.core).finish()
    }
}
