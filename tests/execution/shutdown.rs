//! The end of a process, in good order and otherwise: what runs ends or is given back, and goes on
//! in the next process.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::time::Duration;

use resonate::prelude::*;
use resonate::{Info, PromiseState};
use resonate_core::protocol::TaskStatus;
use support::world::{Peer, StepLog, VirtualClock, World};

use crate::leases::{one_after_the_other, slowly};

const SECOND: Duration = Duration::from_secs(1);
const GRACE: Duration = Duration::from_secs(10);

#[resonate::function]
async fn asks(ctx: &Context) -> Result<String> {
    let before = slowly::run(ctx, "before".into(), 1).await?;
    let answer = ctx.promise::<String>().await?;
    Ok(before + &answer)
}

#[resonate::function]
async fn always_fails(info: &Info) -> Result<()> {
    info.dependency::<StepLog>()?.note("tried");
    Err(Error::new("no luck"))
}

#[resonate::function(retry = Retry::constant(Duration::from_secs(600)))]
async fn always_fails_slowly(ctx: &Context) -> Result<()> {
    ctx.dependency::<StepLog>()?.note("tried");
    Err(Error::new("no luck"))
}

#[resonate::function]
async fn never_ends(ctx: &Context) -> Result<()> {
    ctx.dependency::<StepLog>()?.note("awaits");
    std::future::pending().await
}

async fn join(world: &World, pid: &str) -> Peer {
    world.join_as(pid, |builder| builder.grace(GRACE)).await
}

/// Tasks that somebody holds.
async fn held(world: &World) -> Vec<String> {
    let mut held = Vec::new();
    for record in world.promises().await {
        if world.status(record.id.as_str()).await == Some(TaskStatus::Acquired) {
            held.push(record.id.to_string());
        }
    }
    held
}

#[tokio::test(start_paused = true)]
async fn a_running_leaf_ends_and_the_next_one_is_left_to_others() {
    let world = World::new();
    let caller = world
        .join_as("caller", |builder| builder.client_only())
        .await;
    let one = join(&world, "one").await;
    let handle = one_after_the_other::rpc(caller.id("c"), 5)
        .begin()
        .await
        .unwrap();
    world.until_task("c", TaskStatus::Acquired).await;
    let other = join(&world, "other").await;
    one.shutdown().await;
    assert!(
        world.elapsed() < SECOND * 6,
        "it did not take the whole grace"
    );
    assert_eq!(world.log.by("one"), ["start first", "end first"]);
    assert_eq!(handle.await.unwrap(), "firstsecond");
    assert_eq!(world.log.by("other"), ["start second", "end second"]);
    assert!(world.elapsed() < SECOND * 8, "nobody waited for a lease");
    assert_eq!(other.counters().leases_lost, 0);
}

