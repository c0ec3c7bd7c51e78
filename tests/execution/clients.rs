//! What a client offers beside calls: handles, promises and schedules by hand, dependencies,
//! prefixes, and contexts for unit tests.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use resonate::prelude::*;
use resonate::{Info, PromiseState};
use resonate_core::protocol::TaskStatus;
use support::world::{StepLog, VirtualClock, World};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);

#[resonate::function]
async fn twice(info: &Info, number: u64) -> Result<u64> {
    if let Ok(log) = info.dependency::<StepLog>() {
        log.note(format!("twice {number} in {}", info.id()));
    }
    Ok(number * 2)
}

#[resonate::function(retry = Retry::never())]
async fn lasts(seconds: u32) -> Result<u32> {
    tokio::time::sleep(SECOND * seconds).await;
    Ok(seconds)
}

/// What handles say inside of a function.
#[resonate::function]
async fn looks_at_handles(ctx: &Context) -> Result<Vec<String>> {
    let mut told = Vec::new();
    let mut quick = lasts::run(ctx, 1).spawn();
    let remote = lasts::rpc(ctx, 3600).spawn();
    let nested = keeps_working::run(ctx).spawn();
    told.push(format!(
        "{} {} {}",
        quick.id(),
        quick.is_done(),
        remote.is_done()
    ));
    told.push(format!("{:?}", (&mut quick).await));
    told.push(format!("{}", quick.is_done()));
    remote.cancel().await?;
    nested.cancel().await?;
    told.push(format!("{:?} {:?}", remote.await, nested.await));
    // What is settled stays as it is.
    let settled = lasts::run(ctx, 2).begin().await?;
    ctx.sleep(SECOND * 5).await?;
    settled.cancel().await?;
    told.push(format!("{:?}", settled.await));
    Ok(told)
}

#[resonate::function]
async fn keeps_working(ctx: &Context) -> Result<u32> {
    let one = lasts::run(ctx, 3600).spawn();
    let other = deeper::run(ctx).await?;
    Ok(one.await? + other)
}

#[resonate::function]
async fn deeper(ctx: &Context) -> Result<u32> {
    Ok(lasts::run(ctx, 3600).await?)
}

#[tokio::test(start_paused = true)]
async fn handles_tell_and_cancel_inside_of_a_function() {
    let world = World::new();
    let peer = world.join("w").await;
    let told = looks_at_handles::run(peer.id("h")).await.unwrap();
    let expected = [
        "h:0 false false",
        "Ok(1)",
        "true",
        "Err(Canceled) Err(Canceled)",
        "Ok(2)",
    ];
    assert_eq!(told, expected);
    assert!(world.elapsed() < SECOND * 20, "{:?}", world.elapsed());
    // Nothing of the canceled workflow is left to be done.
    for record in world.promises().await {
        let is_remote = record.tags.target().is_some();
        assert!(is_remote || !record.state.is_pending(), "{record:?}");
    }
    assert!(peer.faults().is_empty());
}

