//! Work that this process cannot run: never lost, never settled, paced, and loud once.
#![allow(clippy::unwrap_used)]

use std::cell::RefCell;
use std::io;
use std::sync::{Arc, Mutex, Once};
use std::time::Duration;

use resonate::network::{Network, NetworkError, Traits};
use resonate::prelude::*;
use resonate::{FaultKind, OnFault, PromiseState};
use resonate_core::ProcessId;
use resonate_core::payload::{Base64Json, Codec as _};
use resonate_core::protocol::{
    Answer, Message, PromiseRecord, PromiseSettle, Request, Response, Settlement, TaskAcquire,
    TaskFulfill, TaskStatus,
};
use resonate_core::registry::BoxFuture;
use support::world::{Peer, World};
use tokio::sync::mpsc;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

#[resonate::function(name = "chargeCard", version = 3)]
async fn charge(cents: u64) -> Result<u64> {
    Ok(cents)
}

/// Asks another worker, then takes something.
#[resonate::function]
async fn asks_then_takes(ctx: &Context, number: u64) -> Result<u64> {
    let there = charge::rpc(ctx, number).await?;
    ctx.sleep(MINUTE).await?;
    Ok(there)
}

/// When the worker asked for the task.
fn acquired_at(peer: &Peer) -> Vec<Duration> {
    let sent = peer.wire.sent();
    let acquires = sent
        .iter()
        .filter(|sent| sent.request.kind() == "task.acquire");
    let at: Vec<_> = acquires.map(|sent| sent.at).collect();
    at.iter().map(|it| it.duration_since(at[0])).collect()
}

#[tokio::test(start_paused = true)]
async fn unknown_work_is_held_paced_and_told_of() {
    let table = [
        (
            "chargeCart",
            None,
            FaultKind::UnknownFunction,
            "`chargeCard`",
        ),
        (
            "nothingLikeIt",
            None,
            FaultKind::UnknownFunction,
            "resonate::link!(that_crate)",
        ),
        (
            "chargeCard",
            Some(2),
            FaultKind::UnknownVersion,
            "version 3",
        ),
    ];
    for (name, version, kind, said) in table {
        let world = World::new();
        let caller = world
            .join_as("caller", |builder| builder.client_only())
            .await;
        let worker = world.join("worker").await;
        let call = caller.id("u").rpc::<u64>(name, (5,)).target("default");
        let call = match version {
            Some(version) => call.version(version),
            None => call,
        };
        let handle = call.begin().await.unwrap();
        tokio::time::sleep(MINUTE * 10).await;
        let [fault] = &worker.faults()[..] else {
            panic!("{:?}", worker.faults());
        };
        assert_eq!(fault.kind, kind);
        assert!(fault.message.contains(said), "{}", fault.message);
        assert_eq!(fault.id, "u");
        assert_eq!(
            world.status("u").await,
            Some(TaskStatus::Pending),
            "on offer"
        );
        assert!(!handle.is_done());
        // 1 s, doubling up to a minute: never more than one claim in a wait.
        let at = acquired_at(&worker);
        let waits: Vec<u64> = at.windows(2).map(|w| (w[1] - w[0]).as_secs()).collect();
        assert_eq!(waits[..8], [1, 2, 4, 8, 16, 32, 60, 60], "{waits:?}");
        assert!(at.len() <= 17, "{at:?}");
        assert_eq!(u64::from(fault.attempts), worker.counters().faults);
    }
}

