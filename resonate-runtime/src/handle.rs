//! A typed view of one durable promise.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll};

use resonate_core::execution::Recording;
use resonate_core::payload::{Codec, Failure};
use resonate_core::protocol::{PromiseRecord, PromiseState};

use crate::client::Waiting;
use crate::context::Step;
use crate::error::{CallError, Error, Kind, Result, Verdict};
use crate::function::{DurableError, DurableOk};

/// A durable promise that will hold a `T`, or an error of the function that was called.
///
/// It is a future. Inside a function a dropped handle means that the result is not looked at;
/// the call goes on, and the function completes only after it, unless it is a sleep or a promise
/// that somebody else settles.
#[must_use = "the call goes on, but nobody looks at its result"]
pub struct Handle<T, E = Error> {
    source: Source,
    types: PhantomData<fn() -> (T, E)>,
}

enum Source {
    Inside(Step),
    Outside(Waiting),
}

impl<T, E> Handle<T, E> {
    pub(crate) fn inside(step: Step) -> Self {
        Self {
            source: Source::Inside(step),
            types: PhantomData,
        }
    }

    pub(crate) fn outside(waiting: Waiting) -> Self {
        Self {
            source: Source::Outside(waiting),
            types: PhantomData,
        }
    }

    /// The id of the promise.
    #[must_use]
    pub fn id(&self) -> &str {
        match &self.source {
            Source::Inside(step) => step.id(),
            Source::Outside(waiting) => waiting.id(),
        }
    }

    /// Whether the result is there. Inside a function it is there once the function has seen it,
    /// so that the answer is the same on every replay.
    #[must_use]
    pub fn is_done(&self) -> bool {
        match &self.source {
            Source::Inside(step) => step.is_done(),
            Source::Outside(waiting) => waiting.is_done(),
        }
    }

    /// Settles the promise as canceled, and stops the call where it runs in this execution. A
    /// promise that is settled already stays as it is.
    ///
    /// ```
    /// use resonate::prelude::*;
    ///
    /// #[resonate::function]
    /// async fn search() -> Result<String> {
    ///     tokio::time::sleep(Duration::from_secs(600)).await;
    ///     Ok("found".into())
    /// }
    ///
    /// #[resonate::function]
    /// async fn impatient(ctx: &Context) -> Result<Option<String>> {
    ///     let mut searching = search::run(ctx).spawn();
    ///     tokio::select! {
    ///         found = &mut searching => return Ok(Some(found?)),
    ///         _ = ctx.sleep(Duration::from_millis(10)) => {}
    ///     }
    ///     searching.cancel().await?;
    ///     Ok(None)
    /// }
    ///
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// let resonate = Resonate::memory().await?;
    /// assert_eq!(impatient::run(resonate.id("search-1")).await?, None);
    /// # Ok::<(), Error>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    /// When the engine cannot be reached or refuses.
    pub async fn cancel(&self) -> Result<()> {
        match &self.source {
            Source::Inside(step) => step.cancel().await,
            Source::Outside(waiting) => waiting.cancel().await,
        }
    }
}

impl<T, E> Handle<T, E> {
    /// What is recorded of the execution so far: its promise and those of all its steps, as a text
    /// to keep and to [`replay`](crate::replay()) in a test. Any client of the engine can do it,
    /// also one that does not have the code; one that is under way goes on undisturbed.
    ///
    /// A recording holds arguments and results as plain text, decrypted by this client's codec:
    /// mind what is secret in them.
    ///
    /// ```
    /// use resonate::prelude::*;
    ///
    /// #[resonate::function]
    /// async fn approve(ctx: &Context, cents: u64) -> Result<bool> {
    ///     Ok(ctx.promise::<bool>().await?)
    /// }
    ///
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// let resonate = Resonate::memory().await?;
    /// let approval = approve::begin_run(resonate.id("claim-3"), 500).await?;
    /// # while resonate.promises().get("claim-3:0").await.is_err() {}
    /// let recording = resonate.get::<bool>("claim-3").export().await?;
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("claim-3.json");
    /// std::fs::write(&path, recording.to_string())?;
    /// # let replayed = resonate::replay(std::fs::read_to_string(&path)?).run().await?;
    /// # assert_eq!(replayed, resonate::Replayed::Waits { on: vec!["claim-3:0".into()] });
    /// # Ok::<(), Error>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    /// When there is no such promise (one that was only spawned may not be there yet), the codec
    /// cannot read a payload, or the engine cannot be reached. A handle inside a function exports
    /// nothing.
    pub async fn export(&self) -> Result<Recording> {
        match &self.source {
            Source::Inside(step) => Err(Error::of(
                Kind::Config,
                format!(
                    "`{}` is exported from outside of functions: `resonate.get::<T>(id).export()`",
                    step.id()
                ),
            )),
            Source::Outside(waiting) => waiting.export().await,
        }
    }
}