#[tokio::test(start_paused = true)]
async fn handles_tell_and_cancel_outside() {
    let world = World::new();
    let (peer, other) = (world.join("w").await, world.join("other").await);
    let handle = lasts::run(peer.id("s"), 10).spawn();
    let watched = other.get::<u32>("s");
    assert_eq!(handle.id(), "s");
    assert!(!handle.is_done());
    tokio::time::sleep(SECOND * 5).await;
    assert!(!handle.is_done() && !watched.is_done());
    tokio::time::sleep(SECOND * 6).await;
    assert!(handle.is_done(), "though nobody awaits it");
    // Asking is what makes a handle listen that nobody awaits.
    let _not_known_yet = watched.is_done();
    world.settle().await;
    assert!(watched.is_done());
    assert_eq!((handle.await.unwrap(), watched.await.unwrap()), (10, 10));

    let late = lasts::run(peer.id("late"), 3600).spawn();
    world.until_task("late", TaskStatus::Acquired).await;
    late.cancel().await.unwrap();
    assert!(matches!(late.await, Err(CallError::Canceled)));
    let missing = peer.get::<u32>("missing").await;
    let Err(CallError::Other(error)) = missing else {
        panic!("{missing:?}");
    };
    assert!(error.is_not_found(), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_finds_no_place_is_recorded_at_once_and_waits_for_one() {
    let world = World::new();
    let peer = world.join_as("w", |builder| builder.concurrency(1)).await;
    let first = lasts::run(peer.id("first"), 10).spawn();
    world.until_task("first", TaskStatus::Acquired).await;
    let second = lasts::begin_run(peer.id("second"), 5).await.unwrap();
    assert!(
        world.elapsed() < SECOND,
        "nobody waits for a place to begin"
    );
    assert_eq!(world.status("second").await, Some(TaskStatus::Pending));
    assert_eq!((first.await.unwrap(), second.await.unwrap()), (10, 5));
    assert_eq!(world.elapsed().as_secs(), 15);
}

#[tokio::test(start_paused = true)]
async fn promises_are_made_and_settled_by_hand() {
    let world = World::new();
    let peer = world.join_as("w", |builder| builder.client_only()).await;
    let promises = peer.promises();
    let made = promises.create("p", HOUR).await.unwrap();
    assert_eq!((made.id(), made.state()), ("p", PromiseState::Pending));
    let deadline = made
        .deadline()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap();
    assert_eq!(deadline.as_secs(), 1_000_000_000 + 3600);
    promises.resolve("p", &vec![1, 2]).await.unwrap();
    // The first settlement stays.
    let still = promises.reject("p", "too late").await.unwrap();
    assert_eq!(still.state(), PromiseState::Resolved);
    assert_eq!(still.value::<Vec<u8>>().unwrap(), [1, 2]);
    assert!(still.value::<String>().unwrap_err().is_payload());
    assert_eq!(peer.get::<Vec<u8>>("p").await.unwrap(), [1, 2]);
    let misread = peer.get::<String>("p").await.unwrap_err().to_string();
    assert!(
        misread.contains("`p` is not a `alloc::string::String`"),
        "{misread}"
    );
    assert!(promises.get("q").await.unwrap_err().is_not_found());
    assert!(promises.resolve("q", &1).await.unwrap_err().is_not_found());
    promises.create("q", SECOND).await.unwrap();
    tokio::time::sleep(SECOND * 2).await;
    let found = promises
        .search(Some(PromiseState::RejectedTimedout), &[])
        .await
        .unwrap();
    assert_eq!(
        found
            .iter()
            .map(|it| it.id().to_owned())
            .collect::<Vec<_>>(),
        ["q"]
    );
    let labelled = promises
        .search(None, &[("resonate:external", "true")])
        .await
        .unwrap();
    assert_eq!(labelled.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn schedules_start_calls_again_and_again() {
    let world = World::new();
    let peer = world.join("w").await;
    twice::schedule(&peer, "hourly", "0 * * * *", 21)
        .await
        .unwrap();
    peer.schedules()
        .create("by-name", "30 * * * *", "twice", (4,))
        .await
        .unwrap();
    let ids: Vec<_> = peer.schedules().search().await.unwrap();
    let ids: Vec<_> = ids
        .iter()
        .map(|schedule| schedule.id().to_owned())
        .collect();
    assert_eq!(ids, ["by-name", "hourly"]);
    let hourly = peer.schedules().get("hourly").await.unwrap();
    assert_eq!(hourly.cron(), "0 * * * *");
    assert!(hourly.last_run_at().is_none());
    tokio::time::sleep(HOUR * 3).await;
    let ran = world.log.all();
    assert_eq!(
        ran.iter().filter(|it| it.starts_with("twice 21")).count(),
        3,
        "{ran:?}"
    );
    assert_eq!(
        ran.iter().filter(|it| it.starts_with("twice 4")).count(),
        3,
        "{ran:?}"
    );
    let hourly = peer.schedules().get("hourly").await.unwrap();
    let last = hourly.last_run_at().unwrap();
    assert_eq!(hourly.next_run_at(), last + HOUR);
    let millis = last
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap()
        .as_millis();
    assert_eq!(
        peer.get::<u64>(&format!("hourly-{millis}")).await.unwrap(),
        42
    );
    peer.schedules().delete("hourly").await.unwrap();
    peer.schedules().delete("by-name").await.unwrap();
    world.log.clear();
    tokio::time::sleep(HOUR * 3).await;
    assert!(world.log.all().is_empty());
    let nonsense = twice::schedule(&peer, "bad", "every now and then", 1).await;
    assert!(nonsense.unwrap_err().is_config());
    assert!(
        peer.schedules()
            .get("bad")
            .await
            .unwrap_err()
            .is_not_found()
    );
}

#[resonate::function(name = "edition")]
async fn first_edition(info: &Info) -> Result<()> {
    info.dependency::<StepLog>()?.note("edition 1".to_owned());
    Ok(())
}

#[resonate::function(name = "edition", version = 2)]
async fn second_edition(info: &Info) -> Result<()> {
    info.dependency::<StepLog>()?.note("edition 2".to_owned());
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_schedule_stays_on_the_version_of_its_stub() {
    let world = World::new();
    let peer = world.join("w").await;
    let pinned = first_edition::schedule(&peer, "pinned", "0 * * * *").await;
    pinned.unwrap();
    let latest = second_edition::schedule(&peer, "next", "20 * * * *").await;
    latest.unwrap();
    let schedules = peer.schedules();
    let by_name = schedules.create("by-name", "40 * * * *", "edition", ());
    by_name.await.unwrap();
    tokio::time::sleep(HOUR * 2).await;
    let ran = |edition: &str| {
        let all = world.log.all();
        all.iter().filter(|it| it.starts_with(edition)).count()
    };
    // The stubs' own versions, and by name the latest.
    assert_eq!((ran("edition 1"), ran("edition 2")), (2, 4));
}

#[resonate::function]
async fn tells_ids(ctx: &Context) -> Result<Vec<String>> {
    let answer = ctx.promise::<String>().spawn();
    let child = twice::rpc(ctx, 1).spawn();
    let detached = twice::detached(ctx, 2).await?;
    let mut ids = vec![
        ctx.id().to_owned(),
        answer.id().to_owned(),
        child.id().to_owned(),
    ];
    ids.push(detached);
    ids.push(answer.await?);
    Ok(ids)
}

#[tokio::test(start_paused = true)]
async fn a_prefix_keeps_clients_apart_and_ids_whole() {
    let world = World::new();
    let eu = world
        .join_as("eu", |builder| builder.prefix("eu").group("eu"))
        .await;
    let us = world
        .join_as("us", |builder| builder.prefix("us").group("us"))
        .await;
    let (a, b) = (
        twice::run(eu.id("same"), 1).await,
        twice::run(us.id("same"), 2).await,
    );
    assert_eq!((a.unwrap(), b.unwrap()), (2, 4));
    let handle = tells_ids::run(eu.id("tells")).spawn();
    assert_eq!(handle.id(), "eu.tells");
    world.until_task("eu.tells", TaskStatus::Suspended).await;
    // Ids are taken short or whole, those of steps as well.
    for id in ["tells", "eu.tells", "tells:0", "eu.tells:0"] {
        let found = eu.promises().get(id).await;
        assert!(found.is_ok(), "{id}: {found:?}");
        assert!(
            us.promises().get(id).await.is_err() || id.starts_with("eu."),
            "{id}"
        );
    }
    eu.promises().resolve("tells:0", &"yes").await.unwrap();
    let ids = handle.await.unwrap();
    assert_eq!(ids[..3], ["eu.tells", "eu.tells:0", "eu.tells:1"]);
    assert!(ids[3].starts_with("eu.tells:d"), "{ids:?}");
    assert_eq!(eu.get::<Vec<String>>("eu.tells").await.unwrap(), ids);
    assert_eq!(
        eu.get::<u64>(&ids[2]).await.unwrap(),
        2,
        "a step's result by its id"
    );

    twice::schedule(&eu, "nightly", "0 * * * *", 3)
        .await
        .unwrap();
    twice::schedule(&us, "nightly", "0 * * * *", 4)
        .await
        .unwrap();
    tokio::time::sleep(HOUR).await;
    let fired = world.log.all();
    assert!(
        fired
            .iter()
            .any(|it| it.starts_with("twice 3 in eu.nightly-")),
        "{fired:?}"
    );
    assert!(
        fired
            .iter()
            .any(|it| it.starts_with("twice 4 in us.nightly-")),
        "{fired:?}"
    );
    assert!(eu.schedules().get("nightly").await.is_ok());
    eu.schedules().delete("nightly").await.unwrap();
    assert!(us.schedules().get("nightly").await.is_ok());
}

#[resonate::function]
async fn has_what_it_needs(ctx: &Context) -> Result<String> {
    let missing = ctx.dependency::<Vec<u8>>().unwrap_err();
    let pool = ctx.dependency::<String>()?;
    Ok(format!("{pool}; {missing}"))
}

#[tokio::test(start_paused = true)]
async fn dependencies_are_lent_by_type() {
    let world = World::new();
    let set = |builder: resonate::Builder| builder.dependency(String::from("pool"));
    let peer = world.join_as("w", set).await;
    let told = has_what_it_needs::run(peer.id("d")).await.unwrap();
    assert!(told.starts_with("pool; "), "{told}");
    assert!(
        told.contains("no dependency of type `alloc::vec::Vec<u8>`"),
        "{told}"
    );
}

#[resonate::function]
async fn uses_everything(ctx: &Context) -> Result<Vec<u64>> {
    let here = twice::run(ctx, 1).await?;
    let there = twice::rpc(ctx, 2).await?;
    ctx.sleep(HOUR).await?;
    let inline = ctx.step("inline", || async { Ok::<_, Error>(7) }).await?;
    let deep: Vec<u64> = match here {
        2 => Vec::new(),
        _ => uses_everything::run(ctx).await?,
    };
    let named: u64 = ctx.run("twice", (4,)).await?;
    Ok([here, there, inline, named]
        .into_iter()
        .chain(deep)
        .collect())
}

#[tokio::test]
async fn a_function_is_tested_without_an_engine() {
    let ctx = Context::for_test();
    assert_eq!(uses_everything(&ctx).await.unwrap(), [2, 4, 7, 8]);
    let ctx = ctx.with_dependency(String::from("pool"));
    let told = has_what_it_needs(&ctx).await.unwrap();
    assert!(told.starts_with("pool; "), "{told}");
    let panicked = ctx.step("bad", panics).await;
    let Err(CallError::Other(error)) = panicked else {
        panic!("{panicked:?}");
    };
    assert!(error.is_panic(), "{error}");
    let canceled = ctx.promise::<()>().spawn();
    canceled.cancel().await.unwrap();
    assert!(matches!(canceled.await, Err(CallError::Canceled)));
}

async fn panics() -> Result<()> {
    panic!("as it was told")
}

#[tokio::test(start_paused = true)]
async fn a_finished_execution_is_deleted_when_its_retention_is_over() {
    let clock = Arc::new(VirtualClock::start());
    let log = StepLog::default();
    let builder = Resonate::builder().clock(clock).dependency(log.clone());
    let resonate = builder.retain(SECOND * 60).build().await.unwrap();
    assert_eq!(twice::run(resonate.id("a"), 1).await.unwrap(), 2);
    let waits = resonate.id("b").run::<u32>("lasts", (7200,)).spawn();
    tokio::time::sleep(SECOND * 59).await;
    assert_eq!(twice::run(resonate.id("a"), 1).await.unwrap(), 2);
    assert_eq!(
        log.all().len(),
        1,
        "the second call got the result of the first"
    );
    tokio::time::sleep(SECOND * 2).await;
    let gone = resonate.promises().get("a").await.unwrap_err();
    assert!(gone.is_not_found(), "{gone}");
    assert_eq!(twice::run(resonate.id("a"), 1).await.unwrap(), 2);
    assert_eq!(log.all().len(), 2, "the id is as good as new");
    assert_eq!(waits.await.unwrap(), 7200);
    resonate.shutdown().await;
}

#[tokio::test]
async fn a_retention_is_set_where_the_engine_is() {
    let elsewhere = Resonate::builder().url("http://localhost:1").retain(SECOND);
    let error = elsewhere.build().await.unwrap_err();
    assert!(
        error.is_config() && error.to_string().contains("retain"),
        "{error}"
    );
}
