//! Recordings of every version of this library are kept, at least one for each thing that can be
//! recorded, and every later version replays them.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use resonate::{Builder, Recording, Replayed};
use resonate_core::execution::IdGrammar;
use support::programs::workspace;
use support::world::{StepLog, World};

use super::crash::{all_settled, answer_questions};

/// The versions of which recordings are kept, with those of this one last.
const VERSIONS: &[&str] = &["0.1"];

/// How an execution goes on after it was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Course {
    /// To its end.
    Ends,
    /// Its questions are answered.
    Answered,
    /// Nobody answers.
    Waits,
    /// Somebody cancels it.
    Canceled,
    /// It takes longer than it may.
    TimesOut,
    /// To its end, on a server whose ids have dots.
    Dotted,
}
use Course::{Answered, Canceled, Dotted, Ends, TimesOut, Waits};

/// What is kept: the file, the function, its arguments as JSON, and its course.
const KEPT: &[(&str, &str, &str, Course)] = &[
    ("local_steps", "local_chain", "[]", Ends),
    ("remote_calls", "rpc_chain", "[]", Ends),
    ("fan_out", "fan_out", "[]", Ends),
    ("join", "joins", "[]", Ends),
    ("futures_unordered", "gathers", "[]", Ends),
    ("select_tokio", "races", "[]", Ends),
    ("select_futures", "selects", "[]", Ends),
    ("nested_workflows", "recursion", "[3]", Ends),
    ("sleep", "sleeps", "[]", Ends),
    ("promise_answered", "asks", "[]", Answered),
    ("promise_waiting", "asks", "[]", Waits),
    ("detached", "detaches", "[]", Ends),
    ("errors", "errs", "[]", Ends),
    ("typed_errors", "typed_errors", "[]", Ends),
    ("panics", "catches_panics", "[]", Ends),
    ("handles", "begins", "[]", Ends),
    ("cancel", "cancels", "[]", Ends),
    ("time_and_chance", "draws", "[]", Ends),
    ("time_inside", "draws_inside", "[]", Ends),
    ("workflow_retried", "tries_again", "[]", Ends),
    ("version_pinned", "greets", "[]", Ends),
    ("bad_arguments", "chained", "[17]", Ends),
    ("timed_out", "too_slow", "[]", TimesOut),
    ("canceled", "sleeps", "[]", Canceled),
    ("ids_with_dots", "joins", "[]", Dotted),
    ("leaf", "work", r#"["alone",3]"#, Ends),
];

fn folder(version: &str) -> PathBuf {
    workspace().join("tests/fixtures/recordings").join(version)
}

async fn recorded(name: &str, arguments: &str, course: Course) -> Recording {
    let world = World::new();
    let grammar = if course == Dotted {
        IdGrammar::Dot
    } else {
        IdGrammar::Colon
    };
    let set = |builder: Builder| builder.id_grammar(grammar);
    let caller = world.join_as("caller", |it| set(it).client_only()).await;
    let _worker = world.join_as("worker", set).await;
    let arguments: Vec<serde_json::Value> = serde_json::from_str(arguments).unwrap();
    let call = caller.id("root").rpc::<String>(name, arguments);
    let seconds = if course == TimesOut { 100 } else { 1_000_000 };
    let call = call.timeout(Duration::from_secs(seconds));
    let handle = call.begin().await.unwrap();
    tokio::select! {
        () = all_settled(&world) => {}
        () = answer_questions(&world, &caller), if course == Answered => {}
        () = tokio::time::sleep(Duration::from_secs(100)), if course == Waits => {}
        () = tokio::time::sleep(Duration::from_secs(100)), if course == Canceled => {
            handle.cancel().await.unwrap();
        }
    }
    handle.export().await.unwrap()
}

/// The text of a recording is part of what is kept stable: with virtual time it is the same each
/// time. `BLESS=1` writes what is new; what was released with a version stays as it is.
#[tokio::test(start_paused = true)]
async fn what_is_exported_today_is_what_is_kept() {
    let bless = std::env::var_os("BLESS").is_some();
    let folder = folder(VERSIONS.last().unwrap());
    let mut names = Vec::new();
    for (file, name, arguments, course) in KEPT {
        let text = recorded(name, arguments, *course).await.to_string() + "\n";
        let path = folder.join(format!("{file}.json"));
        if bless {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&path, &text).unwrap();
        }
        let kept = fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(text, kept, "{}", path.display());
        names.push(path);
    }
    let mut files: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    names.sort();
    assert_eq!(files, names, "a recording that nothing here makes");
}

#[tokio::test(start_paused = true)]
async fn recordings_of_every_version_replay() {
    for version in VERSIONS {
        let log = StepLog::default();
        let replayed = resonate::replay_all(folder(version))
            .dependency(log.clone())
            .run()
            .await
            .unwrap_or_else(|error| panic!("{error}"));
        for (path, came) in &replayed {
            let text = fs::read_to_string(path).unwrap();
            let recording: Recording = text.parse().unwrap();
            assert_eq!(recording.to_string() + "\n", text, "{}", path.display());
            let waits = matches!(came, Replayed::Waits { .. });
            let interrupted = ["promise_waiting.json", "timed_out.json", "canceled.json"];
            let name = path.file_name().unwrap().to_str().unwrap();
            assert_eq!(waits, interrupted.contains(&name), "{name}: {came:?}");
        }
        assert!(log.all().is_empty(), "a step was run: {:?}", log.all());
    }
}
