//! What a replay repeats, and what happens when it does not.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use resonate::prelude::*;
use resonate::{FaultKind, Info, PromiseState};
use resonate_core::execution::{IdGrammar, SEEN};
use resonate_core::payload::{Base64Json, Codec as _, Invocation};
use resonate_core::protocol::TaskStatus;
use support::world::{Peer, StepLog, World};

const SECOND: Duration = Duration::from_secs(1);

/// Which code is deployed: what a workflow should not look at, and these do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deploy {
    Old,
    OtherFunction,
    OtherVersion,
    OtherArguments,
    Remote,
    Swapped,
    OneLess,
    OneMoreFirst,
    SleepInstead,
    OneMoreLast,
}

#[resonate::function]
async fn bill(info: &Info, cents: u64) -> Result<u64> {
    info.dependency::<StepLog>()?.note(format!("bill {cents}"));
    Ok(cents)
}

#[resonate::function(name = "ship", version = 1)]
async fn ship(item: String) -> Result<String> {
    Ok(item)
}

#[resonate::function(name = "ship", version = 2)]
async fn ship_anew(item: String) -> Result<String> {
    Ok(format!("{item}!"))
}

/// Two steps and a question; the deploys differ in them.
#[resonate::function]
async fn order(ctx: &Context) -> Result<String> {
    let deploy = *ctx.dependency::<Deploy>()?;
    if deploy == Deploy::OneMoreFirst {
        bill::run(ctx, 1).await?;
    }
    if deploy == Deploy::Swapped {
        ship::rpc(ctx, "book".into()).await?;
    }
    match deploy {
        Deploy::OtherFunction => drop(ship::run(ctx, "book".into()).await?),
        Deploy::OtherArguments => drop(bill::run(ctx, 600).await?),
        Deploy::Remote => drop(bill::rpc(ctx, 500).await?),
        Deploy::SleepInstead => ctx.sleep(SECOND).await?,
        Deploy::OneLess => {}
        _ => drop(bill::run(ctx, 500).await?),
    }
    match deploy {
        Deploy::OneLess => return Ok("nothing".to_owned()),
        Deploy::OtherVersion => drop(ship_anew::rpc(ctx, "book".into()).await?),
        Deploy::Swapped => {}
        _ => drop(ship::rpc(ctx, "book".into()).await?),
    }
    let said = ctx.promise::<String>().await?;
    if deploy == Deploy::OneMoreLast {
        bill::run(ctx, 9).await?;
    }
    Ok(said)
}

async fn deploy(world: &World, deploy: Deploy) -> Peer {
    let pid = format!("{deploy:?}");
    world
        .join_as(&pid, |builder| builder.dependency(deploy))
        .await
}

/// A client that replays an execution at every turn.
async fn replaying(world: &World, pid: &str) -> Peer {
    world.join_as(pid, |builder| builder.warm(0)).await
}

/// Everything that is recorded, in short.
async fn recorded(world: &World) -> Vec<(String, PromiseState)> {
    let promises = world.promises().await;
    let short = promises.iter().map(|it| (it.id.to_string(), it.state));
    short.collect()
}

