//! What the guide to safe deploys quotes is what is really said.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::time::Duration;

use resonate::manifest::{
    Change, FunctionManifest, LockError, Manifest, ParamManifest, ResultManifest,
};
use resonate::{Resonate, Result};
use resonate_core::registry::shape::Probe;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use support::programs::{Running, program, workspace};

fn read(path: &str) -> String {
    fs::read_to_string(workspace().join(path)).unwrap()
}

/// Asserts that the guide has this text in a block of its own.
#[track_caller]
fn assert_quoted(text: &str) {
    let guide = read("docs/deploys.md");
    let mut blocks = guide.split("```text\n").skip(1);
    let is_it = |block: &str| block.split("\n```").next() == Some(text);
    assert!(blocks.any(is_it), "the guide does not quote:\n{text}");
}

#[resonate::function(version = 2)]
async fn charge(cents: u64) -> Result<u64> {
    Ok(cents)
}

#[tokio::test]
async fn unknown_functions_and_versions_are_quoted() {
    let resonate = Resonate::memory().await.unwrap();
    for (name, version) in [("charge", 1), ("chargge", 2)] {
        let call = resonate.id("order-1").run::<u64>(name, (500,));
        let refused = call.version(version).await.unwrap_err();
        let said = refused.to_string();
        // Without a version in the call, as the guide's caller has none.
        assert_quoted(said.trim_start_matches("error: "));
    }
}

#[derive(Serialize, Deserialize)]
struct Paid {
    cents: u64,
}

mod shop {
    use super::Paid;
    use resonate::prelude::*;

    #[resonate::function]
    async fn pay(cents: u64) -> Result<u64> {
        Ok(cents)
    }

    #[resonate::function]
    pub(super) async fn checkout(ctx: &Context, cents: u64) -> Result<Paid> {
        let cents = pay::run(ctx, cents).await?;
        if cents != 505 {
            ctx.sleep(Duration::from_millis(1)).await?;
        }
        if cents == 1000 {
            pay::run(ctx, cents).await?;
        }
        Ok(Paid { cents })
    }
}

