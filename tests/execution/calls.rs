//! Calls from outside and from inside, by stub and by name: what each asks for, and what it
//! resolves to.
#![allow(clippy::unwrap_used)]

use std::fmt;
use std::time::Duration;

use resonate::prelude::*;
use resonate::{Info, PromiseState};
use resonate_core::protocol::TaskStatus;
use resonate_core::tags;
use serde::{Deserialize, Serialize};
use support::world::{StepLog, VirtualClock, World};

#[resonate::function]
async fn double(info: &Info, number: u64) -> Result<u64> {
    info.dependency::<StepLog>()?
        .note(format!("double {number}"));
    Ok(number * 2)
}

#[resonate::function(name = "welcome", version = 1)]
async fn welcome_plainly(name: String) -> Result<String> {
    Ok(format!("Hello, {name}."))
}

#[resonate::function(name = "welcome", version = 2)]
async fn welcome(name: String) -> Result<String> {
    Ok(format!("Hello, {name}!"))
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum ChargeError {
    Declined { cents: u64 },
}

impl fmt::Display for ChargeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Declined { cents } = self;
        write!(f, "{cents} cents were declined")
    }
}

#[resonate::function(retry = Retry::never())]
async fn charge(cents: u64) -> Result<String, ChargeError> {
    if cents > 100 {
        return Err(ChargeError::Declined { cents });
    }
    Ok(format!("charged {cents}"))
}

/// Every way of calling from inside, one after the other.
#[resonate::function]
async fn every_way(ctx: &Context) -> Result<Vec<u64>> {
    let run = double::run(ctx, 1).await?;
    let rpc = double::rpc(ctx, 2).await?;
    let spawned = double::run(ctx, 3).spawn();
    let spawned_rpc = double::rpc(ctx, 4).spawn();
    let begun = double::begin_run(ctx, 5).await?;
    let begun_rpc = double::begin_rpc(ctx, 6).await?;
    let named: u64 = ctx.rpc("double", (7,)).await?;
    let named_here: u64 = ctx.run("double", (8,)).await?;
    let later = [
        spawned.await?,
        spawned_rpc.await?,
        begun.await?,
        begun_rpc.await?,
    ];
    Ok([run, rpc]
        .into_iter()
        .chain(later)
        .chain([named, named_here])
        .collect())
}

#[tokio::test(start_paused = true)]
async fn every_way_of_calling_from_inside_gives_the_result() {
    let world = World::new();
    let peer = world.join("w").await;
    let all = every_way::run(peer.id("all")).await.unwrap();
    assert_eq!(all, [2, 4, 6, 8, 10, 12, 14, 16]);
}

#[tokio::test(start_paused = true)]
async fn every_way_of_calling_from_outside_gives_the_result() {
    let world = World::new();
    let peer = world.join("w").await;
    assert_eq!(double::run(peer.id("a"), 1).await.unwrap(), 2);
    assert_eq!(double::rpc(peer.id("b"), 2).await.unwrap(), 4);
    assert_eq!(double::run(peer.id("c"), 3).spawn().await.unwrap(), 6);
    assert_eq!(double::rpc(peer.id("d"), 4).spawn().await.unwrap(), 8);
    assert_eq!(
        double::begin_run(peer.id("e"), 5)
            .await
            .unwrap()
            .await
            .unwrap(),
        10
    );
    assert_eq!(
        double::begin_rpc(peer.id("f"), 6)
            .await
            .unwrap()
            .await
            .unwrap(),
        12
    );
    assert_eq!(peer.id("g").rpc::<u64>("double", (7,)).await.unwrap(), 14);
    assert_eq!(peer.id("h").run::<u64>("double", (8,)).await.unwrap(), 16);
    assert_eq!(peer.id("i").run::<u64>("double", [9]).await.unwrap(), 18);
}

#[tokio::test(start_paused = true)]
async fn a_run_is_one_task_create_and_an_rpc_one_promise_create() {
    let world = World::new();
    let peer = world.join("w").await;
    peer.wire.forget();
    double::run(peer.id("a"), 1).await.unwrap();
    assert_eq!(peer.wire.lines(), ["task.create a", "task.fulfill a"]);
    peer.wire.forget();
    drop(double::begin_rpc(peer.id("b"), 1).await.unwrap());
    assert_eq!(peer.wire.lines()[0], "promise.create b");
    let record = world.promise("b").await.unwrap();
    assert_eq!(record.tags.target(), Some("poll://any@default"));
}

