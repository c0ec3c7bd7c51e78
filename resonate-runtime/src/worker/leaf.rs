//! Running a local step: its attempts, its panics, its deadline.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt as _;
use resonate_core::payload::{Failure, Outcome, Retry};
use resonate_core::registry::Body;

use super::fault::FaultReport;
use super::pass::{Code, LocalWork};
use crate::client::Core;
use crate::context::Info;
use crate::error::PANICKED;

/// How a local step ended.
#[derive(Debug)]
pub(crate) enum LeafEnd {
    /// An attempt had the last word.
    Outcome(Outcome),
    /// Its deadline came first; the engine knows that by itself.
    DeadlinePassed,
    /// This process is shutting down; the step goes on elsewhere.
    Interrupted,
    /// This process cannot run it.
    Faulted(FaultReport),
}

/// Runs a local step until an attempt has the last word.
pub(crate) async fn run(core: Arc<Core>, work: LocalWork, default: Retry) -> LeafEnd {
    let retry = work.retry.unwrap_or(default);
    let mut attempt = 1;
    loop {
        let left = core.clock.now().until(work.about.deadline);
        if left.is_zero() {
            return LeafEnd::DeadlinePassed;
        }
        let tried = tokio::time::timeout(left, try_once(&work, attempt)).await;
        let Ok(outcome) = tried else {
            return LeafEnd::DeadlinePassed;
        };
        let failed = match &outcome {
            Outcome::Failed(failure) => {
                if let Some(wanted) = work.about.dependencies.missing() {
                    let report = FaultReport::missing_dependency(&work.about.name, wanted);
                    return LeafEnd::Faulted(report);
                }
                !failure.is_final
            }
            Outcome::Returned(_) | Outcome::Misfit(_) | Outcome::Unwritable(_) => false,
        };
        let wait = if failed {
            retry.delay_after(attempt)
        } else {
            None
        };
        let Some(wait) = wait else {
            return LeafEnd::Outcome(outcome);
        };
        // Past the deadline nothing can be recorded, so the last error is worth more than a wait.
        if core.clock.now().after(wait) >= work.about.deadline {
            return LeafEnd::Outcome(outcome);
        }
        let id = &work.about.id;
        tracing::debug!(%id, name = work.about.name, attempt, ?wait, "a step failed and is tried again");
        tokio::select! {
            biased;
            () = tokio::time::sleep(wait) => attempt += 1,
            () = core.draining() => return LeafEnd::Interrupted,
        }
    }
}

/// One attempt; a panic is a failure that can be tried again.
async fn try_once(work: &LocalWork, attempt: u32) -> Outcome {
    let info = Info {
        about: Arc::clone(&work.about),
        attempt,
    };
    let ended = match &work.code {
        Code::Inline(step) => {
            let started = std::panic::catch_unwind(AssertUnwindSafe(|| step(info)));
            match started {
                Ok(running) => AssertUnwindSafe(running).catch_unwind().await,
                Err(panic) => Err(panic),
            }
        }
        Code::Entry(entry) => match entry.body {
            Body::Async(body) => {
                AssertUnwindSafe(body(&info, &work.args))
                    .catch_unwind()
                    .await
            }
            Body::Blocking(body) => {
                let args = work.args.clone();
                match tokio::task::spawn_blocking(move || body(&info, &args)).await {
                    Ok(outcome) => Ok(outcome),
                    Err(failed) => match failed.try_into_panic() {
                        Ok(panic) => Err(panic),
                        Err(cancelled) => Ok(Outcome::Failed(Failure::new(
                            PANICKED,
                            format!("the blocking step was cancelled: {cancelled}"),
                        ))),
                    },
                }
            }
        },
    };
    ended.unwrap_or_else(|panic| Outcome::Failed(Failure::new(PANICKED, panic_text(&*panic))))
}

/// What a panic said.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "a panic without a text".to_owned())
}
