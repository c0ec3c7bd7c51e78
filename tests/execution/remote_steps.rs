//! Steps on an engine behind a wire: what each costs does not grow with those before it, a record
//! is found wherever it was kept, and nothing recorded is done again.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use futures_util::future::join_all;
use resonate::prelude::*;
use resonate::{Info, Retry};
use resonate_core::execution::SHARED_MAX;
use resonate_core::protocol::{FenceAction, Request, TaskStatus};
use support::world::{Fate, Peer, StepLog, Traffic, World};

const NO_WAY: Duration = Duration::ZERO;
/// Each way.
const WAY: Duration = Duration::from_millis(2);

#[resonate::function(retry = Retry::never())]
async fn count(info: &Info, n: u64) -> Result<u64> {
    info.dependency::<StepLog>()?.note(info.id());
    Ok(n + 1)
}

/// Local steps one after the other.
#[resonate::function]
async fn chain(ctx: &Context, steps: u64) -> Result<u64> {
    let mut n = 0;
    for _ in 0..steps {
        n = count::run(ctx, n).await?;
    }
    Ok(n)
}

/// Local steps at the same time.
#[resonate::function]
async fn fan(ctx: &Context, steps: u64) -> Result<u64> {
    let all: Vec<_> = (0..steps).map(|n| count::run(ctx, n).spawn()).collect();
    let ended = join_all(all).await;
    Ok(ended.into_iter().sum::<Result<u64, _>>()?)
}

/// Calls of this group, one after the other, that anybody may take or that stay here.
#[resonate::function]
async fn calls(ctx: &Context, calls: u64, stay: bool) -> Result<u64> {
    let mut n = 0;
    for _ in 0..calls {
        let call = count::rpc(ctx, n);
        n = if stay {
            call.prefer_here().await?
        } else {
            call.await?
        };
    }
    Ok(n)
}

/// Many steps, in workflows of their own and here, then a person's word, then more.
#[resonate::function]
async fn long(ctx: &Context, steps: u64) -> Result<u64> {
    let mut n = chain::run(ctx, steps).await?;
    for _ in 0..steps {
        n = count::run(ctx, n).await?;
    }
    n += fan::run(ctx, steps).await?;
    n += ctx.promise::<u64>().await?;
    count::run(ctx, n).await.map_err(Into::into)
}

/// Runs it to its end; what that cost.
async fn cost(world: &World, peer: &Peer, name: &str, steps: u64) -> Traffic {
    let before = world.way().traffic();
    let id = format!("{name}-{steps}");
    let run = peer.id(&id).run::<u64>(name, (steps,));
    run.await.unwrap();
    world.way().traffic().since(before)
}

#[tokio::test(start_paused = true)]
async fn a_step_costs_the_same_however_many_went_before() {
    for name in ["chain", "fan"] {
        let world = World::far(NO_WAY);
        let peer = world.join("p").await;
        let [short, long] = [
            cost(&world, &peer, name, 50).await,
            cost(&world, &peer, name, 500).await,
        ];
        // To create and to settle each, and the execution.
        assert_eq!(short.requests, 102, "{name}");
        assert_eq!(long.requests, 1002, "{name}");
        assert!(long.heard < short.heard * 12, "{name}: {short:?} {long:?}");
        let record = 512;
        assert!(long.heard < long.requests * record * SHARED_MAX as u64);
    }
}

/// How many records share the branch of an execution, but for itself.
async fn shared_by(world: &World, id: &str) -> usize {
    let promises = world.promises().await;
    let of_branch = promises.iter().filter(|it| it.tags.branch() == Some(id));
    of_branch.count() - 1
}

#[tokio::test(start_paused = true)]
async fn only_the_first_records_share_the_branch_where_answers_carry_it() {
    let world = World::far(NO_WAY);
    let peer = world.join("p").await;
    peer.id("c").run::<u64>("fan", (50,)).await.unwrap();
    let shared = shared_by(&world, "c").await;
    assert_eq!(shared, SHARED_MAX, "before any answer was seen");
    let world = World::far(NO_WAY);
    let peer = world.join("p").await;
    peer.id("c").run::<u64>("chain", (50,)).await.unwrap();
    assert_eq!(shared_by(&world, "c").await, SHARED_MAX);
    let world = World::far(NO_WAY);
    world.way().be_bare();
    let peer = world.join("p").await;
    peer.id("c").run::<u64>("fan", (50,)).await.unwrap();
    let shared = shared_by(&world, "c").await;
    assert_eq!(shared, 50, "where they carry nothing");
    let world = World::new();
    let peer = world.join("p").await;
    peer.id("c").run::<u64>("chain", (50,)).await.unwrap();
    let shared = shared_by(&world, "c").await;
    assert_eq!(shared, 50, "in one process with the engine");
}

/// Runs `long` until it waits for a person's word, and kills the process.
async fn begin_long(world: &World, steps: u64) {
    let first = world.join("first").await;
    let _parked = long::begin_run(first.id("l"), steps).await.unwrap();
    world.until_task("l", TaskStatus::Suspended).await;
    assert_eq!(world.log.by("first").len() as u64, 3 * steps);
}

