//! When an execution gives its lease back, and what a workflow sees of that: nothing.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use resonate::Info;
use resonate::prelude::*;
use resonate_core::protocol::TaskStatus;
use support::world::{StepLog, World};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

fn note(info: &Info, what: impl Into<String>) {
    info.dependency::<StepLog>().unwrap().note(what);
}

#[resonate::function]
async fn add_one(info: &Info, number: u64) -> Result<u64> {
    note(info, format!("add_one {number}"));
    Ok(number + 1)
}

/// A leaf that takes its time.
#[resonate::function(retry = Retry::never())]
async fn dawdles(info: &Info, number: u64, seconds: u32) -> Result<u64> {
    note(info, format!("start {number}"));
    tokio::time::sleep(SECOND * seconds).await;
    note(info, format!("end {number}"));
    Ok(number)
}

#[resonate::function]
async fn joins(ctx: &Context) -> Result<u64> {
    let (a, b, c) = tokio::join!(add_one::rpc(ctx, 1), add_one::run(ctx, 2), async {
        ctx.sleep(MINUTE).await?;
        add_one::rpc(ctx, 3).await
    });
    Ok(a? + b? + c?)
}

#[tokio::test(start_paused = true)]
async fn join_awaits_local_and_remote_steps_together() {
    let world = World::new();
    let peer = world.join("w").await;
    let sum = joins::run(peer.id("a")).spawn();
    world.until_task("a", TaskStatus::Suspended).await;
    assert_eq!(sum.await.unwrap(), 2 + 3 + 4);
    assert!(world.elapsed() >= MINUTE);
    let mut done = world.log.all();
    done.sort();
    assert_eq!(
        done,
        ["add_one 1", "add_one 2", "add_one 3"],
        "each ran once"
    );
}

/// What came first: the step, or the timeout.
#[resonate::function]
async fn race(
    ctx: &Context,
    remotely: bool,
    step_seconds: u32,
    timeout_seconds: u32,
) -> Result<String> {
    let step = if remotely {
        dawdles::rpc(ctx, 7, step_seconds).spawn()
    } else {
        dawdles::run(ctx, 7, step_seconds).spawn()
    };
    tokio::select! {
        result = step => Ok(format!("step {}", result?)),
        result = ctx.sleep(SECOND * timeout_seconds) => {
            result?;
            Ok("timeout".to_owned())
        }
    }
}

#[tokio::test(start_paused = true)]
async fn select_with_a_sleep_is_a_timeout() {
    let table = [
        (false, 1, 60, "step 7"),
        (true, 1, 60, "step 7"),
        (false, 60, 1, "timeout"),
        (true, 60, 1, "timeout"),
    ];
    for (at, (remotely, step, timeout, outcome)) in table.into_iter().enumerate() {
        let world = World::new();
        let peer = world.join("w").await;
        let came = race::run(peer.id(format!("r{at}")), remotely, step, timeout).await;
        assert_eq!(came.unwrap(), outcome, "row {at}");
        // A function completes after everything that it began, but not after a sleep.
        assert_eq!(world.log.all(), ["start 7", "end 7"], "row {at}");
        assert!(
            world.elapsed() < 62 * SECOND,
            "row {at}: {:?}",
            world.elapsed()
        );
    }
}

#[resonate::function]
async fn gathers(ctx: &Context, width: u64) -> Result<Vec<u64>> {
    let mut open: FuturesUnordered<_> = (0..width).map(|n| add_one::rpc(ctx, n).spawn()).collect();
    let mut results = Vec::new();
    while let Some(result) = open.next().await {
        results.push(result?);
    }
    // The set is finished and still there when the function waits again.
    ctx.sleep(HOUR).await?;
    results.sort_unstable();
    Ok(results)
}

#[tokio::test(start_paused = true)]
async fn futures_unordered_suspends_and_holds_no_lease() {
    let world = World::new();
    let (caller, _worker) = (world.join("caller").await, world.join("worker").await);
    let handle = gathers::run(caller.id("g"), 40).spawn();
    tokio::time::sleep(MINUTE).await;
    assert_eq!(world.status("g").await, Some(TaskStatus::Suspended));
    assert_eq!(caller.wire.count("task.heartbeat"), 0);
    assert_eq!(handle.await.unwrap(), (1..=40).collect::<Vec<_>>());
    assert_eq!(world.log.all().len(), 40);
}

/// Everything that swallows errors, around calls that are not settled yet.
#[resonate::function]
async fn swallows(ctx: &Context) -> Result<Vec<String>> {
    let _ = dawdles::rpc(ctx, 1, 5).await;
    let ok = dawdles::rpc(ctx, 2, 5).await.ok();
    #[expect(clippy::manual_unwrap_or_default, reason = "what people write")]
    let matched = match dawdles::rpc(ctx, 3, 5).await {
        Ok(number) => number,
        Err(_) => 0,
    };
    let or = dawdles::rpc(ctx, 4, 5).await.unwrap_or(0);
    let promise = ctx.promise::<u64>().timeout(MINUTE).await.unwrap_or(0);
    Ok(vec![format!("{ok:?} {matched} {or} {promise}")])
}

#[tokio::test(start_paused = true)]
async fn a_workflow_that_swallows_errors_never_sees_a_suspension() {
    let world = World::new();
    let peer = world.join("w").await;
    let swallowed = swallows::run(peer.id("s")).await.unwrap();
    assert_eq!(swallowed, ["Some(2) 3 4 0"], "only the promise timed out");
}

