//! Replays: tests that run today's code against executions that were recorded before.

mod clock;
mod compare;
mod error;
mod folder;
mod playback;
mod run;

use std::fmt;

use resonate_core::execution::{Recording, RecordingError};

use crate::dependencies::Dependencies;
use crate::function::HasBody;
pub(crate) use clock::ReplayClock;
pub use error::ReplayError;
pub use folder::{ReplayAll, replay_all};

/// Runs the code of this program against a recorded execution, which [`Handle::export`] made: a
/// test that fails when a change of the code would stop executions like this one.
///
/// Every step is answered from the recording. Nothing is executed but the bodies of workflows: no
/// leaf runs, no engine and no network is there, and no sleep takes time. It fails when the code
/// asks for another step than was recorded, leaves one out, asks for one more than an execution
/// had that ended, or ends with another result. Workflows that were called as local steps are run
/// against their own records in the same way.
///
/// ```
/// use resonate::prelude::*;
///
/// #[resonate::function]
/// async fn charge(cents: u64) -> Result<String> {
///     Ok(format!("receipt for {cents}"))
/// }
///
/// #[resonate::function]
/// async fn checkout(ctx: &Context, cents: u64) -> Result<String> {
///     ctx.sleep(Duration::from_millis(1)).await?;
///     Ok(charge::run(ctx, cents).await?)
/// }
///
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// // Once, wherever the execution is: its text goes into the repository.
/// let resonate = Resonate::memory().await?;
/// let mut order = checkout::begin_run(resonate.id("order-17"), 500).await?;
/// (&mut order).await?;
/// let recording = order.export().await?.to_string();
///
/// // From then on, in a test: `include_str!("order-17.json")` instead of what was exported above.
/// resonate::replay(&recording).of::<checkout>().run().await?;
///
/// // Code that asks for something else is found out, and told so.
/// let changed = recording.replace(r#""func":"charge""#, r#""func":"reserve""#);
/// let error = resonate::replay(&changed).run().await.unwrap_err();
/// assert!(error.to_string().contains(
///     "step `order-17:1` was recorded as a local step `reserve` version 1, \
///      but the code now asks for a local step `charge` version 1"
/// ));
/// # Ok::<(), Error>(()) }).unwrap();
/// ```
///
/// An execution that was still under way when it was exported is replayed as far as it had come;
/// what the code does after that is up to it.
///
/// What a body takes from elsewhere than its context and its arguments is not in the recording;
/// that is what [`Replay::dependency`] is for. A step with an id of its own (`.id("..")`) that
/// another execution created is not in the recording either. And where several results came
/// after the last step, their order was not kept: the function's result should not depend on it.
///
/// [`Handle::export`]: crate::Handle::export
pub fn replay(recording: impl AsRef<str>) -> Replay {
    Replay {
        recording: recording.as_ref().parse(),
        dependencies: Dependencies::default(),
        wanted: None,
    }
}

/// A replay that has not started yet.
#[must_use = "a replay does nothing before `run` is awaited"]
pub struct Replay {
    recording: Result<Recording, RecordingError>,
    dependencies: Dependencies,
    wanted: Option<(&'static str, u32)>,
}

impl Replay {
    /// Expects the recording to be one of `F`, at `F`'s version. Naming the function also links
    /// the crate that has it.
    pub fn of<F: HasBody>(mut self) -> Self {
        self.wanted = Some((F::ENTRY.name, F::ENTRY.version));
        self
    }

    /// A value that bodies get by its type, with `ctx.dependency::<T>()`. Steps are not run, so
    /// what they need is not needed here.
    pub fn dependency<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        self.dependencies.insert(value);
        self
    }

    /// Replays, within a runtime of tokio that has its timers enabled.
    ///
    /// # Errors
    /// When the code would not go on with this execution as it was recorded, with both sides and
    /// what to do; or the text is no recording.
    pub async fn run(self) -> Result<Replayed, ReplayError> {
        let recording = self.recording.map_err(ReplayError::Unreadable)?;
        run::run(&recording, self.dependencies, self.wanted).await
    }
}

/// How far a replay came.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Replayed {
    /// To the function's end; as recorded, if the record has an end.
    Ended,
    /// To the end of what is recorded.
    Waits {
        /// The promises that the function waits for, and steps that are next.
        on: Vec<String>,
    },
}

impl fmt::Debug for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replay")
            .field("recording", &self.recording.as_ref().map(Recording::id))
            .finish_non_exhaustive()
    }
}
