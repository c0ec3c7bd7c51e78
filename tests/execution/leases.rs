//! Leases: kept while work goes on, lost without a trace, and never held twice.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use resonate::Info;
use resonate::prelude::*;
use resonate_core::protocol::{Request, TaskStatus};
use support::world::{Fate, Peer, StepLog, World};

const SECOND: Duration = Duration::from_secs(1);
const LEASE: Duration = Duration::from_secs(6);

#[resonate::function(retry = Retry::never())]
pub(crate) async fn slowly(info: &Info, name: String, seconds: u32) -> Result<String> {
    let log = info.dependency::<StepLog>()?;
    log.note(format!("start {name}"));
    tokio::time::sleep(SECOND * seconds).await;
    log.note(format!("end {name}"));
    Ok(name)
}

#[resonate::function]
pub(crate) async fn one_after_the_other(ctx: &Context, seconds: u32) -> Result<String> {
    let first = slowly::run(ctx, "first".into(), seconds).await?;
    let second = slowly::run(ctx, "second".into(), 1).await?;
    Ok(first + &second)
}

async fn join(world: &World, pid: &str) -> Peer {
    world.join_as(pid, |builder| builder.lease(LEASE)).await
}

#[tokio::test(start_paused = true)]
async fn a_leaf_of_ten_leases_is_run_once() {
    let world = World::new();
    let (one, _other) = (join(&world, "one").await, join(&world, "other").await);
    let handle = one_after_the_other::run(one.id("long"), 60).spawn();
    assert_eq!(handle.await.unwrap(), "firstsecond");
    let beats = one.wire.count("task.heartbeat");
    assert!(
        (25..=35).contains(&beats),
        "{beats} heartbeats in ten leases"
    );
    assert_eq!(world.log.by("other"), Vec::<String>::new());
    assert_eq!(world.log.count("start first"), 1);
    tokio::time::sleep(LEASE * 10).await;
    assert_eq!(
        one.wire.count("task.heartbeat"),
        beats,
        "none without a lease"
    );
}

/// A door that a blocking function waits at.
type Door = Arc<Mutex<mpsc::Receiver<()>>>;

#[resonate::function(blocking)]
fn waits_at_the_door(info: &Info) -> Result<String> {
    info.dependency::<StepLog>()?.note("waits");
    let door = info.dependency::<Door>()?.lock().unwrap();
    door.recv().map_err(Error::new)?;
    Ok("in".to_owned())
}