#[tokio::test(start_paused = true)]
async fn what_does_not_end_within_the_grace_is_given_back() {
    for stuck in ["leaf", "foreign"] {
        let world = World::new();
        let caller = world
            .join_as("caller", |builder| builder.client_only())
            .await;
        let one = join(&world, "one").await;
        if stuck == "leaf" {
            drop(
                slowly::rpc(caller.id("s"), "s".into(), 600)
                    .begin()
                    .await
                    .unwrap(),
            );
        } else {
            drop(never_ends::rpc(caller.id("s")).begin().await.unwrap());
        }
        world.until_task("s", TaskStatus::Acquired).await;
        one.shutdown().await;
        assert_eq!(held(&world).await, Vec::<String>::new(), "{stuck}");
        assert_eq!(world.elapsed().as_secs(), 10, "{stuck}");
        let _other = join(&world, "other").await;
        tokio::time::sleep(SECOND * 31).await;
        assert_eq!(
            held(&world).await,
            ["s"],
            "{stuck}: taken up at the next offer"
        );
        assert_eq!(world.log.by("other").len(), 1, "{stuck}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_waits_to_be_tried_again_is_given_back_at_once() {
    let world = World::new();
    let caller = world
        .join_as("caller", |builder| builder.client_only())
        .await;
    let one = join(&world, "one").await;
    drop(always_fails::rpc(caller.id("leaf")).begin().await.unwrap());
    drop(
        always_fails_slowly::rpc(caller.id("flow"))
            .begin()
            .await
            .unwrap(),
    );
    tokio::time::sleep(SECOND * 5).await;
    let before = world.elapsed();
    one.shutdown().await;
    assert!(world.elapsed() - before < SECOND, "{:?}", world.elapsed());
    assert_eq!(held(&world).await, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn offers_that_wait_for_a_place_are_not_claimed_any_more() {
    let world = World::new();
    let caller = world
        .join_as("caller", |builder| builder.client_only())
        .await;
    let set = |builder: resonate::Builder| builder.grace(GRACE).concurrency(1);
    let one = world.join_as("one", set).await;
    let mut handles = Vec::new();
    for n in 0..5 {
        let call = slowly::rpc(caller.id(format!("s{n}")), format!("{n}"), 3);
        handles.push(call.begin().await.unwrap());
    }
    world.settle().await;
    one.shutdown().await;
    assert_eq!(world.log.all(), ["start 0", "end 0"]);
    assert_eq!(held(&world).await, Vec::<String>::new());
    let _other = join(&world, "other").await;
    for handle in handles {
        handle.await.unwrap();
    }
    assert_eq!(world.log.all().len(), 10, "each ran once");
}

#[tokio::test(start_paused = true)]
async fn a_process_on_its_way_out_hears_no_more_offers() {
    let world = World::new();
    let caller = world
        .join_as("caller", |builder| builder.client_only())
        .await;
    let one = join(&world, "one").await;
    drop(
        slowly::run(one.id("s"), "s".into(), 9)
            .begin()
            .await
            .unwrap(),
    );
    let other = join(&world, "other").await;
    let ends = async {
        world.settle().await;
        // While the one drains, everything goes to the other, without waiting for a new offer.
        for n in 0..6 {
            let name = format!("n{n}");
            let done = slowly::rpc(caller.id(name.as_str()), name.clone(), 0).await;
            assert_eq!(done.unwrap(), name);
        }
        let refused = slowly::run(one.id("late"), "late".into(), 1).await;
        let Err(CallError::Other(error)) = refused else {
            panic!("{refused:?}");
        };
        assert!(error.is_stopped(), "{error}");
        world.elapsed()
    };
    let ((), served) = tokio::join!(one.shutdown(), ends);
    assert!(served < SECOND, "{served:?}");
    assert_eq!(world.log.by("other").len(), 12);
    assert_eq!(other.counters().completed, 6);
}

#[tokio::test(start_paused = true)]
async fn who_waits_is_told_that_the_client_stopped() {
    let world = World::new();
    let one = join(&world, "one").await;
    one.promises().create("never", SECOND * 3600).await.unwrap();
    let waiting = one.get::<String>("never");
    let dropped = one.get::<String>("never");
    let other = join(&world, "other").await;
    let far = asks::run(other.id("far")).spawn();
    world.until_task("far", TaskStatus::Suspended).await;
    let (ended, ()) = tokio::join!(waiting, one.shutdown());
    let Err(CallError::Other(error)) = ended else {
        panic!("{ended:?}");
    };
    assert!(error.is_stopped(), "{error}");
    drop(one);
    assert!(
        dropped.await.is_err(),
        "a handle outlives its client, and says so"
    );
    drop(other);
    assert!(far.await.is_err());
    assert_eq!(
        world.promise("far").await.unwrap().state,
        PromiseState::Pending
    );
}

#[tokio::test(start_paused = true)]
async fn a_client_that_is_dropped_leaves_its_work_to_others_when_its_lease_lapses() {
    let world = World::new();
    let caller = world
        .join_as("caller", |builder| builder.client_only())
        .await;
    let one = world
        .join_as("one", |builder| builder.lease(SECOND * 6))
        .await;
    let handle = one_after_the_other::rpc(caller.id("c"), 3)
        .begin()
        .await
        .unwrap();
    world.until_task("c", TaskStatus::Acquired).await;
    drop(one);
    tokio::time::sleep(SECOND * 5).await;
    assert_eq!(world.log.all(), ["start first"], "what ran is stopped");
    let _other = join(&world, "other").await;
    assert_eq!(handle.await.unwrap(), "firstsecond");
    assert!(world.elapsed() < SECOND * 12, "{:?}", world.elapsed());
}

#[tokio::test(start_paused = true)]
async fn work_goes_on_in_the_next_process_on_the_same_file() {
    let folder = tempfile::tempdir().unwrap();
    let (path, log) = (folder.path().join("orders.db"), StepLog::default());
    let clock = Arc::new(VirtualClock::start());
    for orderly in [true, false] {
        let id = format!("a-{orderly}");
        let world = World::on_file(&path, &clock, &log);
        let one = join(&world, "one").await;
        drop(asks::run(one.id(id.as_str())).spawn());
        drop(
            one_after_the_other::run(one.id(format!("c-{orderly}")), 3)
                .begin()
                .await
                .unwrap(),
        );
        world.until_task(&id, TaskStatus::Suspended).await;
        if orderly {
            one.shutdown().await;
        }
        drop(one);
        world.close().await;

        let world = World::on_file(&path, &clock, &log);
        let two = join(&world, "two").await;
        let answer = format!("{id}:1");
        two.promises().resolve(&answer, &"yes").await.unwrap();
        assert_eq!(two.get::<String>(&id).await.unwrap(), "beforeyes");
        let chained = two.get::<String>(&format!("c-{orderly}")).await;
        assert_eq!(chained.unwrap(), "firstsecond");
        assert_eq!(
            log.count("start before"),
            1,
            "a recorded step is not done again"
        );
        two.shutdown().await;
        drop(two);
        world.close().await;
        log.clear();
    }
}

#[tokio::test(start_paused = true)]
async fn a_worker_serves_until_it_is_told_to_stop() {
    let world = World::new();
    let caller = world
        .join_as("caller", |builder| builder.client_only())
        .await;
    let one = join(&world, "one").await;
    let done = async { slowly::rpc(caller.id("s"), "s".into(), 2).await.unwrap() };
    one.worker().run_until(done).await.unwrap();
    assert_eq!(world.log.all(), ["start s", "end s"]);
    one.shutdown().await;
    assert!(
        one.promises().get("s").await.is_ok(),
        "its engine is shared, and open"
    );
}

#[tokio::test(start_paused = true)]
async fn a_client_closes_the_engine_that_is_its_own() {
    let resonate = Resonate::memory().await.unwrap();
    let clone = resonate.clone();
    drop(resonate);
    clone.promises().create("p", SECOND).await.unwrap();
    clone.shutdown().await;
    let closed = clone.promises().get("p").await.unwrap_err();
    assert!(closed.is_stopped(), "{closed}");
}
