//! Suspended executions that are kept as they stand: they go on without a replay, to the same end
//! as with one, and nothing of them is left when they are let go of.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::time::Duration;

use resonate::prelude::*;
use resonate::{Builder, Info};
use resonate_core::execution::IdGrammar;
use resonate_core::protocol::{
    Request, Response, TaskAcquire, TaskRecord, TaskRelease, TaskStatus,
};
use support::world::{Fate, Peer, StepLog, World};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// Notes when the body of a workflow is entered, and when what it holds is let go of.
struct Body(StepLog);

impl Body {
    fn enter(ctx: &Context) -> Result<Self> {
        let log = ctx.dependency::<StepLog>()?.clone();
        log.note(format!("enters {}", ctx.id()));
        Ok(Self(log))
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        self.0.note("leaves");
    }
}

#[resonate::function]
async fn bumps(info: &Info, number: u64) -> Result<u64> {
    info.dependency::<StepLog>()?.note("adds");
    Ok(number + 1)
}

#[resonate::function]
async fn adds_up(ctx: &Context, times: u64) -> Result<u64> {
    let _body = Body::enter(ctx)?;
    let mut sum = 0;
    for _ in 0..times {
        sum = bumps::rpc(ctx, sum).await?;
    }
    Ok(sum)
}

#[resonate::function]
async fn questions(ctx: &Context) -> Result<String> {
    let _body = Body::enter(ctx)?;
    let before = bumps::run(ctx, 0).await?;
    let said = ctx.promise::<String>().timeout(HOUR * 24).await?;
    let after = bumps::run(ctx, before).await?;
    Ok(format!("{said} {after}"))
}

/// A client that keeps so many executions.
async fn keeping(world: &World, executions: usize) -> Peer {
    world.join_as("w", |builder| builder.warm(executions)).await
}

/// Starts `questions` and waits until it is suspended.
async fn ask(world: &World, peer: &Peer, id: &str) -> Handle<String> {
    let handle = questions::begin_run(peer.id(id)).await.unwrap();
    world.until_task(id, TaskStatus::Suspended).await;
    world.settle().await;
    handle
}

async fn answer(peer: &Peer, id: &str) {
    let question = IdGrammar::Colon.child(&id.into(), 1);
    let resolved = peer.promises().resolve(question.as_str(), &"yes").await;
    resolved.unwrap();
}

/// Plays another process: claims the task; how many records came along.
async fn claim(world: &World, task: &TaskRecord, brief: bool) -> (TaskRecord, usize) {
    let acquire = Request::TaskAcquire(TaskAcquire {
        id: task.id.clone(),
        version: task.version,
        pid: "another".into(),
        ttl: 60_000,
        brief,
    });
    let Ok(Response::Claimed { task, preload, .. }) = world.ask(acquire).await else {
        panic!("`{}` is not on offer", task.id);
    };
    (task, preload.len())
}

async fn give_back(world: &World, task: TaskRecord) {
    let TaskRecord { id, version, .. } = task;
    let release = Request::TaskRelease(TaskRelease { id, version });
    world.ask(release).await.unwrap();
}

/// How many turns went on as they stood, and how many were replayed.
fn resumed(peer: &Peer) -> (u64, u64) {
    let counted = peer.counters();
    (counted.warm_resumes, counted.cold_resumes)
}