#[tokio::test(start_paused = true)]
async fn the_same_id_joins_the_execution_that_exists() {
    let world = World::new();
    let (one, other) = (world.join("one").await, world.join("other").await);
    let first = double::run(one.id("same"), 4).spawn();
    let second = double::run(one.id("same"), 5).spawn();
    let third = double::run(other.id("same"), 6).spawn();
    let (a, b, c) = tokio::join!(first, second, third);
    let results = [a.unwrap(), b.unwrap(), c.unwrap()];
    assert_eq!(results, [results[0]; 3], "one execution, one result");
    let again = [
        double::run(one.id("same"), 7).await.unwrap(),
        double::rpc(other.id("same"), 8).await.unwrap(),
        other.get::<u64>("same").await.unwrap(),
        peer_reads(&other, "same").await,
    ];
    assert_eq!(again, [results[0]; 4]);
    assert_eq!(
        world.log.all().len(),
        1,
        "it ran once: {:?}",
        world.log.all()
    );
}

async fn peer_reads(peer: &Resonate, id: &str) -> u64 {
    peer.promises().get(id).await.unwrap().value().unwrap()
}

#[resonate::function]
async fn with_options(ctx: &Context) -> Result<Vec<String>> {
    let first = welcome::run(ctx, "Ada".into()).version(1).await?;
    let tagged = welcome::rpc(ctx, "Ada".into())
        .tag("team", "billing")
        .target("default")
        .timeout(Duration::from_secs(5))
        .id("my-own-id")
        .await?;
    Ok(vec![first, tagged])
}

#[tokio::test(start_paused = true)]
async fn options_of_a_call_end_up_in_its_promise() {
    let world = World::new();
    let peer = world.join("w").await;
    let start = VirtualClock::BEGINNING;
    let greeted = welcome::rpc(peer.id("a"), "Ada".into())
        .version(1)
        .tag("team", "billing")
        .timeout(Duration::from_secs(5))
        .await;
    assert_eq!(greeted.unwrap(), "Hello, Ada.");
    let record = world.promise("a").await.unwrap();
    assert_eq!(record.tags.get("team"), Some("billing"));
    assert_eq!(record.timeout_at, start.after(Duration::from_secs(5)));

    let inside = with_options::run(peer.id("b")).await.unwrap();
    assert_eq!(inside, ["Hello, Ada.", "Hello, Ada!"]);
    let record = world.promise("my-own-id").await.unwrap();
    assert_eq!(record.tags.get("team"), Some("billing"));
    let lineage = [tags::ORIGIN, tags::PARENT].map(|tag| record.tags.get(tag));
    assert_eq!(lineage, [Some("b"), Some("b")]);

    drop(double::begin_rpc(peer.id("c"), 1).await.unwrap());
    let there = double::rpc(peer.id("d"), 1)
        .target("poll://any@elsewhere")
        .begin();
    let there = there.await.unwrap();
    let record = world.promise("d").await.unwrap();
    assert_eq!(record.tags.target(), Some("poll://any@elsewhere"));
    world.settle().await;
    assert!(!there.is_done(), "nobody listens there");
    assert_eq!(world.status("d").await, Some(TaskStatus::Pending));
}