/// What another worker does that has the function.
async fn run_elsewhere(world: &World, id: &str, result: &str) {
    let task = world.task(id).await.unwrap();
    let (pid, ttl) = ("elsewhere".into(), 60_000);
    let acquire = TaskAcquire {
        id: id.into(),
        version: task.version,
        pid,
        ttl,
        brief: false,
    };
    world.ask(Request::TaskAcquire(acquire)).await.unwrap();
    let value = Base64Json::default().encode(result).unwrap();
    let action = PromiseSettle {
        id: id.into(),
        state: Settlement::Resolved,
        value,
    };
    let version = task.version.next();
    let fulfill = TaskFulfill {
        id: id.into(),
        version,
        action,
    };
    world.ask(Request::TaskFulfill(fulfill)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn another_worker_that_has_the_function_takes_it_over() {
    let world = World::new();
    let caller = world
        .join_as("caller", |builder| builder.client_only())
        .await;
    let worker = world.join("worker").await;
    let handle = caller
        .id("u")
        .rpc::<u64>("ghost", ())
        .begin()
        .await
        .unwrap();
    tokio::time::sleep(SECOND * 2).await;
    run_elsewhere(&world, "u", "7").await;
    assert_eq!(handle.await.unwrap(), 7);
    // The worker finds out when it would try again, and forgets it.
    tokio::time::sleep(MINUTE * 2).await;
    assert!(worker.faults().is_empty(), "{:?}", worker.faults());
    let acquires = acquired_at(&worker).len();
    tokio::time::sleep(MINUTE * 10).await;
    assert_eq!(acquired_at(&worker).len(), acquires, "it is forgotten");
}

#[tokio::test(start_paused = true)]
async fn two_workers_that_cannot_run_it_do_not_play_ball() {
    let world = World::new();
    let caller = world
        .join_as("caller", |builder| builder.client_only())
        .await;
    let (one, other) = (world.join("one").await, world.join("other").await);
    let handle = caller
        .id("u")
        .rpc::<u64>("ghost", ())
        .begin()
        .await
        .unwrap();
    tokio::time::sleep(MINUTE * 20).await;
    for worker in [&one, &other] {
        let acquires = acquired_at(worker).len();
        assert!(acquires <= 40, "{acquires} claims in 20 minutes");
    }
    let faults = one.counters().faults + other.counters().faults;
    assert!(faults <= 60, "{faults}");
    assert!(!handle.is_done());
    run_elsewhere(&world, "u", "7").await;
    assert_eq!(handle.await.unwrap(), 7);
}

/// A fault ends in an operator's hands, or as the caller's error.
#[tokio::test(start_paused = true)]
async fn on_fault_halts_or_rejects_after_so_many_tries() {
    let world = World::new();
    let caller = world
        .join_as("caller", |builder| builder.client_only())
        .await;
    let halting = OnFault::Halt { after: 3 };
    let worker = world
        .join_as("worker", |builder| builder.on_fault(halting))
        .await;
    let handle = caller
        .id("h")
        .rpc::<u64>("ghost", ())
        .begin()
        .await
        .unwrap();
    world.until_task("h", TaskStatus::Halted).await;
    assert_eq!(acquired_at(&worker).len(), 3);
    let halted = caller.tasks().search(Some(TaskStatus::Halted)).await;
    let ids: Vec<_> = halted
        .unwrap()
        .iter()
        .map(|it| it.id().to_owned())
        .collect();
    assert_eq!(ids, ["h"]);
    tokio::time::sleep(MINUTE * 60).await;
    assert_eq!(worker.faults().len(), 1, "it is still told of");
    caller.tasks().resume("h").await.unwrap();
    world.until_task("h", TaskStatus::Halted).await;
    assert!(!handle.is_done());
    drop(worker);

    let rejecting = OnFault::Reject { after: 2 };
    let worker = world
        .join_as("rejecting", |builder| builder.on_fault(rejecting))
        .await;
    let rejected = caller.id("r").rpc::<u64>("ghost", ()).await.unwrap_err();
    let CallError::Other(error) = rejected else {
        panic!("the function never said so: {rejected:?}");
    };
    assert!(error.is_fault() && !error.is_application(), "{error}");
    assert!(error.to_string().contains("no function `ghost`"), "{error}");
    assert_eq!(
        world.promise("r").await.unwrap().state,
        PromiseState::Rejected
    );
    assert!(worker.faults().is_empty());
}

/// An engine that leaves it to workers to fulfill the tasks of promises that are settled.
#[derive(Debug)]
struct Lax {
    engine: Arc<dyn Network>,
    fulfilled: Arc<Mutex<Vec<TaskFulfill>>>,
}

impl Network for Lax {
    fn call(
        &self,
        requests: Vec<Request>,
    ) -> BoxFuture<'static, std::result::Result<Vec<Answer>, NetworkError>> {
        for request in &requests {
            if let Request::TaskFulfill(fulfill) = request {
                self.fulfilled.lock().unwrap().push(fulfill.clone());
            }
        }
        let answers = self.engine.call(requests);
        Box::pin(async move {
            let mut answers = answers.await?;
            for answer in &mut answers {
                if let Ok(Response::Claimed { promise, .. }) = answer {
                    *promise = Arc::new(PromiseRecord {
                        state: PromiseState::Resolved,
                        value: Base64Json::default().encode("7").unwrap(),
                        settled_at: Some(promise.created_at),
                        ..PromiseRecord::clone(promise)
                    });
                }
            }
            Ok(answers)
        })
    }

    fn attach(
        &self,
        group: String,
        pid: ProcessId,
    ) -> BoxFuture<'static, std::result::Result<mpsc::Receiver<Message>, NetworkError>> {
        self.engine.attach(group, pid)
    }

    fn traits(&self) -> Traits {
        self.engine.traits()
    }

    fn describe(&self) -> String {
        "a lax engine".to_owned()
    }

    fn close(&self) -> BoxFuture<'static, ()> {
        self.engine.close()
    }
}

