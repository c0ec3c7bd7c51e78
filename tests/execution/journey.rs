//! One call, followed from the line that makes it to the line that has its result: every hop of
//! the table in `ARCHITECTURE.md`, in its order.
#![allow(clippy::unwrap_used)]

use resonate::prelude::*;
use resonate::{Info, PromiseState, Registry};
use resonate_core::payload::{Base64Json, Codec as _};
use resonate_core::protocol::{Message, PromiseRecord, Request, TaskStatus};
use resonate_core::tags;
use support::world::{Fate, StepLog, World};

/// A leaf.
#[resonate::function(version = 2)]
async fn shout(info: &Info, word: String) -> Result<String> {
    info.dependency::<StepLog>()?
        .note(format!("shout as {}", info.id()));
    Ok(word.to_uppercase())
}

/// A workflow with a step here and a call elsewhere.
#[resonate::function]
async fn greet(ctx: &Context, name: String) -> Result<String> {
    ctx.dependency::<StepLog>()?
        .note(format!("greet as {}", ctx.id()));
    let here = shout::run(ctx, name.clone()).await?;
    let there = shout::rpc(ctx, name).await?;
    Ok(format!("{here} and {there}"))
}

fn json(record: &PromiseRecord) -> String {
    let json = Base64Json::default().decode(&record.param).unwrap();
    json.unwrap().get().to_owned()
}

fn text(message: &Message) -> String {
    match message {
        Message::Execute(task) => format!("execute {} version {}", task.id, task.version),
        Message::Unblock(record) => format!("unblock {}", record.id),
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_goes_one_straight_path() {
    let world = World::new();
    let caller = world
        .join_as("caller", |builder| builder.client_only())
        .await;
    // It keeps no suspended execution, so that the second turn is a replay.
    let worker = world.join_as("worker", |builder| builder.warm(0)).await;
    let a_second = Fate::Delay(Duration::from_secs(1));
    worker.wire.next("task.acquire", [a_second]);

    // 1. The stub describes the call, and asks for nothing.
    let call = greet::rpc(caller.id("greet-ada"), "Ada".into()).tag("team", "x");
    world.settle().await;
    assert!(caller.wire.lines().is_empty());
    assert!(world.promises().await.is_empty());

    // 2. Begun, it is asked for; 3. with its arguments written; 4. as a promise with a target.
    let handle = call.begin().await.unwrap();
    assert_eq!(caller.wire.lines(), ["promise.create greet-ada"]);
    let Request::PromiseCreate(create) = caller.wire.sent()[0].request.clone() else {
        panic!("{:?}", caller.wire.lines());
    };
    let created = world.promise("greet-ada").await.unwrap();
    assert_eq!(
        json(&created),
        r#"{"func":"greet","args":["Ada"],"version":1}"#
    );
    assert_eq!(create.param, created.param);
    // 5. and 6. It was carried as it is, and decided: pending, with these labels and no others.
    assert_eq!(created.state, PromiseState::Pending);
    let labels: Vec<_> = created.tags.iter().collect();
    let expected = [
        (tags::BRANCH, "greet-ada"),
        (tags::ORIGIN, "greet-ada"),
        (tags::PARENT, "greet-ada"),
        (tags::SCOPE, "global"),
        (tags::TARGET, "poll://any@default"),
        ("team", "x"),
    ];
    assert_eq!(labels, expected);
    // 7. It is kept, together with its task.
    assert!(world.status("greet-ada").await.is_some());

    // 8. It is offered; 9. heard; 10. claimed; 11. its code found; 12. run; 13. each step a
    // fenced request; 14. whose result is handed out; 15. and the turn ends, here by suspending.
    let name = Registry::global().latest("greet").unwrap().name;
    assert_eq!(name, "greet");
    let result = handle.await.unwrap();
    let heard: Vec<_> = worker.wire.heard().iter().map(text).collect();
    assert_eq!(
        heard,
        [
            "execute greet-ada version 0",
            "execute greet-ada:1 version 0",
            "execute greet-ada version 1",
        ]
    );
    assert_eq!(
        worker.wire.lines(),
        [
            "task.acquire greet-ada",
            // The local step's creation travels with its result.
            "fence promise.create greet-ada:0",
            "fence promise.settle greet-ada:0",
            "fence promise.create greet-ada:1",
            "task.suspend greet-ada",
            "task.acquire greet-ada:1",
            "task.fulfill greet-ada:1",
            "task.acquire greet-ada",
            // The second turn finds the local step in its preload, and asks for the other.
            "fence promise.create greet-ada:1",
            "task.fulfill greet-ada",
        ]
    );
    assert_eq!(
        world.log.all(),
        [
            "greet as greet-ada",
            "shout as greet-ada:0",
            "shout as greet-ada:1",
            "greet as greet-ada",
        ]
    );
    let step = world.promise("greet-ada:0").await.unwrap();
    assert_eq!(
        json(&step),
        r#"{"func":"shout","args":["Ada"],"version":2}"#
    );
    assert_eq!(step.tags.get(tags::SCOPE), Some("local"));
    assert_eq!(step.state, PromiseState::Resolved);

    // 16. The caller listened, was told, and has the typed result.
    assert_eq!(
        caller.wire.lines()[1..],
        ["promise.register_listener greet-ada"]
    );
    let told: Vec<_> = caller.wire.heard().iter().map(text).collect();
    assert_eq!(told, ["unblock greet-ada"]);
    assert_eq!(result, "ADA and ADA");
    assert_eq!(world.status("greet-ada").await, Some(TaskStatus::Fulfilled));
    let counted = worker.counters();
    assert_eq!(
        (counted.turns, counted.completed, counted.suspended),
        (3, 2, 1)
    );
}
