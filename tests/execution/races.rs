//! Races that the simulation found, each alone: what a crash, a late answer or an answer out of
//! order does to an execution.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::{BoxFuture, Either, select};
use futures_util::stream::FuturesUnordered;
use resonate::prelude::*;
use resonate::{Builder, Info};
use resonate_core::protocol::{FenceAction, Request, TaskStatus};
use support::world::{Fate, Peer, StepLog, World};

const LEASE: Duration = Duration::from_secs(6);

#[resonate::function]
async fn nap(info: &Info, millis: u64) -> Result<u64> {
    let log = info.dependency::<StepLog>()?;
    log.note(format!("{} starts {millis}", info.id()));
    tokio::time::sleep(Duration::from_millis(millis)).await;
    log.note(format!("{} ends {millis}", info.id()));
    Ok(millis)
}

#[resonate::function]
async fn apart(ctx: &Context) -> Result<()> {
    ctx.sleep(Duration::from_millis(1)).await?;
    Ok(())
}

/// Cancels a leaf after a while; the handle is borrowed across an await.
#[resonate::function]
async fn cancels(ctx: &Context, millis: u64) -> Result<String> {
    let handle = nap::run(ctx, 1_000).spawn();
    ctx.sleep(Duration::from_millis(millis)).await?;
    handle.cancel().await?;
    Ok(format!(
        "{:?}",
        handle.await.map_err(|error| error.to_string())
    ))
}

/// Tells a leaf in which order a detached call was made and a leaf ended.
#[resonate::function]
async fn mixes(ctx: &Context) -> Result<u64> {
    let detached: BoxFuture<'_, Result<u64>> = Box::pin(async {
        apart::detached(ctx).await?;
        Ok(1)
    });
    let leaf: BoxFuture<'_, Result<u64>> = Box::pin(async {
        nap::run(ctx, 100).await?;
        Ok(2)
    });
    let mut both: FuturesUnordered<_> = [detached, leaf].into_iter().collect();
    let mut order = 0;
    while let Some(next) = both.next().await {
        order = order * 10 + next?;
    }
    drop(both);
    nap::run(ctx, order).await?;
    ctx.sleep(Duration::from_secs(60)).await?;
    Ok(order)
}

/// Tells a leaf who won, and goes on while the loser runs.
#[resonate::function]
async fn races(ctx: &Context) -> Result<u64> {
    let leaf = nap::run(ctx, 5_000).spawn();
    let timer = ctx.sleep(Duration::from_secs(1)).spawn();
    let winner = match select(leaf, timer).await {
        Either::Left(_) => 1,
        Either::Right(_) => 2,
    };
    Ok(nap::run(ctx, winner).await?)
}

async fn join(world: &World, pid: &str) -> Peer {
    world.join_as(pid, |builder| builder.lease(LEASE)).await
}

fn creates(request: &Request, id: &str) -> bool {
    match request {
        Request::TaskFence(fence) => match &fence.action {
            FenceAction::Create(create) => create.id.as_str().contains(id),
            FenceAction::Settle(_) => false,
        },
        _ => false,
    }
}

#[tokio::test(start_paused = true)]
async fn a_cancellation_does_not_overtake_the_result_of_the_step() {
    for (millis, result) in [(500, "canceled"), (1_200, "1000")] {
        let world = World::new();
        let peer = join(&world, "w").await;
        // The result, and with it the creation, is on its way while the step is canceled.
        peer.wire.judge(|_, requests| {
            let late = requests.iter().any(|request| creates(request, ":0"));
            late.then_some(Fate::Delay(Duration::from_millis(700)))
        });
        let ended = cancels::run(peer.id("c"), millis).await.unwrap();
        assert!(ended.contains(result), "{ended} after {millis} ms");
        assert_eq!(peer.faults().len(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_replay_sees_a_call_made_where_the_first_run_saw_it() {
    let world = World::new();
    let one = join(&world, "one").await;
    one.wire.judge(|_, requests| {
        let slow = requests.iter().any(|request| creates(request, ":d"));
        slow.then_some(Fate::Delay(Duration::from_secs(1)))
    });
    drop(mixes::run(one.id("m")).spawn());
    world.until_task("m", TaskStatus::Suspended).await;
    drop(one);
    let replaying = |builder: Builder| builder.lease(LEASE).warm(0);
    let other = world.join_as("other", replaying).await;
    let order = mixes::run(other.id("m")).await.unwrap();
    assert_eq!(order, 12, "a call is made before any result is seen");
    assert_eq!(other.faults().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_choice_is_kept_before_the_step_that_it_led_to_runs() {
    let world = World::new();
    let one = join(&world, "one").await;
    drop(races::run(one.id("r")).spawn());
    // The timer wins, and the process dies before the next step's result is recorded.
    one.wire.judge(|_, requests| {
        let settles = requests.iter().any(|request| match request {
            Request::TaskFence(fence) => fence.action.kind() == "promise.settle",
            _ => false,
        });
        settles.then_some(Fate::CutBefore)
    });
    one.wire.died().await;
    assert_eq!(world.log.count("r:2 starts 2"), 1);
    assert!(world.promise("r:2").await.is_some());
    assert!(world.promise("r:0").await.is_none(), "the loser runs still");
    drop(one);
    // The loser's end is known at once to who goes on, and is not what was seen first.
    let other = join(&world, "other").await;
    assert_eq!(races::run(other.id("r")).await.unwrap(), 2);
    assert_eq!(world.log.count("r:2 starts 1"), 0);
    assert_eq!(other.faults().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_leaf_stops_when_its_lease_ends_though_a_heartbeat_is_under_way() {
    let world = World::new();
    let one = join(&world, "one").await;
    one.wire.always("task.heartbeat", Fate::Hang);
    drop(nap::run(one.id("n"), 10_000).spawn());
    tokio::time::sleep(Duration::from_secs(30)).await;
    assert!(one.counters().leases_lost > 0);
    assert_eq!(world.log.count("n ends 10000"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_takes_no_work_is_offered_none() {
    let world = World::new();
    let _worker = join(&world, "w").await;
    let client = world.join_as("c", |builder| builder.client_only()).await;
    for id in ["a", "b", "c"] {
        assert_eq!(nap::rpc(client.id(id), 10).await.unwrap(), 10);
    }
    assert!(
        world.elapsed() < Duration::from_secs(1),
        "nothing was offered twice"
    );
    let offers = client.wire.heard().into_iter();
    let offers =
        offers.filter(|message| matches!(message, resonate_core::protocol::Message::Execute(_)));
    assert_eq!(offers.count(), 0);
}
