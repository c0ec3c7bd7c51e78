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
    ("typed_errors", "typed_errors", "[]", Ends),
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

/// The text with every instant as `T`: when exactly things happen is no part of the format.
fn without_instants(text: &str) -> String {
    let line = |line: &str| match line.split_once("At\": ") {
        Some((member, _)) => format!("{member}At\": T"),
        None => line.to_owned(),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// `BLESS=1` writes the recordings that are missing. What is there stays as it is.
#[tokio::test(start_paused = true)]
async fn one_of_each_is_kept_in_the_format_of_today() {
    let bless = std::env::var_os("BLESS").is_some();
    let folder = folder(VERSIONS.last().unwrap());
    let mut kept: Vec<_> = KEPT
        .iter()
        .map(|(file, ..)| format!("{file}.json"))
        .collect();
    for (file, name, arguments, course) in KEPT {
        let path = folder.join(format!("{file}.json"));
        if bless && !path.exists() {
            let text = recorded(name, arguments, *course).await.to_string() + "\n";
            fs::create_dir_all(&folder).unwrap();
            fs::write(&path, text).unwrap();
        }
    }
    for (file, name, arguments, course) in &KEPT[..2] {
        let text = recorded(name, arguments, *course).await.to_string();
        let was = fs::read_to_string(folder.join(format!("{file}.json"))).unwrap();
        assert_eq!(without_instants(&text), without_instants(&was), "{file}");
    }
    let files = fs::read_dir(&folder).unwrap();
    let mut files: Vec<_> = files
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    kept.sort();
    assert_eq!(files, kept);
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
