//! What operators and outside programs do by hand: promises with data, tasks halted and set going
//! again, delayed calls, schedules replaced, searches read by page.
#![allow(clippy::unwrap_used)]

use std::fmt;
use std::time::Duration;

use resonate::prelude::*;
use resonate::{Final, PromiseState, TaskStatus};
use serde::{Deserialize, Serialize};
use support::world::{StepLog, World};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Veto {
    TooDear { cents: u64 },
    NotNow,
}

impl fmt::Display for Veto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooDear { cents } => write!(f, "{cents} cents are too much"),
            Self::NotNow => f.write_str("not now"),
        }
    }
}

impl Final for Veto {
    fn is_final(&self) -> bool {
        matches!(self, Self::TooDear { .. })
    }
}

#[resonate::function]
async fn asks_for_approval(ctx: &Context, cents: u64) -> Result<String> {
    let approval = ctx
        .promise::<String>()
        .data(&("refund", cents))
        .tag("team", "billing")
        .begin()
        .await?;
    Ok(match approval.await {
        Ok(by) => format!("approved by {by}"),
        Err(error) => format!("refused: {error}"),
    })
}

#[tokio::test(start_paused = true)]
async fn a_promise_tells_what_it_is_for_and_is_refused_with_reason() {
    let world = World::new();
    let peer = world.join("w").await;
    let handle = asks_for_approval::run(peer.id("a"), 500).spawn();
    world.until_task("a", TaskStatus::Suspended).await;
    let open = peer
        .promises()
        .search(Some(PromiseState::Pending), &[("team", "billing")])
        .await
        .unwrap();
    let [asked] = &open[..] else {
        panic!("{open:?}");
    };
    assert_eq!(
        asked.data::<(String, u64)>().unwrap(),
        ("refund".into(), 500)
    );
    assert_eq!(asked.settled_at(), None);
    assert_eq!(asked.rejection().unwrap(), None);
    let refused = peer
        .promises()
        .reject_with(asked.id(), &Veto::TooDear { cents: 500 })
        .await
        .unwrap();
    assert_eq!(
        refused.rejection().unwrap().as_deref(),
        Some("500 cents are too much")
    );
    assert!(refused.settled_at().unwrap() >= refused.created_at());
    assert_eq!(handle.await.unwrap(), "refused: 500 cents are too much");
    // The error is there as a value too, for whoever knows its type.
    let made = peer.promises().create("own", HOUR).data(&7).tag("k", "v");
    let made = made.await.unwrap();
    assert_eq!((made.data::<u8>().unwrap(), made.tag("k")), (7, Some("v")));
    assert!(made.tags().any(|tag| tag == ("k", "v")));
    let reserved = peer
        .promises()
        .create("x", HOUR)
        .tag("resonate:target", "y");
    assert!(reserved.await.unwrap_err().is_config());
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct NoText;

impl Serialize for NoText {
    fn serialize<S: serde::Serializer>(&self, _serializer: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("not for paper"))
    }
}

#[resonate::function]
async fn asks_badly(ctx: &Context) -> Result<String> {
    let Err(unwritten) = ctx.promise::<()>().data(&NoText).await else {
        return Ok("asked".to_owned());
    };
    Ok(unwritten.to_string())
}

#[tokio::test(start_paused = true)]
async fn data_that_cannot_be_written_is_an_error_and_no_promise() {
    let world = World::new();
    let peer = world.join("w").await;
    let told = asks_badly::run(peer.id("a")).await.unwrap();
    assert!(told.contains("not for paper"), "{told}");
    let made = peer.promises().create("p", HOUR).data(&NoText).await;
    assert!(made.unwrap_err().is_payload());
    assert!(world.promise("p").await.is_none() && world.promise("a:0").await.is_none());
}

#[resonate::function]
async fn sleeps_an_hour(ctx: &Context) -> Result<u64> {
    ctx.sleep(HOUR).await?;
    Ok(1)
}

#[tokio::test(start_paused = true)]
async fn a_task_is_halted_found_and_set_going_again() {
    let world = World::new();
    let peer = world.join("w").await;
    let handle = sleeps_an_hour::run(peer.id("s")).spawn();
    world.until_task("s", TaskStatus::Suspended).await;
    let tasks = peer.tasks();
    tasks.halt("s").await.unwrap();
    tokio::time::sleep(HOUR * 2).await;
    assert!(!handle.is_done(), "nobody runs it");
    let halted = tasks.search(Some(TaskStatus::Halted)).await.unwrap();
    let [found] = &halted[..] else {
        panic!("{halted:?}");
    };
    assert_eq!(
        (found.id(), found.version(), found.holder()),
        ("s", 1, None)
    );
    tasks.resume("s").await.unwrap();
    assert_eq!(handle.await.unwrap(), 1);
    assert_eq!(
        tasks.get("s").await.unwrap().status(),
        TaskStatus::Fulfilled
    );
    assert!(tasks.get("nobody").await.unwrap_err().is_not_found());
    assert!(tasks.halt("s").await.is_err(), "it is finished");
}

