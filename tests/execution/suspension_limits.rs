//! Deadlines, depth and width of suspended executions.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use futures_util::future::join_all;
use resonate::prelude::*;
use resonate::{Info, PromiseState};
use resonate_core::protocol::TaskStatus;
use support::world::{StepLog, VirtualClock, World};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

#[resonate::function]
async fn increment(info: &Info, number: u64) -> Result<u64> {
    info.dependency::<StepLog>()?.note("increment");
    Ok(number + 1)
}

#[resonate::function]
async fn sleeps(ctx: &Context, seconds: u32) -> Result<()> {
    ctx.sleep(SECOND * seconds).await?;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_sleep_longer_than_the_execution_may_take_ends_with_it() {
    let world = World::new();
    let peer = world.join("w").await;
    let call = sleeps::run(peer.id("s"), 3600).timeout(MINUTE);
    let timed_out = call.await;
    assert!(
        matches!(timed_out, Err(CallError::TimedOut)),
        "{timed_out:?}"
    );
    assert_eq!(world.elapsed().as_secs(), 60);
    let sleep = world.promise("s:0").await.unwrap();
    assert_eq!(sleep.timeout_at, VirtualClock::BEGINNING.after(MINUTE));
    assert_eq!(world.status("s").await, Some(TaskStatus::Fulfilled));
    assert!(peer.faults().is_empty());
}

/// What a workflow sees of the deadlines of its calls, one after the other.
#[resonate::function]
async fn impatient(ctx: &Context) -> Result<Vec<String>> {
    let leaf = stuck::run(ctx).timeout(SECOND).await;
    let nested = sleeps::run(ctx, 3600).timeout(SECOND * 2).await;
    let remote = sleeps::rpc(ctx, 3600).timeout(SECOND * 3).await;
    let nowhere = stuck::rpc(ctx).target("nowhere").timeout(SECOND * 4).await;
    let promise = ctx.promise::<()>().timeout(SECOND * 5).await;
    let step = ctx.step("stuck", std::future::pending::<Result<()>>);
    let step = step.timeout(SECOND * 6).await;
    Ok([leaf, nested, remote, nowhere, promise, step]
        .iter()
        .map(|outcome| match outcome {
            Err(CallError::TimedOut) => "timed out".to_owned(),
            other => format!("{other:?}"),
        })
        .collect())
}

#[resonate::function]
async fn stuck() -> Result<()> {
    std::future::pending().await
}

#[tokio::test(start_paused = true)]
async fn a_call_that_takes_too_long_times_out_wherever_it_runs() {
    let world = World::new();
    let peer = world.join("w").await;
    let outcomes = impatient::run(peer.id("i")).await.unwrap();
    assert_eq!(outcomes, ["timed out"; 6]);
    let elapsed = world.elapsed().as_secs();
    assert!((21..=22).contains(&elapsed), "{elapsed} s");
    assert_eq!(peer.counters().leases_lost, 0);
}

#[tokio::test(start_paused = true)]
async fn a_root_that_takes_too_long_is_stopped_and_frees_its_place() {
    let world = World::new();
    let peer = world.join_as("w", |builder| builder.concurrency(1)).await;
    let leaf = stuck::run(peer.id("leaf")).timeout(MINUTE).await;
    assert!(matches!(leaf, Err(CallError::TimedOut)), "{leaf:?}");
    let foreign = waits_for_nothing::run(peer.id("foreign"))
        .timeout(MINUTE)
        .await;
    assert!(matches!(foreign, Err(CallError::TimedOut)), "{foreign:?}");
    assert_eq!(increment::rpc(peer.id("next"), 1).await.unwrap(), 2);
    assert_eq!(peer.counters().leases_lost, 0);
    assert!(world.elapsed() < MINUTE * 2 + SECOND);
}

#[resonate::function]
async fn waits_for_nothing(_ctx: &Context) -> Result<()> {
    std::future::pending().await
}

#[resonate::function]
async fn counts_down(ctx: &Context, from: u64, remotely: bool) -> Result<u64> {
    if from == 0 {
        return Ok(0);
    }
    let below = if remotely {
        counts_down::rpc(ctx, from - 1, remotely).await?
    } else {
        counts_down::run(ctx, from - 1, remotely).await?
    };
    Ok(below + increment::run(ctx, 0).await?)
}

#[tokio::test(start_paused = true)]
async fn recursion_goes_deep_here_and_elsewhere() {
    for remotely in [false, true] {
        let world = World::new();
        let peer = world.join_as("w", |builder| builder.concurrency(1)).await;
        let depth = counts_down::run(peer.id("r"), 50, remotely).await;
        assert_eq!(depth.unwrap(), 50, "remotely: {remotely}");
        assert_eq!(world.log.count("increment"), 50);
        assert_eq!(world.elapsed().as_secs(), 0, "nothing waits for a retry");
        let deepest = format!("r:{}", ["0"; 50].join("."));
        let deepest = world.promise(&deepest).await.unwrap();
        assert_eq!(deepest.tags.origin(), Some("r"));
    }
}

#[resonate::function]
async fn fans_out(ctx: &Context, width: u64, remotely: bool) -> Result<u64> {
    let calls: Vec<_> = (0..width)
        .map(|n| {
            if remotely {
                increment::rpc(ctx, n).spawn()
            } else {
                increment::run(ctx, n).spawn()
            }
        })
        .collect();
    let mut sum = 0;
    for result in join_all(calls).await {
        sum += result?;
    }
    Ok(sum)
}

#[tokio::test(start_paused = true)]
async fn a_wide_fan_out_is_not_as_many_round_trips_in_sequence() {
    for remotely in [false, true] {
        let world = World::new();
        let caller = world
            .join_as("caller", |builder| builder.client_only())
            .await;
        let worker = world.join("worker").await;
        // A slow network, so that what is in sequence shows.
        worker
            .wire
            .judge(|_, _| Some(support::world::Fate::Delay(SECOND)));
        let sum = fans_out::rpc(caller.id("f"), 1000, remotely).await.unwrap();
        assert_eq!(sum, 500_500, "remotely: {remotely}");
        assert_eq!(world.log.count("increment"), 1000);
        let seconds = world.elapsed().as_secs();
        assert!(seconds < 40, "remotely: {remotely}: {seconds} s");
    }
}

#[resonate::function]
async fn nests_wide(ctx: &Context, width: u64) -> Result<u64> {
    let calls: Vec<_> = (0..width)
        .map(|n| nested_leaf::run(ctx, n).spawn())
        .collect();
    let mut sum = 0;
    for call in calls {
        sum += call.await?;
    }
    Ok(sum)
}

#[resonate::function]
async fn nested_leaf(ctx: &Context, number: u64) -> Result<u64> {
    increment::run(ctx, number).await.map_err(Error::from)
}

#[tokio::test(start_paused = true)]
async fn thousands_of_nested_workflows_are_driven_together() {
    let world = World::new();
    let peer = world.join("w").await;
    let sum = nests_wide::run(peer.id("n"), 5000).await.unwrap();
    assert_eq!(sum, (1..=5000).sum::<u64>());
    assert_eq!(world.log.count("increment"), 5000);
}

#[tokio::test(start_paused = true)]
async fn a_promise_is_settled_from_outside_while_its_execution_sleeps() {
    let world = World::new();
    let peer = world.join("w").await;
    let handle = sleeps::run(peer.id("s"), 3600).spawn();
    world.until_task("s", TaskStatus::Suspended).await;
    handle.cancel().await.unwrap();
    assert!(matches!(handle.await, Err(CallError::Canceled)));
    assert!(world.elapsed() < HOUR);
    assert_eq!(world.status("s").await, Some(TaskStatus::Fulfilled));
    let state = world.promise("s").await.unwrap().state;
    assert_eq!(state, PromiseState::RejectedCanceled);
}