/// A task whose promise is settled is fulfilled by whoever gets it, with the function or without.
#[tokio::test(start_paused = true)]
async fn the_task_of_a_settled_promise_needs_no_function() {
    let world = World::new();
    let caller = world
        .join_as("caller", |builder| builder.client_only())
        .await;
    let fulfilled = Arc::default();
    let lax = Lax {
        engine: world.wire(),
        fulfilled: Arc::clone(&fulfilled),
    };
    let worker = Resonate::builder().network(Arc::new(lax)).build().await;
    let worker = worker.unwrap();
    let call = caller.id("s").rpc::<u64>("ghost", ()).target("default");
    assert_eq!(call.await.unwrap(), 7);
    let sent = fulfilled.lock().unwrap().clone();
    let states: Vec<_> = sent
        .iter()
        .map(|it| (it.id.as_str(), it.action.state))
        .collect();
    assert_eq!(states, [("s", Settlement::Resolved)]);
    assert!(worker.faults().is_empty(), "{:?}", worker.faults());
}

#[tokio::test(start_paused = true)]
async fn recorded_steps_make_a_misfit_of_arguments_a_fault() {
    let world = World::new();
    let caller = world
        .join_as("caller", |builder| builder.client_only())
        .await;
    // Another deploy took a text, made its remote call, and fell asleep.
    let text = caller
        .id("m")
        .rpc::<u64>("asks_then_takes", ("five",))
        .version(1);
    let handle = text.target("old-deploy").begin().await.unwrap();
    support::world::record_remote_step(&world, "m", "poll://any@default").await;
    let new = world
        .join_as("new", |builder| builder.group("old-deploy"))
        .await;
    tokio::time::sleep(SECOND * 40).await;
    let [fault] = &new.faults()[..] else {
        panic!("{:?}", new.faults());
    };
    assert_eq!(fault.kind, FaultKind::Undecodable);
    assert!(fault.message.contains("`number`"), "{}", fault.message);
    assert!(!handle.is_done(), "nothing is settled");
}

#[tokio::test(start_paused = true)]
async fn an_input_that_is_no_invocation_is_held() {
    let world = World::new();
    let worker = world.join("worker").await;
    support::world::offer_nonsense(&world, "n", "poll://any@default").await;
    tokio::time::sleep(SECOND).await;
    let [fault] = &worker.faults()[..] else {
        panic!("{:?}", worker.faults());
    };
    assert_eq!(fault.kind, FaultKind::Undecodable);
    assert!(
        fault.message.contains("not the invocation of a function"),
        "{fault}"
    );
}

thread_local! {
    /// What was logged on this thread, on which one test runs.
    static LOGGED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Writes the log of each thread by itself.
struct ThreadLog;

impl io::Write for ThreadLog {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOGGED.with_borrow_mut(|logged| logged.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// From here on the log of this thread is kept. One subscriber serves all threads: one that only
/// a single thread has may never hear of a line that another thread came by first.
fn keep_log() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tracing_subscriber::fmt()
            .with_writer(|| ThreadLog)
            .with_ansi(false)
            .init();
    });
    LOGGED.take();
}

/// The lines of this thread's log that hold the word.
fn logged(word: &str) -> Vec<String> {
    let text = LOGGED.with_borrow(|logged| String::from_utf8(logged.clone()).unwrap());
    let lines = text.lines().filter(|line| line.contains(word));
    lines.map(str::to_owned).collect()
}

#[resonate::function]
async fn naps_undurably(_ctx: &Context) -> Result<()> {
    for _ in 0..10 {
        tokio::time::sleep(SECOND).await;
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_fault_and_a_foreign_await_are_logged_once() {
    keep_log();
    let world = World::new();
    let caller = world
        .join_as("caller", |builder| builder.client_only())
        .await;
    let worker = world.join("worker").await;
    drop(
        caller
            .id("u")
            .rpc::<u64>("ghost", ())
            .begin()
            .await
            .unwrap(),
    );
    tokio::time::sleep(MINUTE * 10).await;
    assert!(worker.counters().faults > 5);
    let errors = logged("ERROR");
    assert_eq!(errors.len(), 1, "{errors:#?}");
    assert!(
        errors[0].contains("`ghost`") && errors[0].contains("id=u"),
        "{errors:?}"
    );
    naps_undurably::run(worker.id("f")).await.unwrap();
    let warnings = logged("WARN");
    assert_eq!(warnings.len(), 1, "{warnings:#?}");
    for told in ["not durable", "naps_undurably", "id=f"] {
        assert!(warnings[0].contains(told), "{warnings:?}");
    }
}
