//! Workflows of every shape, each ending in a text that tells what it saw.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use resonate::prelude::*;
use resonate::{Info, Retry};
use support::world::StepLog;

const MILLI: Duration = Duration::from_millis(1);

/// A leaf that takes its time; what ran is noted by promise id.
#[resonate::function(retry = Retry::never())]
pub(super) async fn work(info: &Info, word: String, millis: u32) -> Result<String> {
    info.dependency::<StepLog>()?.note(info.id());
    tokio::time::sleep(MILLI * millis).await;
    Ok(word.to_uppercase())
}

#[resonate::function(retry = Retry::never())]
pub(super) async fn fails(info: &Info, word: String) -> Result<String> {
    info.dependency::<StepLog>()?.note(info.id());
    Err(Error::new(format!("{word} failed")))
}

#[resonate::function(retry = Retry::never())]
pub(super) async fn panics(info: &Info) -> Result<String> {
    info.dependency::<StepLog>()?.note(info.id());
    panic!("as it was told");
}

#[resonate::function]
pub(super) async fn local_chain(ctx: &Context) -> Result<String> {
    let a = work::run(ctx, "a".into(), 5).await?;
    let b = work::run(ctx, format!("{a}b"), 5).await?;
    let c = ctx
        .step("c", || async { Ok::<_, Error>("c".to_owned()) })
        .await?;
    Ok(work::run(ctx, b + &c, 5).await?)
}

/// Steps of a workflow's own and of one that it calls, one after the other and at the same time.
#[resonate::function]
pub(super) async fn local_crowd(ctx: &Context) -> Result<String> {
    let mut sum = 0;
    for n in 0..8 {
        sum += echo::run(ctx, n).await?;
    }
    sum += crowd::run(ctx, 8).await?;
    for n in 16..19 {
        sum += echo::run(ctx, n).await?;
    }
    Ok(sum.to_string())
}

#[resonate::function]
pub(super) async fn crowd(ctx: &Context, first: u32) -> Result<u32> {
    let all: Vec<_> = (first..16).map(|n| echo::run(ctx, n).spawn()).collect();
    let mut sum = 0;
    for one in all {
        sum += one.await?;
    }
    Ok(sum)
}

#[resonate::function(retry = Retry::never())]
pub(super) async fn echo(info: &Info, n: u32) -> Result<u32> {
    info.dependency::<StepLog>()?.note(info.id());
    Ok(n)
}

#[resonate::function]
pub(super) async fn rpc_chain(ctx: &Context) -> Result<String> {
    let a = work::rpc(ctx, "a".into(), 5).await?;
    let b = work::rpc(ctx, format!("{a}b"), 5).await?;
    Ok(work::rpc(ctx, format!("{b}c"), 5).await?)
}

#[resonate::function]
pub(super) async fn fan_out(ctx: &Context) -> Result<String> {
    let here: Vec<_> = (0..3)
        .map(|n| work::run(ctx, format!("h{n}"), 3).spawn())
        .collect();
    let there: Vec<_> = (0..3)
        .map(|n| work::rpc(ctx, format!("t{n}"), 3).spawn())
        .collect();
    let mut all = Vec::new();
    for handle in here.into_iter().chain(there) {
        all.push(handle.await?);
    }
    Ok(work::run(ctx, all.join(" "), 1).await?)
}

#[resonate::function]
pub(super) async fn joins(ctx: &Context) -> Result<String> {
    let (a, b, c) = tokio::join!(
        inner(ctx, "x"),
        chained::run(ctx, "y".into()),
        chained::rpc(ctx, "z".into()),
    );
    Ok(format!("{} {} {}", a?, b?, c?))
}

async fn inner(ctx: &Context, word: &str) -> Result<String> {
    let first = work::rpc(ctx, word.to_owned(), 2).await?;
    Ok(work::run(ctx, first + word, 2).await?)
}

#[resonate::function]
pub(super) async fn chained(ctx: &Context, word: String) -> Result<String> {
    let first = work::run(ctx, format!("{word}1"), 2).await?;
    let second = work::rpc(ctx, format!("{word}2"), 2).await?;
    Ok(first + &second)
}

/// Takes results as they come, several at the same instant, and tells a step of each order.
#[resonate::function]
pub(super) async fn gathers(ctx: &Context) -> Result<String> {
    let calls = (0..3).flat_map(|n| {
        let here = work::run(ctx, format!("h{n}"), 10).spawn();
        [here, work::rpc(ctx, format!("t{n}"), 10).spawn()]
    });
    let mut open: FuturesUnordered<_> = calls.collect();
    let mut order = Vec::new();
    while let Some(word) = open.next().await {
        order.push(word?);
        if order.len() % 2 == 0 {
            work::run(ctx, order.join(" "), 1).await?;
        } else {
            // Nothing awaits these: they are recorded, and that is all.
            chained::detached(ctx, order.join("-")).await?;
        }
    }
    order.sort();
    Ok(order.join(" "))
}