#[tokio::test(start_paused = true)]
async fn a_function_that_blocks_its_thread_keeps_its_lease() {
    let world = World::new();
    let (open, door) = mpsc::channel();
    let door: Door = Arc::new(Mutex::new(door));
    let set = |builder: resonate::Builder| builder.lease(LEASE).dependency(door);
    let one = world.join_as("one", set).await;
    let _other = join(&world, "other").await;
    let handle = waits_at_the_door::run(one.id("b")).spawn();
    // Time does not pass by itself while a thread is blocked.
    for _ in 0..60 {
        tokio::time::advance(SECOND).await;
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(world.status("b").await, Some(TaskStatus::Acquired));
    open.send(()).unwrap();
    assert_eq!(handle.await.unwrap(), "in");
    assert_eq!(world.log.all(), ["waits"]);
    assert!(one.wire.count("task.heartbeat") >= 20);
}

#[resonate::function]
async fn with_remote_children(ctx: &Context, name: String) -> Result<()> {
    let a = slowly::rpc(ctx, format!("{name}a"), 30).spawn();
    let b = slowly::rpc(ctx, format!("{name}b"), 30).spawn();
    slowly::run(ctx, format!("{name}c"), 30).await?;
    a.await?;
    b.await?;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn every_heartbeat_is_of_one_origin() {
    let world = World::new();
    let peer = join(&world, "one").await;
    let roots = ["x", "y", "z"].map(|name| with_remote_children::run(peer.id(name), name.into()));
    for root in roots.map(|root| root.spawn()) {
        root.await.unwrap();
    }
    let sent = peer.wire.sent();
    let beats = sent.iter().filter_map(|sent| match &sent.request {
        Request::TaskHeartbeat(beat) => Some(beat),
        _ => None,
    });
    let mut in_all = 0;
    for beat in beats {
        let origins: BTreeSet<&str> = beat
            .tasks
            .iter()
            .map(|task| task.id.as_str().split(':').next().unwrap())
            .collect();
        assert_eq!(origins.len(), 1, "{beat:?}");
        assert_eq!(beat.tasks.len(), 3, "all of the origin in one request");
        in_all += 1;
    }
    assert!((36..=45).contains(&in_all), "three origins, 30 s: {in_all}");
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_cannot_be_renewed_ends_the_pass_without_a_trace() {
    for fate in [
        Fate::Hang,
        Fate::LoseRequest,
        Fate::Refuse(500),
        Fate::Refuse(401),
    ] {
        let world = World::new();
        let caller = world
            .join_as("caller", |builder| builder.client_only())
            .await;
        let one = join(&world, "one").await;
        one.wire.always("task.heartbeat", fate.clone());
        let call = one_after_the_other::rpc(caller.id("l"), 20);
        let handle = call.begin().await.unwrap();
        world.until_task("l", TaskStatus::Acquired).await;
        let other = join(&world, "other").await;
        tokio::time::sleep(LEASE + SECOND).await;
        assert_eq!(world.log.by("one"), ["start first"], "{fate:?}");
        // From here on nothing of this execution is written by it.
        one.wire.forget();
        assert_eq!(handle.await.unwrap(), "firstsecond", "{fate:?}");
        let written = one.wire.lines();
        let is_write = |line: &&String| line.starts_with("fence") || line.starts_with("task.ful");
        assert_eq!(written.iter().find(is_write), None, "{fate:?}");
        assert_eq!(one.counters().leases_lost, 1, "{fate:?}");
        let done = world.log.by("other");
        assert_eq!(
            done,
            ["start first", "end first", "start second", "end second"]
        );
        assert_eq!(other.counters().leases_lost, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_fence_that_is_refused_drops_the_pass_at_once() {
    let world = World::new();
    let one = join(&world, "one").await;
    one.wire.next("task.fence", [Fate::Refuse(409)]);
    let handle = beside_another::run(one.id("f")).spawn();
    tokio::time::sleep(SECOND * 2).await;
    assert_eq!(one.counters().leases_lost, 1);
    let done = world.log.all();
    assert_eq!(
        done,
        ["start slow", "start quick", "end quick"],
        "slow is stopped"
    );
    assert_eq!(
        one.wire.count("task.release"),
        0,
        "it is not ours to give back"
    );
    assert_eq!(handle.await.unwrap(), "slowquick");
    assert!(
        world.elapsed() >= LEASE,
        "the task lay until its lease lapsed"
    );
}

#[resonate::function]
async fn beside_another(ctx: &Context) -> Result<String> {
    let slow = slowly::run(ctx, "slow".into(), 20).spawn();
    let quick = slowly::run(ctx, "quick".into(), 1).spawn();
    let (slow, quick) = tokio::join!(slow, quick);
    Ok(slow? + &quick?)
}

/// Uses every sort of request that an execution makes.
#[resonate::function]
async fn everything(ctx: &Context) -> Result<String> {
    let here = slowly::run(ctx, "here".into(), 3).await?;
    let there = slowly::rpc(ctx, "there".into(), 3).await?;
    ctx.sleep(SECOND).await?;
    let begun = slowly::begin_run(ctx, "begun".into(), 3).await?;
    let remote = slowly::rpc(ctx, "remote".into(), 1).await?;
    Ok([here, there, begun.await?, remote].join(" "))
}

const KINDS: &[&str] = &[
    "promise.create",
    "promise.get",
    "promise.register_listener",
    "task.create",
    "task.acquire",
    "task.fence",
    "task.suspend",
    "task.fulfill",
    "task.heartbeat",
];

#[tokio::test(start_paused = true)]
async fn any_one_request_may_be_lost_late_or_doubled() {
    let fates = [
        Fate::LoseRequest,
        Fate::LoseAnswer,
        Fate::Duplicate,
        Fate::Delay(SECOND),
        Fate::Refuse(503),
    ];
    for kind in KINDS {
        for fate in &fates {
            for at in 0..4 {
                let world = World::new();
                let one = join(&world, "one").await;
                let mut nth = 0;
                let (hit, fate) = (kind.to_owned(), fate.clone());
                let told = format!("{kind} number {at}: {fate:?}");
                one.wire.judge(move |_, requests| {
                    let holds = requests.iter().any(|request| request.kind() == hit);
                    nth += usize::from(holds);
                    (holds && nth == at + 1).then(|| fate.clone())
                });
                let result = everything::run(one.id("e")).spawn().await;
                assert_eq!(result.unwrap(), "here there begun remote", "{told}");
                let also = slowly::rpc(one.id("also"), "also".into(), 1).await;
                assert_eq!(also.unwrap(), "also", "{told}");
                for name in ["here", "there", "begun", "remote", "also"] {
                    let starts = world.log.count(&format!("start {name}"));
                    assert_eq!(starts, 1, "{told}: {name}: {:?}", one.wire.lines());
                }
                assert_eq!(one.counters().leases_lost, 0, "{told}");
                let seconds = world.elapsed().as_secs();
                assert!(seconds < 20, "{told}: {seconds} s: {:#?}", one.wire.lines());
                assert!(one.faults().is_empty(), "{told}: {:?}", one.faults());
            }
        }
    }
}

#[derive(Debug, Default)]
struct Crowd {
    now: AtomicUsize,
    most: AtomicUsize,
}

#[resonate::function]
async fn crowded(info: &Info) -> Result<()> {
    let crowd = info.dependency::<Arc<Crowd>>()?;
    let now = crowd.now.fetch_add(1, Ordering::SeqCst) + 1;
    crowd.most.fetch_max(now, Ordering::SeqCst);
    tokio::time::sleep(SECOND).await;
    crowd.now.fetch_sub(1, Ordering::SeqCst);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn permits_bound_what_runs_and_are_taken_before_the_claim() {
    let world = World::new();
    let crowd = Arc::new(Crowd::default());
    let lent = Arc::clone(&crowd);
    let set = |builder: resonate::Builder| builder.concurrency(3).dependency(lent);
    let peer = world.join_as("w", set).await;
    let mut handles = Vec::new();
    for n in 0..10 {
        handles.push(crowded::rpc(peer.id(format!("r{n}"))).spawn());
        handles.push(crowded::run(peer.id(format!("l{n}"))).spawn());
    }
    tokio::time::sleep(SECOND / 2).await;
    let claims = peer.wire.count("task.acquire") + peer.wire.count("task.create");
    assert_eq!(claims, 3);
    for handle in handles {
        handle.await.unwrap();
    }
    assert_eq!(crowd.most.load(Ordering::SeqCst), 3);
    assert_eq!(world.elapsed().as_secs(), 7);
}

#[tokio::test(start_paused = true)]
async fn a_pause_longer_than_the_lease_ends_every_pass() {
    let world = World::new();
    let one = join(&world, "one").await;
    let handle = one_after_the_other::run(one.id("p"), 2).spawn();
    world.settle().await;
    // The whole process stands still, and then everything is due at once.
    tokio::time::advance(LEASE * 3).await;
    world.settle().await;
    assert_eq!(one.counters().leases_lost, 1);
    assert_eq!(handle.await.unwrap(), "firstsecond");
    let settles = one.wire.lines();
    let settles = settles
        .iter()
        .filter(|line| *line == "fence promise.settle p:0");
    assert_eq!(
        settles.count(),
        1,
        "what came of the late pass is not recorded"
    );
}

#[tokio::test(start_paused = true)]
async fn work_whose_promise_is_settled_under_it_is_stopped() {
    for by_handle in [true, false] {
        let world = World::new();
        let one = world
            .join_as("one", |builder| builder.lease(LEASE).concurrency(1))
            .await;
        let handle = slowly::run(one.id("c"), "c".into(), 3600).spawn();
        world.until_task("c", TaskStatus::Acquired).await;
        if by_handle {
            handle.cancel().await.unwrap();
        } else {
            one.promises().cancel("c").await.unwrap();
        }
        assert!(matches!(handle.await, Err(CallError::Canceled)));
        // Its place is free.
        let next = slowly::rpc(one.id("n"), "n".into(), 1).await;
        assert_eq!(next.unwrap(), "n");
        assert!(world.elapsed() < LEASE);
        assert_eq!(one.counters().leases_lost, 0);
        assert_eq!(world.log.all(), ["start c", "start n", "end n"]);
    }
}

#[tokio::test(start_paused = true)]
async fn work_whose_promise_is_settled_elsewhere_is_told_to_who_waits() {
    let world = World::new();
    let (one, other) = (join(&world, "one").await, join(&world, "other").await);
    let handle = slowly::run(one.id("c"), "c".into(), 3600).spawn();
    world.until_task("c", TaskStatus::Acquired).await;
    other
        .promises()
        .resolve("c", &"from outside")
        .await
        .unwrap();
    assert_eq!(handle.await.unwrap(), "from outside");
    assert!(world.elapsed() < SECOND * 70, "{:?}", world.elapsed());
    world.settle().await;
    assert_eq!(world.log.all(), ["start c"]);
}