#[tokio::test(start_paused = true)]
async fn an_execution_that_is_kept_is_not_replayed() {
    for (kept, entered, counts) in [(100, 1, (5, 0)), (0, 6, (0, 5))] {
        let world = World::new();
        let peer = keeping(&world, kept).await;
        assert_eq!(adds_up::run(peer.id("a"), 5).await.unwrap(), 5);
        assert_eq!(world.log.count("enters a"), entered, "{kept} kept");
        assert_eq!(world.log.count("adds"), 5, "{kept} kept");
        assert_eq!(world.log.count("leaves"), entered, "{kept} kept");
        assert_eq!(resumed(&peer), counts, "{kept} kept");
        assert!(peer.faults().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn beyond_their_number_the_one_that_waits_longest_is_let_go_of() {
    let world = World::new();
    let peer = keeping(&world, 2).await;
    let mut handles = Vec::new();
    for id in ["a", "b", "c"] {
        handles.push((id, ask(&world, &peer, id).await));
    }
    assert_eq!(world.log.count("leaves"), 1, "one was let go of");
    let expected = [(0, 1), (1, 1), (2, 1)];
    for ((id, handle), counts) in handles.into_iter().zip(expected) {
        answer(&peer, id).await;
        assert_eq!(handle.await.unwrap(), "yes 2", "{id}");
        assert_eq!(resumed(&peer), counts, "{id}");
    }
    assert_eq!(world.log.count("adds"), 6, "no step was done again");
    assert_eq!(world.log.count("leaves"), 4);
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_too_long_is_let_go_of() {
    let world = World::new();
    let set = |builder: Builder| builder.warm_for(MINUTE);
    let peer = world.join_as("w", set).await;
    let early = ask(&world, &peer, "early").await;
    tokio::time::sleep(SECOND * 30).await;
    let late = ask(&world, &peer, "late").await;
    tokio::time::sleep(SECOND * 31).await;
    assert_eq!(
        world.log.count("leaves"),
        1,
        "the first one's minute is over"
    );
    for (id, handle, counts) in [("late", late, (1, 0)), ("early", early, (1, 1))] {
        answer(&peer, id).await;
        assert_eq!(handle.await.unwrap(), "yes 2");
        assert_eq!(resumed(&peer), counts, "{id}");
    }
    let patient = ask(&world, &peer, "patient").await;
    tokio::time::sleep(HOUR).await;
    assert_eq!(world.log.count("leaves"), 4);
    answer(&peer, "patient").await;
    assert_eq!(patient.await.unwrap(), "yes 2");
    assert_eq!(resumed(&peer), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn an_execution_that_somebody_else_ran_meanwhile_is_replayed() {
    let world = World::new();
    let peer = keeping(&world, 100).await;
    let handle = ask(&world, &peer, "a").await;
    // The offer is lost, and another process takes it and gives it back.
    peer.wire.mute();
    answer(&peer, "a").await;
    let task = world.task("a").await.unwrap();
    let (task, _) = claim(&world, &task, false).await;
    give_back(&world, task).await;
    peer.wire.heal();
    assert_eq!(handle.await.unwrap(), "yes 2");
    assert_eq!(resumed(&peer), (0, 1));
    assert_eq!(world.log.count("enters a"), 2);
    assert_eq!(world.log.count("leaves"), 2);
    assert_eq!(world.log.count("adds"), 2);
}

#[tokio::test(start_paused = true)]
async fn a_suspension_of_which_the_answer_was_lost_is_replayed() {
    let world = World::new();
    let peer = keeping(&world, 100).await;
    peer.wire.next("task.suspend", [Fate::LoseAnswer]);
    let handle = ask(&world, &peer, "a").await;
    answer(&peer, "a").await;
    assert_eq!(handle.await.unwrap(), "yes 2");
    assert_eq!(resumed(&peer), (0, 1));
}

/// What ends an execution that is kept, without its doing.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    CanceledHere,
    CanceledElsewhere,
    DeadlineCame,
    ShutDown,
    Dropped,
}

#[tokio::test(start_paused = true)]
async fn nothing_is_left_of_an_execution_that_ends_while_it_is_kept() {
    let table = [
        // Who cancels it here knows at once; of a cancel elsewhere nobody tells this process.
        (End::CanceledHere, Duration::ZERO),
        (End::CanceledElsewhere, MINUTE * 5),
        (End::DeadlineCame, MINUTE),
        (End::ShutDown, Duration::ZERO),
        (End::Dropped, Duration::ZERO),
    ];
    for (end, within) in table {
        let world = World::new();
        let held = Arc::new(());
        let lent = Arc::clone(&held);
        let peer = world.join_as("w", |builder| builder.dependency(lent)).await;
        let other = world.join_as("o", |builder| builder.client_only()).await;
        let handle = questions::run(peer.id("a")).timeout(MINUTE);
        drop(handle.begin().await.unwrap());
        world.until_task("a", TaskStatus::Suspended).await;
        world.settle().await;
        assert_eq!(world.log.count("leaves"), 0, "{end:?}: it is kept");
        assert_eq!(peer.wire.count("task.heartbeat"), 0, "{end:?}");
        let mut peer = Some(peer);
        match end {
            End::CanceledHere => {
                let peer = peer.as_ref().unwrap();
                peer.get::<String>("a").cancel().await.unwrap();
            }
            End::CanceledElsewhere => other.get::<String>("a").cancel().await.unwrap(),
            End::DeadlineCame => {}
            End::ShutDown => peer.as_ref().unwrap().shutdown().await,
            End::Dropped => drop(peer.take()),
        }
        tokio::time::sleep(within).await;
        assert_eq!(world.log.count("leaves"), 1, "{end:?}: it is let go of");
        drop(peer);
        world.settle().await;
        assert_eq!(Arc::strong_count(&held), 1, "{end:?}: the client is gone");
    }
}

#[resonate::function]
async fn questions_within(ctx: &Context) -> Result<String> {
    let here = questions::run(ctx).spawn();
    let there = bumps::rpc(ctx, 1).await?;
    ctx.sleep(SECOND).await?;
    Ok(match here.await {
        Ok(said) => format!("{there} {said}"),
        Err(CallError::Canceled) => format!("{there} canceled"),
        Err(error) => format!("{there} {error}"),
    })
}

#[tokio::test(start_paused = true)]
async fn a_nested_workflow_goes_on_or_is_stopped_where_it_stands() {
    for kept in [100, 0] {
        for canceled in [false, true] {
            let told = format!("{kept} kept, canceled: {canceled}");
            let world = World::new();
            let peer = keeping(&world, kept).await;
            let handle = questions_within::run(peer.id("a")).spawn();
            tokio::time::sleep(MINUTE).await;
            assert_eq!(world.status("a").await, Some(TaskStatus::Suspended));
            if canceled {
                // Its workflow is not asked: others may settle any promise.
                peer.promises().cancel("a:0").await.unwrap();
            }
            answer(&peer, "a:0").await;
            let expected = if canceled { "2 canceled" } else { "2 yes 2" };
            assert_eq!(handle.await.unwrap(), expected, "{told}");
            assert_eq!(resumed(&peer).0 > 0, kept > 0, "{told}");
            let steps = if canceled { 2 } else { 3 };
            assert_eq!(world.log.count("adds"), steps, "{told}");
        }
    }
}

/// Fails when it is tried first, after it was suspended.
#[resonate::function(retry = Retry::constant(SECOND).max_attempts(2))]
async fn fails_first(ctx: &Context) -> Result<String> {
    let body = Body::enter(ctx)?;
    let first = bumps::run(ctx, 0).await?;
    let second = bumps::rpc(ctx, first).await?;
    let third = bumps::run(ctx, second).await?;
    if ctx.info().attempt() == 1 {
        return Err(Error::new("not yet"));
    }
    drop(body);
    Ok(format!("{third}"))
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_tried_again_finds_what_it_did_before_it_was_suspended() {
    for kept in [100, 0] {
        let world = World::new();
        let peer = keeping(&world, kept).await;
        assert_eq!(fails_first::run(peer.id("t")).await.unwrap(), "3");
        assert_eq!(world.log.count("adds"), 3, "{kept} kept");
    }
}

#[resonate::function]
async fn notes_down(info: &Info, what: String) -> Result<()> {
    info.dependency::<StepLog>()?.note(what);
    Ok(())
}

/// Everything that a replay has to repeat, handed to steps.
#[resonate::function]
async fn sees(ctx: &Context) -> Result<()> {
    let mut rounds = Vec::new();
    for round in 0..4_u32 {
        let mut fast = bumps::rpc(ctx, 1).spawn();
        let mut slow = ctx.sleep(SECOND * (round + 1)).spawn();
        let first = tokio::select! {
            _ = &mut fast => "fast",
            _ = &mut slow => "slow",
        };
        rounds.push(format!("{first} {:?} {}", ctx.now(), ctx.uuid()));
        slow.await?;
        notes_down::run(ctx, rounds.join(", ")).await?;
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn what_is_recorded_is_the_same_with_and_without_a_replay() {
    let mut recorded = Vec::new();
    for kept in [100, 0] {
        let world = World::new();
        let peer = keeping(&world, kept).await;
        sees::run(peer.id("s")).await.unwrap();
        assert_eq!(resumed(&peer).0 > 0, kept > 0);
        recorded.push(world.promises().await);
    }
    let [warm, cold] = recorded.try_into().unwrap();
    assert_eq!(warm, cold);
}

#[tokio::test(start_paused = true)]
async fn what_went_on_as_it_stood_is_replayed_after_a_crash() {
    let world = World::new();
    let first = keeping(&world, 100).await;
    let handle = sees::begin_run(first.id("s")).await.unwrap();
    // Two rounds end, and the third one waits.
    tokio::time::sleep(SECOND * 4).await;
    assert!(resumed(&first).0 > 2);
    drop(handle);
    drop(first);
    let second = world.join("second").await;
    second.get::<()>("s").await.unwrap();
    assert!(second.faults().is_empty());
    let mut done = world.log.all();
    done.retain(|what| what != "adds");
    assert_eq!(done.len(), 4, "each was noted once: {done:?}");
}

/// How many requests the client makes for each of the steps, by the step's number.
fn requests_per_step(peer: &Peer, root: &str, steps: usize) -> Vec<usize> {
    let mut sent = peer.wire.sent();
    // Who waits outside asks now and then.
    sent.retain(|sent| sent.kind() != "promise.register_listener");
    let first_of = |step: usize| {
        let id = format!("{root}:{step}");
        sent.iter().position(|sent| sent.id() == id).unwrap()
    };
    let firsts: Vec<usize> = (0..steps).map(first_of).collect();
    firsts.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

#[tokio::test(start_paused = true)]
async fn the_thousandth_remote_call_costs_what_the_first_one_did() {
    let world = World::new();
    let peer = world.join("w").await;
    assert_eq!(adds_up::run(peer.id("a"), 1_000).await.unwrap(), 1_000);
    let requests = requests_per_step(&peer, "a", 1_000);
    // Its creation, the suspension, the claim and the end of the call, the claim of the caller,
    // and the look at the result.
    assert!(requests.iter().all(|count| *count == 6), "{requests:?}");
    assert_eq!(world.log.count("enters a"), 1);
}

#[resonate::function]
async fn counts(ctx: &Context, steps: u64) -> Result<u64> {
    let mut sum = 0;
    for _ in 0..steps {
        let before = sum;
        let step = ctx.step("adds", move || async move { Ok::<_, Error>(before + 1) });
        sum = step.await?;
    }
    Ok(sum)
}

#[tokio::test(start_paused = true)]
async fn the_ten_thousandth_local_step_costs_what_the_first_one_did() {
    let world = World::new();
    let peer = world.join("w").await;
    assert_eq!(counts::run(peer.id("c"), 10_000).await.unwrap(), 10_000);
    // The creation and the result, kept by one commit.
    assert_eq!(peer.wire.count("fence promise.create"), 10_000);
    assert_eq!(peer.wire.count("fence promise.settle"), 10_000);
    assert_eq!(peer.wire.calls(), 10_000 + 2);
}

/// A history of local steps, then a call.
#[resonate::function]
async fn counts_and_questions(ctx: &Context, steps: u64) -> Result<String> {
    counts::run(ctx, steps).await?;
    let said = ctx.promise::<String>().await?;
    Ok(said)
}

#[tokio::test(start_paused = true)]
async fn what_is_kept_is_claimed_without_its_history() {
    for kept in [100, 0] {
        let world = World::new();
        let peer = keeping(&world, kept).await;
        let handle = counts_and_questions::begin_run(peer.id("c"), 50)
            .await
            .unwrap();
        world.until_task("c", TaskStatus::Suspended).await;
        peer.wire.forget();
        answer(&peer, "c").await;
        assert_eq!(handle.await.unwrap(), "yes");
        let claim = peer
            .wire
            .sent()
            .into_iter()
            .find_map(|it| match it.request {
                Request::TaskAcquire(claim) => Some(claim),
                _ => None,
            });
        assert_eq!(claim.unwrap().brief, kept > 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_brief_claim_is_answered_without_the_history() {
    let world = World::new();
    let peer = world.join("w").await;
    let _handle = counts_and_questions::begin_run(peer.id("c"), 50)
        .await
        .unwrap();
    world.until_task("c", TaskStatus::Suspended).await;
    peer.wire.mute();
    answer(&peer, "c").await;
    for (brief, history) in [(true, 0), (false, 51)] {
        let task = world.task("c").await.unwrap();
        let (task, preload) = claim(&world, &task, brief).await;
        // The nested workflow and its steps.
        assert_eq!(preload, history, "brief: {brief}");
        give_back(&world, task).await;
    }
}