impl<T: DurableOk, E: DurableError> Future for Handle<T, E> {
    type Output = Result<T, CallError<E>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Self::Output> {
        match &mut self.source {
            Source::Inside(step) => match std::task::ready!(step.poll_settled(cx)) {
                Err(error) => Poll::Ready(Err(CallError::Other(error))),
                Ok(record) => match read(step.codec(), &record) {
                    Ok(result) => Poll::Ready(result),
                    Err(misfit) => {
                        // What was recorded no longer fits the code: that stops the execution,
                        // and is not an error that the function could handle.
                        step.undecodable(&record, &misfit);
                        Poll::Pending
                    }
                },
            },
            Source::Outside(waiting) => {
                let settled = std::task::ready!(waiting.poll_settled(cx));
                Poll::Ready(match settled {
                    Err(error) => Err(CallError::Other(error)),
                    Ok(record) => read(waiting.codec(), &record)
                        .unwrap_or_else(|misfit| Err(CallError::Other(misfit))),
                })
            }
        }
    }
}

/// Reads a settled promise as a typed result.
///
/// # Errors
/// When what is recorded is not a `T`.
fn read<T: DurableOk, E: DurableError>(
    codec: &dyn Codec,
    record: &PromiseRecord,
) -> Result<Result<T, CallError<E>>> {
    let decode = || {
        codec.decode(&record.value).map_err(|cause| {
            Error::of(
                Kind::Payload,
                format!("the value of promise `{}`: {cause}", record.id),
            )
            .because(cause)
        })
    };
    match record.state {
        PromiseState::Resolved => {
            let json = decode()?;
            let text = json.as_ref().map_or("null", |json| json.get());
            serde_json::from_str(text).map(Ok).map_err(|cause| {
                let (id, wanted) = (&record.id, std::any::type_name::<T>());
                let message = format!("the value of promise `{id}` is not a `{wanted}`: {cause}");
                Error::of(Kind::Payload, message).because(cause)
            })
        }
        PromiseState::Rejected => {
            let failure = decode()?.map_or_else(
                || Failure::new("Error", "rejected without a reason"),
                |json| Failure::from_json(&json),
            );
            Ok(Err(failed(&failure)))
        }
        PromiseState::RejectedCanceled => Ok(Err(CallError::Canceled)),
        PromiseState::RejectedTimedout => Ok(Err(CallError::TimedOut)),
        PromiseState::Pending => Err(Error::of(
            Kind::Payload,
            format!(
                "promise `{}` was handed out before it was settled",
                record.id
            ),
        )),
    }
}

/// The caller's view of a failure: its own type where that can be read.
fn failed<E: DurableError>(failure: &Failure) -> CallError<E> {
    if Verdict::of(failure).is_none() {
        let own = failure
            .data
            .as_ref()
            .and_then(|data| serde_json::from_str(data.get()).ok());
        if let Some(own) = own {
            return CallError::Failed(own);
        }
        // A failure of another SDK carries no data; it is the function's own all the same.
        let general: Box<dyn Any> = Box::new(Error::from_failure(failure));
        if let Ok(own) = general.downcast::<E>() {
            return CallError::Failed(*own);
        }
    }
    CallError::Other(Error::from_failure(failure))
}

impl<T, E> fmt::Debug for Handle<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle")
            .field("id", &self.id())
            .finish_non_exhaustive()
    }
}