#[tokio::test(start_paused = true)]
async fn code_that_asks_for_another_step_is_stopped_and_writes_nothing() {
    let table = [
        (
            Deploy::OtherFunction,
            "o:0",
            "`bill` version 1",
            "`ship` version 1",
        ),
        (
            Deploy::OtherArguments,
            "o:0",
            "`bill` version 1",
            "other arguments",
        ),
        (
            Deploy::Remote,
            "o:0",
            "a local step `bill`",
            "a remote call `bill`",
        ),
        (
            Deploy::SleepInstead,
            "o:0",
            "a local step `bill`",
            "a sleep",
        ),
        (
            Deploy::OneMoreFirst,
            "o:0",
            "`bill` version 1",
            "other arguments",
        ),
        (
            Deploy::Swapped,
            "o:0",
            "a local step `bill`",
            "a remote call `ship`",
        ),
        (
            Deploy::OtherVersion,
            "o:1",
            "`ship` version 1",
            "`ship` version 2",
        ),
        (
            Deploy::OneLess,
            "o:0",
            "a local step `bill`",
            "ended without it",
        ),
    ];
    for (changed, step, was, is) in table {
        let world = World::new();
        let old = deploy(&world, Deploy::Old).await;
        let caller = world
            .join_as("caller", |builder| builder.client_only())
            .await;
        let handle = order::rpc(caller.id("o")).begin().await.unwrap();
        world.until_task("o", TaskStatus::Suspended).await;
        drop(old);
        let new = deploy(&world, changed).await;
        caller.promises().resolve("o:2", &"thanks").await.unwrap();
        let before = recorded(&world).await;
        tokio::time::sleep(SECOND * 30).await;
        let [fault] = &new.faults()[..] else {
            panic!("{changed:?}: {:?}", new.faults());
        };
        assert_eq!(fault.kind, FaultKind::NonDeterminism, "{changed:?}");
        for part in [step, was, is, "add a version"] {
            assert!(
                fault.message.contains(part),
                "{changed:?}: {part}: {}",
                fault.message
            );
        }
        assert_eq!(
            recorded(&world).await,
            before,
            "{changed:?} wrote something"
        );
        assert!(!handle.is_done(), "{changed:?}");
        // The old code comes back and finds everything as it was.
        drop(new);
        let _old = deploy(&world, Deploy::Old).await;
        assert_eq!(handle.await.unwrap(), "thanks", "{changed:?}");
        assert_eq!(world.log.all(), ["bill 500"], "{changed:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn code_that_only_adds_steps_at_the_end_goes_on() {
    let world = World::new();
    let old = deploy(&world, Deploy::Old).await;
    let handle = order::run(old.id("o")).spawn();
    world.until_task("o", TaskStatus::Suspended).await;
    drop(handle);
    drop(old);
    let new = deploy(&world, Deploy::OneMoreLast).await;
    new.promises().resolve("o:2", &"thanks").await.unwrap();
    assert_eq!(new.get::<String>("o").await.unwrap(), "thanks");
    assert_eq!(world.log.all(), ["bill 500", "bill 9"]);
    assert!(new.faults().is_empty());
}

#[resonate::function]
async fn word(info: &Info, word: String, millis: u64) -> Result<String> {
    info.dependency::<StepLog>()?.note(word.clone());
    tokio::time::sleep(Duration::from_millis(millis)).await;
    Ok(word)
}

/// Takes the first of three, then waits for a person, then takes the others.
#[resonate::function]
async fn first_of_three(ctx: &Context, detached: bool) -> Result<String> {
    let mut a = word::run(ctx, "a".into(), 50).spawn();
    let mut b = word::rpc(ctx, "b".into(), 20).spawn();
    let mut c = word::run(ctx, "c".into(), 20).spawn();
    let first = tokio::select! {
        word = &mut a => word?,
        word = &mut b => word?,
        word = &mut c => word?,
    };
    // The choice is kept with whatever comes next.
    if detached {
        word::detached(ctx, first.clone(), 1).await?;
    }
    let said = ctx.promise::<String>().await?;
    Ok(first + &said)
}

#[tokio::test(start_paused = true)]
async fn the_order_of_results_in_a_select_repeats_on_a_replay() {
    for detached in [false, true] {
        let world = World::new();
        let one = world.join("one").await;
        let handle = first_of_three::run(one.id("s"), detached).spawn();
        world.until_task("s", TaskStatus::Suspended).await;
        drop(handle);
        drop(one);
        let number = if detached { 4 } else { 3 };
        // The next step, or what stands in its place, tells what was seen before it.
        let step = world.promise("s:3").await.unwrap();
        assert_eq!(step.tags.get(SEEN), Some("2"), "detached: {detached}");
        let two = world.join("two").await;
        let question = format!("s:{number}");
        two.promises().resolve(&question, &" it is").await.unwrap();
        let result = two.get::<String>("s").await.unwrap();
        assert_eq!(result, "c it is", "detached: {detached}");
        assert!(
            world.log.by("two").iter().all(|word| word == "c"),
            "{:?}",
            world.log.all()
        );
    }
}

/// Everything that a workflow may read of the world, before and after a step.
#[resonate::function]
async fn reads(ctx: &Context) -> Result<Vec<String>> {
    let read = || {
        format!(
            "{:?} {} {} {}",
            ctx.now(),
            ctx.random(),
            ctx.uuid(),
            ctx.id()
        )
    };
    let mut all = vec![read(), read()];
    ctx.sleep(SECOND * 10).await?;
    all.push(read());
    let recorded = ctx
        .step("read", {
            let all = all.clone();
            move || {
                let all = all.clone();
                async move { Ok::<_, Error>(all) }
            }
        })
        .await?;
    ctx.sleep(SECOND * 10).await?;
    // What was recorded in the first pass is what is read in the third.
    assert_eq!(recorded, all, "recorded, and read now");
    all.push(read());
    Ok(all)
}

#[tokio::test(start_paused = true)]
async fn time_randomness_and_ids_are_the_same_on_every_replay() {
    let world = World::new();
    let peer = replaying(&world, "w").await;
    let all = reads::run(peer.id("r")).await.unwrap();
    assert!(peer.faults().is_empty(), "{:?}", peer.faults());
    assert_eq!(
        all.iter().collect::<std::collections::BTreeSet<_>>().len(),
        4,
        "{all:?}"
    );
    let seconds = |read: &str| {
        let at = read.find("tv_sec: ").unwrap() + "tv_sec: ".len();
        read[at..]
            .chars()
            .take_while(char::is_ascii_digit)
            .collect::<String>()
            .parse::<u64>()
            .unwrap()
    };
    let times: Vec<u64> = all
        .iter()
        .map(|read| seconds(read) - 1_000_000_000)
        .collect();
    assert_eq!(times, [0, 0, 10, 20]);
}

/// The version that an execution is kept to.
fn pinned(record: &resonate_core::protocol::PromiseRecord) -> Option<u32> {
    let json = Base64Json::default()
        .decode(&record.param)
        .unwrap()
        .unwrap();
    Invocation::from_json(&json).unwrap().version
}

#[resonate::function(name = "tells", version = 1)]
async fn tells_old(ctx: &Context) -> Result<String> {
    ctx.promise::<()>().await?;
    Ok(format!("version {}", ctx.version()))
}

#[resonate::function(name = "tells", version = 2)]
async fn tells(ctx: &Context) -> Result<String> {
    ctx.promise::<()>().await?;
    Ok(format!("version {}", ctx.version()))
}

#[tokio::test(start_paused = true)]
async fn an_execution_without_a_version_stays_on_the_one_it_began_on() {
    let world = World::new();
    let peer = replaying(&world, "w").await;
    // The newest when it first runs, and never another one.
    let handle = peer
        .id("new")
        .rpc::<String>("tells", ())
        .begin()
        .await
        .unwrap();
    world.until_task("new", TaskStatus::Suspended).await;
    let place = IdGrammar::Colon.named_child(&"new".into(), "version");
    let pin = world.promise(place.as_str()).await.unwrap();
    assert_eq!((pinned(&pin), pin.state), (Some(2), PromiseState::Resolved));
    peer.promises().resolve("new:0", &()).await.unwrap();
    assert_eq!(handle.await.unwrap(), "version 2");

    // One that began when there was only version 1, before a deploy.
    let deployed = world
        .join_as("deployed", |builder| builder.group("later"))
        .await;
    let old = deployed
        .id("old")
        .rpc::<String>("tells", ())
        .target("nowhere-yet");
    let old = old.begin().await.unwrap();
    let pin_old = support::world::pin(&world, "old", "tells", 1).await;
    assert_eq!(pinned(&pin_old), Some(1));
    let mover = world
        .join_as("mover", |builder| builder.group("nowhere-yet").warm(0))
        .await;
    world.until_task("old", TaskStatus::Suspended).await;
    mover.promises().resolve("old:0", &()).await.unwrap();
    assert_eq!(old.await.unwrap(), "version 1");
}