#[tokio::test(start_paused = true)]
async fn a_search_holds_one_page_at_a_time() {
    let world = World::new();
    let peer = world.join("w").await;
    for number in 0..1001 {
        let id = format!("p-{number:04}");
        peer.promises().create(&id, HOUR).await.unwrap();
    }
    let mut pages = peer.promises().search(None, &[]);
    let mut lengths = Vec::new();
    while let Some(page) = pages.next_page().await.unwrap() {
        lengths.push(page.len());
    }
    assert_eq!(lengths, [1000, 1]);
    assert_eq!(peer.promises().search(None, &[]).await.unwrap().len(), 1001);
}

#[resonate::function]
async fn notes(info: &Info, what: String) -> Result<String> {
    info.dependency::<StepLog>()?.note(&what);
    Ok(what)
}

#[resonate::function]
async fn leaves_for_later(ctx: &Context, wrong: bool) -> Result<String> {
    if wrong {
        return Ok(notes::rpc(ctx, "never".into()).delay(HOUR).await?);
    }
    let call = notes::detached(ctx, "detached".into());
    call.delay(HOUR * 48).timeout(SECOND).await
}

#[tokio::test(start_paused = true)]
async fn a_delayed_call_is_offered_when_its_time_has_come() {
    let world = World::new();
    let peer = world.join("w").await;
    let rpc = notes::rpc(peer.id("later"), "rpc".into());
    let handle = rpc.delay(HOUR * 30).timeout(HOUR).spawn();
    let detached = leaves_for_later::run(peer.id("leaves"), false)
        .await
        .unwrap();
    tokio::time::sleep(HOUR * 29).await;
    assert!(world.log.all().is_empty());
    assert_eq!(handle.await.unwrap(), "rpc");
    assert_eq!(world.elapsed().as_secs(), 30 * 3600);
    assert_eq!(peer.get::<String>(&detached).await.unwrap(), "detached");
    assert_eq!(world.elapsed().as_secs(), 48 * 3600);
    // Where it cannot mean anything it is refused, with what to do instead.
    let here = notes::run(peer.id("here"), "x".into()).delay(HOUR).await;
    assert!(here.unwrap_err().to_string().contains("`rpc`"));
    let inside = leaves_for_later::run(peer.id("wrong"), true).await;
    assert!(inside.unwrap_err().to_string().contains("ctx.sleep"));
}

#[tokio::test(start_paused = true)]
async fn a_schedule_that_differs_is_left_alone_or_replaced() {
    let world = World::new();
    let peer = world.join("w").await;
    let hourly = || notes::schedule(&peer, "s", "0 * * * *", "old".into());
    hourly().await.unwrap();
    let left = notes::schedule(&peer, "s", "30 * * * *", "new".into()).await;
    assert_eq!(left.unwrap().cron(), "0 * * * *");
    let replaced = notes::schedule(&peer, "s", "30 * * * *", "new".into()).replace();
    assert_eq!(replaced.await.unwrap().cron(), "30 * * * *");
    tokio::time::sleep(HOUR * 2).await;
    assert_eq!(world.log.all(), ["new", "new"]);
    // One that is the same is not touched: its next run stays.
    let before = peer.schedules().get("s").await.unwrap().next_run_at();
    let same = notes::schedule(&peer, "s", "30 * * * *", "new".into()).replace();
    assert_eq!(same.await.unwrap().next_run_at(), before);
    let by_name = peer
        .schedules()
        .create("s", "30 * * * *", "notes", ("by name",));
    let by_name = by_name.version(1).timeout(HOUR).replace().await.unwrap();
    assert_eq!(by_name.id(), "s");
    world.log.clear();
    tokio::time::sleep(HOUR).await;
    assert_eq!(world.log.all(), ["by name"]);
}

#[resonate::function]
async fn tries_steps(ctx: &Context) -> Result<(u32, String, String)> {
    let tried = ctx.step_with("attempts", |info| async move {
        match info.attempt() {
            3 => Ok(3),
            _ => Err(Veto::NotNow),
        }
    });
    let tried = tried.final_if(Final::is_final).await?;
    let asked = ctx.step("final", || async {
        Err::<(), _>(Veto::TooDear { cents: 9 })
    });
    let refused = asked.final_if(Final::is_final).tag("team", "x").await;
    let id = ctx.step_with(
        "id",
        |info| async move { Ok::<_, Error>(info.id().to_owned()) },
    );
    Ok((tried, refused.unwrap_err().to_string(), id.await?))
}

#[tokio::test(start_paused = true)]
async fn a_step_knows_its_attempt_and_which_errors_are_final() {
    let world = World::new();
    let peer = world.join("w").await;
    let told = tries_steps::run(peer.id("t")).await.unwrap();
    assert_eq!(told, (3, "9 cents are too much".into(), "t:2".into()));
    assert_eq!(
        world.elapsed().as_secs(),
        1 + 2,
        "the final one is tried once"
    );
    assert_eq!(
        world.promise("t:1").await.unwrap().tags.get("team"),
        Some("x")
    );
}

#[tokio::test(start_paused = true)]
async fn a_client_that_serves_nothing_says_so_when_asked_to_serve() {
    let world = World::new();
    let peer = world.join_as("w", |builder| builder.client_only()).await;
    let served = peer.worker().run_until(std::future::ready(())).await;
    let told = served.unwrap_err().to_string();
    assert!(told.contains("client_only"), "{told}");
}
