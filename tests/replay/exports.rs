//! What is recorded of an execution can be taken along as a text, at any moment and from any
//! engine, and the same code replays it without one.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use resonate::prelude::*;
use resonate::{Builder, Encryptor, Recording, Replayed};
use resonate_core::execution::IdGrammar;
use resonate_core::payload::Cause;
use support::http::{foreign, unique};
use support::peers::TestServer;
use support::world::{Peer, StepLog, World};

use super::crash::{all_settled, answer_questions};

const MILLI: Duration = Duration::from_millis(1);

/// The workflows to export, each with its arguments.
const CASES: &[(&str, &[u32])] = &[
    ("local_chain", &[]),
    ("rpc_chain", &[]),
    ("fan_out", &[]),
    ("joins", &[]),
    ("gathers", &[]),
    ("races", &[]),
    ("recursion", &[3]),
    ("sleeps", &[]),
    ("asks", &[]),
    ("detaches", &[]),
    ("errs", &[]),
    ("catches_panics", &[]),
    ("begins", &[]),
];

/// Starts the workflow under the id `root`.
async fn begin(caller: &Peer, name: &str, arguments: &[u32]) {
    let call = caller.id("root").rpc::<String>(name, arguments);
    let call = call.timeout(Duration::from_secs(1_000_000));
    drop(call.begin().await.unwrap());
}

async fn export(caller: &Resonate) -> Recording {
    caller.get::<String>("root").export().await.unwrap()
}

/// Replays it on the code of this test, which must not run a single step.
async fn replays(recording: &Recording) -> Replayed {
    let (text, log) = (recording.to_string(), StepLog::default());
    let replay = resonate::replay(&text).dependency(log.clone());
    let came = replay.run().await;
    assert!(log.all().is_empty(), "a step was run: {:?}", log.all());
    came.unwrap_or_else(|error| panic!("{error}\n\n{text}"))
}

#[tokio::test(start_paused = true)]
async fn every_workflow_replays_from_its_recording_however_ids_are_written() {
    for grammar in [IdGrammar::Colon, IdGrammar::Dot] {
        for (name, arguments) in CASES {
            let world = World::new();
            let set = |builder: Builder| builder.id_grammar(grammar);
            let caller = world.join_as("caller", |it| set(it).client_only()).await;
            let _worker = world.join_as("worker", set).await;
            begin(&caller, name, arguments).await;
            tokio::select! {
                () = all_settled(&world) => {}
                () = answer_questions(&world, &caller), if *name == "asks" => {}
            }
            let recording = export(&caller).await;
            assert_eq!(replays(&recording).await, Replayed::Ended, "{name}");
        }
    }
}

/// A snapshot holds the cause of everything that it holds.
#[tokio::test(start_paused = true)]
async fn a_recording_of_any_moment_replays_as_far_as_the_execution_had_come() {
    for (name, arguments) in CASES {
        let world = World::new();
        let caller = world.join_as("caller", Builder::client_only).await;
        let _worker = world.join("worker").await;
        begin(&caller, name, arguments).await;
        let mut texts = BTreeSet::new();
        let mut waited = 0;
        for moment in 0..300 {
            let recording = export(&caller).await;
            if texts.insert(recording.to_string()) {
                match replays(&recording).await {
                    Replayed::Waits { on } => {
                        assert!(!on.is_empty(), "{recording}");
                        waited += 1;
                    }
                    Replayed::Ended => {}
                    other => panic!("{other:?}"),
                }
            }
            if moment % 2 == 0 {
                tokio::task::yield_now().await;
            } else {
                tokio::time::sleep(MILLI).await;
            }
        }
        assert!(waited > 0, "{name}: {waited} of {}", texts.len());
    }
}