#[resonate::function]
async fn calls_of_what_is_not_there(ctx: &Context) -> Result<Vec<String>> {
    let by_name = ctx.run::<u64>("doubel", (1,)).await.unwrap_err();
    let version = welcome::run(ctx, "Ada".into())
        .version(9)
        .await
        .unwrap_err();
    let reserved = double::run(ctx, 1)
        .tag("resonate:origin", "x")
        .await
        .unwrap_err();
    let empty_id = double::run(ctx, 1).id("").await.unwrap_err();
    let nul_id = double::rpc(ctx, 1).id("a\0b").await.unwrap_err();
    let no_tuple = ctx.rpc::<u64>("double", 1).await.unwrap_err();
    let refused = [by_name, reserved, empty_id, nul_id, no_tuple];
    let mut texts: Vec<String> = refused.iter().map(ToString::to_string).collect();
    texts.push(version.to_string());
    // What was refused took no place in the order of steps.
    texts.push(double::run(ctx, 1).spawn().id().to_owned());
    Ok(texts)
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_called_is_said_at_once_and_leaves_no_trace() {
    let world = World::new();
    let peer = world.join("w").await;
    let unknown = peer.id("a").run::<u64>("doubel", (1,)).await.unwrap_err();
    let CallError::Other(error) = unknown else {
        panic!("{unknown:?}");
    };
    assert!(error.is_unregistered());
    assert!(error.to_string().contains("`double`"), "{error}");

    let version = welcome::run(peer.id("b"), "Ada".into()).version(9).await;
    let version = version.unwrap_err().to_string();
    assert!(version.contains("versions 1, 2"), "{version}");

    let reserved = double::run(peer.id("c"), 1)
        .tag("resonate:target", "x")
        .await;
    assert!(
        reserved
            .unwrap_err()
            .to_string()
            .contains("`resonate:target` is reserved")
    );

    for (id, complaint) in [("", "empty"), ("a:b", "`a-b`"), ("a\0b", "NUL")] {
        let refused = double::run(peer.id(id), 1).await.unwrap_err().to_string();
        assert!(refused.contains(complaint), "{id:?}: {refused}");
        let refused = double::begin_rpc(peer.id(id), 1).await.unwrap_err();
        assert!(refused.is_config(), "{id:?}: {refused}");
        assert!(peer.get::<u64>(id).await.is_err());
    }
    let outside = double::run(peer.id("d"), 1).id("e").await.unwrap_err();
    assert!(
        outside.to_string().contains("inside a function"),
        "{outside}"
    );
    assert!(world.promises().await.is_empty(), "nothing was created");

    let inside = calls_of_what_is_not_there::run(peer.id("f")).await.unwrap();
    let complaints = [
        "`double`",
        "reserved",
        "empty",
        "NUL",
        "tuple",
        "versions 1, 2",
        "f:0",
    ];
    for (text, complaint) in inside.iter().zip(complaints) {
        assert!(text.contains(complaint), "{text}, not {complaint}");
    }
    assert_eq!(inside.len(), complaints.len());
}

#[resonate::function]
async fn charges(ctx: &Context, cents: u64, remotely: bool) -> Result<String, ChargeError> {
    let charged = if remotely {
        charge::rpc(ctx, cents).await
    } else {
        charge::run(ctx, cents).await
    };
    match charged {
        Ok(receipt) => Ok(receipt),
        Err(CallError::Failed(error)) => Err(error),
        Err(other) => Ok(format!("{other:?}")),
    }
}

#[tokio::test(start_paused = true)]
async fn a_functions_own_error_comes_back_with_its_type() {
    let world = World::new();
    let (one, _other) = (world.join("one").await, world.join("other").await);
    let declined = ChargeError::Declined { cents: 500 };
    let ways = [
        charge::run(one.id("a"), 500).await.unwrap_err(),
        charge::rpc(one.id("b"), 500).await.unwrap_err(),
        charges::run(one.id("c"), 500, false).await.unwrap_err(),
        charges::rpc(one.id("d"), 500, true).await.unwrap_err(),
    ];
    for (at, error) in ways.into_iter().enumerate() {
        assert_eq!(error.failed(), Some(declined.clone()), "way {at}");
    }
    assert_eq!(
        world.promise("d").await.unwrap().state,
        PromiseState::Rejected
    );
}

/// `charge` as a caller of another release knows it.
mod known {
    use super::{Deserialize, Serialize};

    #[derive(Debug, Serialize, Deserialize)]
    pub(super) enum ChargeError {
        Refused { reason: String },
    }

    impl std::fmt::Display for ChargeError {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "{self:?}")
        }
    }

    #[resonate::declare(target = "default")]
    pub(super) async fn charge(cents: u64) -> Result<String, ChargeError>;
}

#[tokio::test(start_paused = true)]
async fn an_error_that_changed_its_shape_is_still_its_message() {
    let world = World::new();
    let peer = world.join("w").await;
    let charge = known::charge::rpc(peer.id("a"), 500);
    let error = charge.await.unwrap_err();
    let CallError::Other(error) = error else {
        panic!("{error:?}");
    };
    assert!(error.is_application(), "{error:?}");
    let sentence = ChargeError::Declined { cents: 500 }.to_string();
    assert_eq!(error.to_string(), sentence);
}

#[tokio::test(start_paused = true)]
async fn an_error_that_another_sdk_wrote_is_the_functions_own() {
    let world = World::new();
    let peer = world.join_as("w", |builder| builder.client_only()).await;
    for id in ["a", "b", "c"] {
        let minute = Duration::from_secs(60);
        peer.promises().create(id, minute).await.unwrap();
    }
    peer.promises().reject("a", "no funds").await.unwrap();
    let error = peer.get::<u64>("a").await.unwrap_err();
    assert_eq!(error.to_string(), "no funds");
    assert!(Error::from(error).is_application());
    peer.promises().cancel("b").await.unwrap();
    assert!(matches!(
        peer.get::<u64>("b").await,
        Err(CallError::Canceled)
    ));
    let timed_out = peer.get::<u64>("c").await;
    assert!(
        matches!(timed_out, Err(CallError::TimedOut)),
        "{timed_out:?}"
    );
}