/// The loser of each race is canceled or left; what won is told to the next step.
#[resonate::function]
pub(super) async fn races(ctx: &Context) -> Result<String> {
    let mut won = Vec::new();
    for round in 0..3 {
        let here = work::run(ctx, format!("h{round}"), 10).spawn();
        let mut there = work::rpc(ctx, format!("t{round}"), 10).spawn();
        let pause = ctx.sleep(MILLI * 10);
        let winner = tokio::select! {
            word = here => word?,
            word = &mut there => word?,
            slept = pause => {
                slept?;
                "PAUSE".to_owned()
            }
        };
        if round == 1 {
            there.cancel().await?;
        }
        won.push(
            work::rpc(ctx, format!("{round}{winner}"), 1)
                .id(format!("race-{round}"))
                .await?,
        );
    }
    let rounds = won.iter().map(|word| word.chars().next().unwrap_or('?'));
    Ok(rounds.collect())
}

#[resonate::function]
pub(super) async fn recursion(ctx: &Context, depth: u32) -> Result<String> {
    if depth == 0 {
        return Ok(work::run(ctx, "bottom".into(), 1).await?);
    }
    let here = Box::pin(recursion::run(ctx, depth - 1).spawn());
    let there = if depth.is_multiple_of(2) {
        recursion::rpc(ctx, depth - 1).await?
    } else {
        String::new()
    };
    Ok(format!("({} {there})", here.await?))
}

#[resonate::function]
pub(super) async fn sleeps(ctx: &Context) -> Result<String> {
    let before = work::run(ctx, "before".into(), 1).await?;
    ctx.sleep(Duration::from_secs(3600)).await?;
    let after = work::run(ctx, "after".into(), 1).await?;
    ctx.sleep_until(ctx.now() + MILLI * 50).await?;
    Ok(before + &after)
}

/// Asks a person, who is told the id by a step.
#[resonate::function]
pub(super) async fn asks(ctx: &Context) -> Result<String> {
    let answer = ctx.promise::<String>().spawn();
    let asked = work::run(ctx, "please".into(), 1).await?;
    let said = answer.await?;
    Ok(work::run(ctx, asked + &said, 1).await?)
}

#[resonate::function]
pub(super) async fn detaches(ctx: &Context) -> Result<String> {
    let first = chained::detached(ctx, "d".into()).await?;
    let word = work::run(ctx, "between".into(), 1).await?;
    let second = ctx.detached("work", ("e", 1)).await?;
    Ok(format!(
        "{word} {} {}",
        first != second,
        first.starts_with(ctx.id())
    ))
}

#[resonate::function]
pub(super) async fn errs(ctx: &Context) -> Result<String> {
    let here = fails::run(ctx, "here".into()).await;
    let there = fails::rpc(ctx, "there".into()).await;
    let caught = [here, there].map(|result| result.unwrap_or_else(|error| error.to_string()));
    let told = work::run(ctx, caught.join(", "), 1).await?;
    Err(Error::new(format!("gave up: {told}")))
}

#[resonate::function]
pub(super) async fn catches_panics(ctx: &Context) -> Result<String> {
    let here = panics::run(ctx).await;
    let there = panics::rpc(ctx).await;
    let caught = [here, there].map(|result| match result {
        Err(CallError::Other(error)) => error.is_panic(),
        Ok(_) | Err(_) => false,
    });
    Ok(work::run(ctx, format!("{caught:?}"), 1).await?)
}

/// Every sort of handle.
#[resonate::function]
pub(super) async fn begins(ctx: &Context) -> Result<String> {
    let here = work::begin_run(ctx, "here".into(), 5).await?;
    let there = work::begin_rpc(ctx, "there".into(), 5).await?;
    let own = work::run(ctx, "own".into(), 1).id("my-own").spawn();
    let promise = ctx.promise::<String>().begin().await?;
    promise.cancel().await?;
    let canceled = matches!(promise.await, Err(CallError::Canceled));
    drop(work::run(ctx, "dropped".into(), 20).spawn());
    drop(work::rpc(ctx, "dropped".into(), 20).spawn());
    let drawn = (ctx.uuid(), ctx.random_u64());
    let same = work::run(ctx, format!("{drawn:?}"), 1).await?;
    Ok(format!(
        "{} {} {} {canceled} {}",
        here.await?,
        there.await?,
        own.await?,
        same.len() > 40
    ))
}
