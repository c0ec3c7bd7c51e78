//! Workflows of which a recording is kept, beside those that are crashed: what else a recording
//! can hold.

use std::fmt;
use std::time::Duration;

use futures_util::FutureExt as _;
use resonate::prelude::*;
use resonate::{CallError, Retry};
use serde::{Deserialize, Serialize};

use super::workflows::{chained, fails, work};

/// Time, chance and ids, told to a step.
#[resonate::function]
pub(super) async fn draws(ctx: &Context) -> Result<String> {
    let first = format!("{:?} {} {}", ctx.now(), ctx.random(), ctx.uuid());
    work::run(ctx, first, 7).await?;
    let second = format!("{:?} {}", ctx.now(), ctx.random_u64());
    Ok(work::run(ctx, second, 7).await?)
}

/// Time and chance of a workflow that is called as a local step, after something was seen.
#[resonate::function]
pub(super) async fn draws_inside(ctx: &Context) -> Result<String> {
    work::rpc(ctx, "later".into(), 20).await?;
    let (one, other) = tokio::join!(draws::run(ctx), chained::run(ctx, "beside".into()));
    Ok(format!("{} {}", one?, other?))
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Refused {
    TooMuch { cents: u64 },
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::TooMuch { cents } = self;
        write!(f, "{cents} is too much")
    }
}

#[resonate::function(retry = Retry::never())]
pub(super) async fn refuses(cents: u64) -> Result<(), Refused> {
    Err(Refused::TooMuch { cents })
}

/// An error of its own, seen as a value and passed on.
#[resonate::function]
pub(super) async fn typed_errors(ctx: &Context) -> Result<String, Refused> {
    match refuses::run(ctx, 500).await {
        Err(CallError::Failed(Refused::TooMuch { cents })) => {
            Err(Refused::TooMuch { cents: cents + 1 })
        }
        other => Ok(format!("{other:?}")),
    }
}

/// Fails twice as a whole; what it recorded is found again.
#[resonate::function(retry = Retry::constant(Duration::from_secs(5)))]
pub(super) async fn tries_again(ctx: &Context) -> Result<String> {
    let word = work::run(ctx, "once".into(), 3).await?;
    if ctx.info().attempt() < 3 {
        return Err(Error::new("not yet"));
    }
    fails::run(ctx, word.clone()).await.unwrap_or_default();
    Ok(format!("{word} {}", ctx.info().attempt()))
}

/// Polls several at once and drops the losers.
#[resonate::function]
pub(super) async fn selects(ctx: &Context) -> Result<String> {
    let mut slow = ctx
        .promise::<String>()
        .timeout(Duration::from_secs(60))
        .spawn();
    let mut said = Vec::new();
    for round in 0..3_u32 {
        let mut step = Box::pin(work::run(ctx, format!("step {round}"), 10 * round).spawn()).fuse();
        let mut pause = Box::pin(ctx.sleep(Duration::from_millis(15)).spawn()).fuse();
        let word = futures_util::select! {
            word = step => word?,
            slept = pause => {
                slept?;
                "pause".to_owned()
            }
        };
        said.push(work::run(ctx, word, 1).await?);
    }
    let late = matches!((&mut slow).await, Err(CallError::TimedOut));
    Ok(format!("{} {late}", said.join(" ")))
}

/// Two versions of one name; a call by name begins on the later, and stays there.
pub(super) mod greets {
    use resonate::prelude::*;

    use crate::workflows::work;

    #[resonate::function(name = "greets")]
    pub(crate) async fn first(ctx: &Context) -> Result<String> {
        Ok(work::run(ctx, "hello".into(), 1).await?)
    }

    #[resonate::function(name = "greets", version = 2)]
    pub(crate) async fn second(ctx: &Context) -> Result<String> {
        let whom = work::run(ctx, "world".into(), 1).await?;
        Ok(format!("{whom} v{}", ctx.version()))
    }
}

/// Takes longer than it may.
#[resonate::function]
pub(super) async fn too_slow(ctx: &Context) -> Result<String> {
    work::run(ctx, "before".into(), 1).await?;
    ctx.sleep(Duration::from_secs(10_000_000)).await?;
    Ok(work::run(ctx, "after".into(), 1).await?)
}

/// Stops a workflow in the middle of its steps.
#[resonate::function]
pub(super) async fn cancels(ctx: &Context) -> Result<String> {
    let long = too_slow::run(ctx).spawn();
    ctx.sleep(Duration::from_millis(50)).await?;
    long.cancel().await?;
    Ok(format!("{:?}", long.await.is_err()))
}