#[tokio::test]
async fn what_a_replay_says_is_quoted() {
    let resonate = Resonate::memory().await.unwrap();
    let run = shop::checkout::run(resonate.id("order-17"), 500);
    run.await.unwrap();
    let recording = resonate.get::<Paid>("order-17").export().await.unwrap();
    let recording = recording.to_string();
    // What was recorded by code that differed in one thing.
    let table = [
        (r#""func":"pay""#, r#""func":"reserve""#),
        (r#""value": 500"#, r#""value": 505"#),
        (r#""value": 500"#, r#""value": 1000"#),
        (r#"{"cents":500}"#, r#"{"cents":505}"#),
    ];
    for (now, was) in table {
        let was = recording.replace(now, was);
        let error = resonate::replay(was).run().await.unwrap_err();
        assert_quoted(&error.to_string());
    }
}

#[derive(Deserialize)]
#[allow(dead_code)]
struct Before {
    cents: u64,
}

#[derive(Deserialize)]
#[allow(dead_code)]
struct After {
    cents: String,
    currency: String,
}

fn function<P: DeserializeOwned>(name: &str, version: u32) -> FunctionManifest {
    FunctionManifest {
        name: name.to_owned(),
        version,
        kind: "workflow".to_owned(),
        params: vec![ParamManifest {
            name: "order".to_owned(),
            ty: "Order".to_owned(),
            shape: Probe::of::<P>().shape(),
        }],
        result: ResultManifest {
            ty: "Result<()>".to_owned(),
            ok: None,
            error: None,
        },
        place: None,
    }
}

#[test]
fn the_report_of_a_deploy_that_strands_is_quoted() {
    let was = Manifest {
        functions: vec![
            function::<u64>("billing/charge", 1),
            function::<Before>("place", 1),
        ],
    };
    let is = Manifest {
        functions: vec![
            function::<u64>("billing/charge", 2),
            function::<After>("place", 1),
        ],
    };
    let changes = is.changes_since(&was);
    assert!(changes.iter().any(Change::breaks));
    let path = "resonate.lock".into();
    assert_quoted(&LockError::Breaks { path, changes }.to_string());
}

#[test]
fn the_compilers_words_are_quoted() {
    let said = read("tests/ui/implements_another_signature.stderr");
    let missing = "error[E0046]: not all trait items implemented, missing: `send`";
    assert!(read("tests/ui/service_function_missing.stderr").contains(missing));
    assert_quoted(missing);
    for text in [
        "error[E0271]: type mismatch resolving `<charge as Function>::Args == (String, u32)`",
        "   = note: expected tuple `(String, u32)`\n              found tuple `(String, u64)`",
        "a parameter has another name than in the declaration, and callers may send arguments by \
         name: give both the same",
    ] {
        assert!(said.contains(text), "the compiler does not say:\n{text}");
        assert_quoted(text);
    }
}

#[test]
fn what_a_program_refuses_to_start_with_is_quoted() {
    // `links.rs` holds these against the programs that print them.
    let links: String = read("tests/links.rs")
        .lines()
        .map(str::trim_start)
        .collect::<Vec<_>>()
        .join("\n")
        .replace("\\\n", "");
    let guide = read("docs/deploys.md");
    for start in [
        "`greet` version 1 is defined 2 times",
        "twice/src/unserved.rs:3",
        "twice/src/only_declared.rs:3",
    ] {
        let line = guide.lines().find(|line| line.starts_with(start)).unwrap();
        assert!(links.contains(line), "{line}");
    }
}

fn lock(deploy: &str) -> Manifest {
    let path = format!("examples/deploys/{deploy}/resonate.lock");
    serde_json::from_str(&read(&path)).unwrap()
}

#[test]
fn the_lock_lets_the_new_deploy_out_and_says_what_going_back_would_strand() {
    let (old, new) = (lock("old"), lock("new"));
    let forth = new.changes_since(&old);
    assert!(!forth.iter().any(Change::breaks), "{forth:?}");
    let back: Vec<_> = old
        .changes_since(&new)
        .iter()
        .map(Change::to_string)
        .collect();
    assert_eq!(back, ["`ship` version 2 is gone; what is left of it: 1"]);
}

/// A deploy of `examples/deploys`, as a process of its own.
fn deploy(name: &str, url: &str) -> Running {
    let mut command = program(name);
    command.env("RESONATE_URL", url);
    Running::start(&mut command)
}

/// Waits until an execution has this step.
async fn until_waiting(client: &Resonate, step: &str) {
    while client.promises().get(step).await.is_err() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn work_moves_between_an_old_and_a_new_deploy_in_both_directions() {
    let (_server, url) = Running::server(&["--retry", "200"]);
    let client = Resonate::builder().url(&url).client_only();
    let client = client.build().await.unwrap();
    let ship = |id: &str| {
        client
            .id(id)
            .rpc::<String>("ship", ("tea",))
            .target("shipping")
    };

    // By name alone: what is the latest when it begins is what it stays on.
    let old = deploy("deploy-old", &url);
    let forth = ship("forth").begin().await.unwrap();
    until_waiting(&client, "forth:1").await;

    // Both side by side. Whichever is offered version 2, only the new one runs it.
    let new = deploy("deploy-new", &url);
    let latest = ship("latest").version(2).begin().await.unwrap();
    until_waiting(&client, "latest:0").await;

    // The old one is gone, and the new one goes on with what it did.
    drop(old);
    let answer = client.promises().resolve("forth:1", &"Ada").await;
    answer.unwrap();
    assert_eq!(
        forth.await.unwrap(),
        "v1: tea reserved by old, packed for Ada by new"
    );

    // The deploy is taken back, and what began on it goes on in the old one.
    let back = ship("back").version(1).begin().await.unwrap();
    until_waiting(&client, "back:1").await;
    drop(new);
    let mut old = deploy("deploy-old", &url);
    let answer = client.promises().resolve("back:1", &"Grace").await;
    answer.unwrap();
    assert_eq!(
        back.await.unwrap(),
        "v1: tea reserved by new, packed for Grace by old"
    );

    // What the old one cannot run, it says, and leaves to one that can.
    let answer = client.promises().resolve("latest:0", &"Barbara").await;
    answer.unwrap();
    while !old.line().contains("no version 2 of `ship`") {}
    let _new = deploy("deploy-new", &url);
    let latest = latest.await.unwrap();
    assert!(
        latest.starts_with("v2: tea reserved by new, packed for Barbara by "),
        "{latest}"
    );
}