#[resonate::function]
async fn awaits_foreign(ctx: &Context, seconds: u32) -> Result<u64> {
    let before = add_one::rpc(ctx, 0).await?;
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let task = tokio::spawn(async move {
        tokio::time::sleep(SECOND * seconds).await;
        sender.send(5).unwrap();
    });
    let foreign: u64 = receiver.await.map_err(Error::new)?;
    task.await.map_err(Error::new)?;
    Ok(before + foreign + add_one::rpc(ctx, 10).await?)
}

#[tokio::test(start_paused = true)]
async fn a_foreign_await_keeps_the_lease_and_completes() {
    let world = World::new();
    let peer = world.join("w").await;
    let handle = awaits_foreign::run(peer.id("f"), 600).spawn();
    tokio::time::sleep(MINUTE * 5).await;
    assert_eq!(world.status("f").await, Some(TaskStatus::Acquired));
    assert_eq!(handle.await.unwrap(), 1 + 5 + 11);
    assert!(peer.wire.count("task.heartbeat") >= 20);
    assert_eq!(world.log.all(), ["add_one 0", "add_one 10"]);
}

/// A timeout of the runtime around durable calls: not durable, and it works.
#[resonate::function]
async fn foreign_timeout(ctx: &Context, in_a_set: bool) -> Result<String> {
    let promise = ctx.promise::<u64>().timeout(HOUR).spawn();
    let waited = if in_a_set {
        let mut set: FuturesUnordered<_> = [promise].into_iter().collect();
        tokio::time::timeout(MINUTE, set.next()).await.is_ok()
    } else {
        tokio::time::timeout(MINUTE, promise).await.is_ok()
    };
    Ok(format!("{waited}"))
}

#[tokio::test(start_paused = true)]
async fn a_foreign_timer_beside_a_durable_future_still_fires() {
    for in_a_set in [false, true] {
        let world = World::new();
        let peer = world.join("w").await;
        let waited = foreign_timeout::run(peer.id("t"), in_a_set).await.unwrap();
        assert_eq!(waited, "false", "in a set: {in_a_set}");
        assert!(world.elapsed() < MINUTE * 2, "{:?}", world.elapsed());
    }
}

/// A handle that is awaited by a task of its own.
#[resonate::function]
async fn awaits_in_a_task(ctx: &Context) -> Result<u64> {
    let remote = tokio::spawn(dawdles::rpc(ctx, 3, 30).spawn());
    let promise = tokio::spawn(ctx.promise::<u64>().timeout(HOUR).spawn());
    let remote = remote.await.map_err(Error::new)??;
    Ok(remote + promise.await.map_err(Error::new)??)
}

#[tokio::test(start_paused = true)]
async fn a_handle_may_be_awaited_by_another_task() {
    let world = World::new();
    let peer = world.join("w").await;
    let handle = awaits_in_a_task::run(peer.id("t")).spawn();
    tokio::time::sleep(MINUTE).await;
    peer.promises().resolve("t:1", &4).await.unwrap();
    assert_eq!(handle.await.unwrap(), 7);
    assert_eq!(world.log.all(), ["start 3", "end 3"]);
}

#[resonate::function]
async fn drops_handles(ctx: &Context) -> Result<()> {
    drop(dawdles::run(ctx, 1, 5).spawn());
    drop(dawdles::rpc(ctx, 2, 30).spawn());
    drop(nests_remote::run(ctx, 3).spawn());
    let _never_made = dawdles::run(ctx, 4, 5);
    Ok(())
}

#[resonate::function]
async fn nests_remote(ctx: &Context, number: u64) -> Result<u64> {
    let there = dawdles::rpc(ctx, number, 60).await?;
    let deeper = nests_remote_twice::run(ctx, number * 10).await?;
    Ok(there + deeper)
}

#[resonate::function]
async fn nests_remote_twice(ctx: &Context, number: u64) -> Result<u64> {
    let here = add_one::run(ctx, number).await?;
    let there = add_one::rpc(ctx, here).await?;
    ctx.sleep(MINUTE).await?;
    Ok(there)
}

#[tokio::test(start_paused = true)]
async fn dropped_handles_are_awaited_at_the_end() {
    let world = World::new();
    let peer = world.join("w").await;
    drops_handles::run(peer.id("d")).await.unwrap();
    let done = world.log.all();
    for step in ["end 1", "end 2", "end 3", "add_one 31"] {
        assert_eq!(world.log.count(step), 1, "{step}: {done:?}");
    }
    assert!(!done.contains(&"start 4".to_owned()), "{done:?}");
    assert!(world.elapsed() >= MINUTE * 2);
}

#[tokio::test(start_paused = true)]
async fn nested_local_workflows_suspend_with_their_root() {
    let world = World::new();
    let peer = world.join("w").await;
    let handle = nests_remote::run(peer.id("n"), 5).spawn();
    world.until_task("n", TaskStatus::Suspended).await;
    assert_eq!(handle.await.unwrap(), 5 + 52);
    let done = world.log.all();
    assert_eq!(done, ["start 5", "end 5", "add_one 50", "add_one 51"]);
    let nested = world.promise("n:1").await.unwrap();
    assert_eq!(nested.tags.get("resonate:parent"), Some("n"));
    let deepest = world.promise("n:1.1").await.unwrap();
    let lineage = ["origin", "branch", "parent"].map(|tag| {
        let tag = format!("resonate:{tag}");
        deepest.tags.get(&tag).unwrap().to_owned()
    });
    assert_eq!(lineage, ["n", "n:1.1", "n:1"]);
}