/// Another process goes on with it, and does what is left, which is one step.
async fn end_long(world: &World, second: &Peer, steps: u64) {
    let (promises, word) = (second.promises(), format!("l:{}", steps + 2));
    promises.resolve(&word, &5).await.unwrap();
    let n: u64 = second.get("l").await.unwrap();
    assert_eq!(n, 2 * steps + (1..=steps).sum::<u64>() + 5 + 1);
    assert_eq!(world.log.by("second"), [format!("l:{}", steps + 3)]);
    assert!(second.faults().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_process_that_comes_new_finds_every_record_in_a_few_looks() {
    const STEPS: u64 = 340;
    let world = World::far(WAY);
    begin_long(&world, STEPS).await;
    let second = world.join("second").await;
    let (began, before) = (world.elapsed(), world.way().traffic());
    end_long(&world, &second, STEPS).await;
    let took = world.elapsed() - began;
    assert!(took < WAY * 2 * 40, "{took:?}");
    let cost = world.way().traffic().since(before);
    assert!(cost.requests < 3 * STEPS * 3 / 2, "{cost:?}");
}

#[tokio::test(start_paused = true)]
async fn what_was_recorded_in_one_branch_is_found_and_goes_on_in_another() {
    let world = World::far(WAY);
    world.way().be_bare();
    begin_long(&world, 30).await;
    assert_eq!(shared_by(&world, "l").await, 90 + 2);
    world.way().be_laden();
    let second = world.join("second").await;
    end_long(&world, &second, 30).await;
    // Its first step told the new process how this engine answers.
    assert_eq!(shared_by(&world, "l").await, 90 + 2 + 1);
}

#[tokio::test(start_paused = true)]
async fn a_worker_beside_the_engine_does_nothing_again_that_one_far_away_recorded() {
    let world = World::far(WAY);
    begin_long(&world, 30).await;
    let near = world.near_wire();
    let second = world.join_over("second", near, |builder| builder).await;
    end_long(&world, &second, 30).await;
}

#[tokio::test(start_paused = true)]
async fn a_step_far_away_takes_little_more_than_one_way_there_and_back() {
    let world = World::far(WAY);
    let peer = world.join("p").await;
    let began = world.elapsed();
    peer.id("c").run::<u64>("chain", (100,)).await.unwrap();
    let took = world.elapsed() - began;
    // A creation has a head start of a quarter. The execution takes two, and the first step two,
    // for want of experience.
    assert!(took <= WAY * 2 * (103 + 25), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_result_that_overtakes_its_creation_is_sent_again() {
    let world = World::far(WAY);
    let peer = world.join("p").await;
    peer.id("warm").run::<u64>("chain", (2,)).await.unwrap();
    world.log.clear();
    peer.wire.forget();
    peer.wire.judge(|_, requests| {
        let [Request::TaskFence(fence)] = requests else {
            return None;
        };
        let is_create = matches!(fence.action, FenceAction::Create(_));
        is_create.then(|| Fate::Delay(WAY * 3))
    });
    peer.id("c").run::<u64>("chain", (20,)).await.unwrap();
    assert_eq!(world.log.all().len(), 20);
    // One was overtaken: the others wait.
    assert_eq!(peer.wire.count("fence promise.create"), 20);
    assert_eq!(peer.wire.count("fence promise.settle"), 21);
    assert!(peer.faults().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_creation_that_is_lost_delays_its_step_and_no_more() {
    let world = World::far(WAY);
    let peer = world.join("p").await;
    peer.id("warm").run::<u64>("chain", (2,)).await.unwrap();
    world.log.clear();
    let mut calls = 0;
    peer.wire.judge(move |_, requests| {
        let [Request::TaskFence(fence)] = requests else {
            return None;
        };
        calls += usize::from(matches!(fence.action, FenceAction::Create(_)));
        let fates = [Fate::LoseRequest, Fate::LoseAnswer, Fate::Duplicate];
        (calls % 4 > 0).then(|| fates[calls % 4 - 1].clone())
    });
    let n = peer.id("c").run::<u64>("chain", (20,)).await.unwrap();
    assert_eq!((n, world.log.all().len()), (20, 20));
    assert!(peer.faults().is_empty());
}

/// How long the engine takes to say anything by itself.
const LAG: Duration = Duration::from_millis(100);

#[tokio::test(start_paused = true)]
async fn who_waits_for_a_call_that_ended_here_goes_on_at_once() {
    let world = World::far(NO_WAY);
    world.way().set_lag(LAG);
    let peer = world.join("p").await;
    let began = world.elapsed();
    let n = calls::run(peer.id("c"), 10, false).await.unwrap();
    assert_eq!(n, 10);
    // Each call is offered to the group; each suspension ends without an offer.
    let took = world.elapsed() - began;
    assert!(took >= LAG * 10 && took < LAG * 11, "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_prefers_to_stay_waits_for_no_offer() {
    let world = World::far(NO_WAY);
    world.way().set_lag(LAG);
    let peer = world.join("p").await;
    let other = world.join("other").await;
    let began = world.elapsed();
    let n = calls::run(peer.id("c"), 10, true).await.unwrap();
    assert_eq!(n, 10);
    let root = count::rpc(peer.id("root"), 1).prefer_here();
    assert_eq!(root.await.unwrap(), 2);
    assert!(world.elapsed() - began < LAG);
    assert_eq!(world.log.by("p").len(), 11);
    // The offers come, and find everything taken.
    tokio::time::sleep(LAG * 10).await;
    assert_eq!(world.log.all().len(), 11);
    assert!(peer.faults().is_empty() && other.faults().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_call_that_prefers_a_process_without_room_is_offered_as_any() {
    let world = World::far(NO_WAY);
    world.way().set_lag(LAG);
    let peer = world.join_as("p", |builder| builder.concurrency(1)).await;
    let began = world.elapsed();
    let n = calls::run(peer.id("c"), 10, true).await.unwrap();
    assert_eq!(n, 10);
    assert!(world.elapsed() - began >= LAG * 10);
}