/// A server keeps steps that are under way, and is asked while it works. With
/// `RESONATE_TEST_URL` it is a server that runs somewhere, otherwise our own.
#[tokio::test]
async fn over_http_it_is_taken_at_any_moment_too() {
    let mut names = vec!["joins", "gathers", "catches_panics", "detaches"];
    if foreign().is_none() {
        // Some servers refuse steps with ids of their own.
        names.extend(["races", "begins"]);
    }
    for name in names {
        let server = TestServer::start().await;
        let at = |builder: Builder| builder.url(server.url()).dependency(StepLog::default());
        let worker = at(Resonate::builder()).build().await.unwrap();
        let caller = at(Resonate::builder().client_only()).build().await.unwrap();
        let id = unique(name);
        let mut handle = caller.id(&id).rpc::<String>(name, ()).spawn();
        let (root, mut texts) = (caller.get::<String>(&id), BTreeSet::new());
        let result = loop {
            tokio::select! {
                result = &mut handle => break result,
                exported = root.export() => match exported {
                    Ok(recording) => drop(texts.insert(recording.to_string())),
                    Err(error) => assert!(error.is_not_found(), "{error}"),
                }
            }
        };
        assert!(result.is_ok(), "{name}: {result:?}");
        for text in &texts {
            replays(&text.parse().unwrap()).await;
        }
        let whole = root.export().await.unwrap();
        assert_eq!(replays(&whole).await, Replayed::Ended);
        worker.shutdown().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_file_gives_it_to_a_program_without_the_code() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.db");
    let builder = || Resonate::builder().path(&path);
    let worker = builder()
        .dependency(StepLog::default())
        .build()
        .await
        .unwrap();
    let run = worker.id("root").run::<String>("joins", ());
    assert_eq!(run.await.unwrap(), "XX Y1Y2 Z1Z2");
    worker.shutdown().await;
    let reader = builder().client_only().build().await.unwrap();
    let recording = export(&reader).await;
    assert_eq!((recording.id(), recording.steps()), ("root", 6));
    assert_eq!(replays(&recording).await, Replayed::Ended);
}

/// A call of another execution is in the recording with its result; its steps are in its own.
#[tokio::test(start_paused = true)]
async fn each_execution_has_a_recording_of_its_own() {
    let world = World::new();
    let worker = world.join("worker").await;
    let run = worker.id("root").run::<String>("joins", ());
    run.await.unwrap();
    let of = |id: &'static str| worker.get::<String>(id);
    let whole = of("root").export().await.unwrap().to_string();
    let remote = of("root:1").export().await.unwrap().to_string();
    let has = |text: &str, id: &str| text.contains(&format!(r#""id": "{id}""#));
    assert!(has(&whole, "root:1") && !has(&whole, "root:1.0"));
    assert!(has(&remote, "root:1.0") && !has(&remote, "root:0"));
    assert_eq!(replays(&remote.parse().unwrap()).await, Replayed::Ended);
}

struct Flip(u8);

impl Encryptor for Flip {
    fn encrypt(&self, plain: &[u8]) -> Result<Vec<u8>, Cause> {
        Ok(plain.iter().map(|byte| byte ^ self.0).collect())
    }

    fn decrypt(&self, kept: &[u8]) -> Result<Vec<u8>, Cause> {
        self.encrypt(kept)
    }
}

#[tokio::test(start_paused = true)]
async fn payloads_are_decrypted_or_said_to_be_unreadable() {
    let world = World::new();
    let with_key = |key: u8| move |builder: Builder| builder.encryptor(Flip(key));
    let worker = world.join_as("worker", with_key(0x55)).await;
    let run = worker.id("root").run::<String>("local_chain", ());
    run.await.unwrap();
    let recording = export(&worker).await;
    assert!(
        recording.to_string().contains(r#""value": "AB""#),
        "{recording}"
    );
    assert_eq!(replays(&recording).await, Replayed::Ended);
    let other = world
        .join_as("other", |builder| with_key(0x33)(builder).client_only())
        .await;
    let error = other.get::<String>("root").export().await.unwrap_err();
    assert!(error.is_payload(), "{error}");
    assert!(
        error.to_string().contains("the input of promise `root`"),
        "{error}"
    );
}

/// Exports itself, from the wrong side.
#[resonate::function]
async fn looks_inside(ctx: &Context) -> Result<String> {
    let step = ctx.step("nothing", || async { Ok::<_, Error>(()) }).spawn();
    Ok(step.export().await.unwrap_err().to_string())
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_exported_says_why() {
    let world = World::new();
    let worker = world.join("worker").await;
    let error = worker.get::<String>("nobody").export().await.unwrap_err();
    assert!(error.is_not_found(), "{error}");
    assert_eq!(error.to_string(), "there is no promise `nobody`");
    let said = looks_inside::run(worker.id("inside")).await.unwrap();
    assert!(
        said.contains("`inside:0` is exported from outside"),
        "{said}"
    );
}

/// More steps than one page holds, and no end yet.
#[resonate::function]
async fn long(ctx: &Context) -> Result<()> {
    for number in 0..1_100_u32 {
        ctx.step("count", move || async move { Ok::<_, Error>(number) })
            .await?;
    }
    Ok(ctx.promise::<()>().await?)
}

#[tokio::test(start_paused = true)]
async fn more_steps_than_a_page_holds_are_of_one_moment() {
    let world = World::new();
    let worker = world.join("worker").await;
    let mut running = long::run(worker.id("root")).spawn();
    let (root, mut steps) = (worker.get::<()>("root"), 0);
    while steps < 1_101 {
        tokio::select! {
            ended = &mut running => panic!("{ended:?}"),
            exported = root.export() => match exported {
                Ok(recording) => {
                    steps = recording.steps();
                    let came = replays(&recording).await;
                    let on = vec![format!("root:{}", steps.min(1_100))];
                    assert_eq!(came, Replayed::Waits { on });
                }
                Err(error) => assert!(error.is_not_found(), "{error}"),
            }
        }
    }
}
