//! Every example, run as a person would: it ends by itself, and prints what it is there to show.
#![allow(clippy::unwrap_used)]

use std::process::{Output, Stdio};

use support::programs::{Running, example, workspace};

/// Runs an example in a folder of its own, without a terminal.
fn run(name: &str, args: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let command = &mut example(name);
    command
        .args(args)
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// Asserts that the example succeeds, prints these texts in this order, and complains of nothing.
#[track_caller]
fn prints(name: &str, args: &[&str], texts: &[&str]) {
    let output = run(name, args);
    let said = String::from_utf8(output.stdout).unwrap();
    let complaints = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.success(),
        "{name} {args:?}: {}\n{said}{complaints}",
        output.status
    );
    assert_eq!(complaints, "", "{name} {args:?}\n{said}");
    let mut rest = said.as_str();
    for text in texts {
        let Some(at) = rest.find(text) else {
            panic!("{name} {args:?} does not print {text:?}, or not in this order:\n{said}");
        };
        rest = &rest[at + text.len()..];
    }
}

#[test]
fn hello_greets() {
    prints("hello", &[], &["Hello, Ada! Hello, Grace!\n"]);
}

#[test]
fn recover_runs_every_step_and_gives_the_result() {
    let steps = [
        "order-7 begins;",
        "running   reserve",
        "recorded  reserve",
        "recorded  charge",
        "waiting   sleep",
        "recorded  sleep",
        "recorded  pack-5",
        "recorded  pack-0",
        "running   ship",
        "recorded  ship",
        "order-7  result    {",
    ];
    prints("recover", &["--id", "order-7", "--pace", "5"], &steps);
}

#[test]
fn recover_says_what_is_wrong_with_its_options() {
    let table: [(&[&str], &str); 5] = [
        (
            &["--what"],
            "unknown option --what: there are --db, --id, --pace and --log",
        ),
        (&["--pace", "fast"], "invalid digit"),
        (&["--id"], "'--id'"),
        (&["--id", "a:b"], "write `a-b`"),
        (&["--db", "nowhere/x.db"], "the folder"),
    ];
    for (args, text) in table {
        let output = run("recover", args);
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "{args:?}");
        assert!(complaint.starts_with("Error: "), "{args:?}: {complaint}");
        assert!(complaint.contains(text), "{args:?}: {complaint}");
    }
}

#[test]
fn fan_out_gathers_all_and_takes_the_first() {
    prints(
        "fan_out",
        &[],
        &[
            "500 steps",
            "mean temperature: 4.5\n",
            "the first three stations below zero: [",
        ],
    );
}

#[test]
fn approval_does_what_the_person_says() {
    let paid = "refund-17: 42.00 EUR paid to Ada\n";
    let question = "Refund 4200 cents to Ada?  (promise refund-17:0)\n";
    prints("approval", &["--approve"], &[question, paid]);
    prints(
        "approval",
        &["--reject"],
        &[question, "refund-17: refused\n"],
    );
    prints(
        "approval",
        &[],
        &[question, "Nobody is at a terminal", paid],
    );
}

#[test]
fn saga_undoes_in_reverse() {
    let lines = [
        "Lisbon:",
        "done: flight/Lisbon, hotel/Lisbon, car/Lisbon",
        "Venice:",
        "booked    flight",
        "booked    hotel",
        "canceled  hotel/Venice",
        "canceled  flight/Venice",
        "all undone: there are no cars in Venice",
    ];
    prints("saga", &[], &lines);
}

#[test]
fn sleep_wakes_up_and_gives_up() {
    let lines = [
        "a quick search: found",
        "a slow search: gave up after 1s",
        "the reminder: Ada, 2 s have passed",
    ];
    prints("sleep", &[], &lines);
}

#[test]
fn cron_runs_three_times_and_is_deleted() {
    let run = "every-second-";
    prints(
        "cron",
        &[],
        &["scheduled: * * * * * *", run, run, run, "schedules left: 0"],
    );
}

#[test]
fn versions_stay_what_they_began_as() {
    let lines = [
        "welcome   1 ",
        "welcome   2 ",
        "v2: Hello, Grace\n",
        "v2: Hello, Barbara\n",
        "v1: Hello, Countess Ada\n",
    ];
    prints("versions", &[], &lines);
}

#[test]
fn bench_measures_every_scenario() {
    let lines = [
        "limits, n = 3\n",
        "full commits per s",
        "seq on memory, n = 3\n",
        "requests per step",
        "steps per s",
        "fan on memory",
        "many on memory",
        "rpc on memory",
        "resume on memory",
        "resume ms",
        "replay on memory",
        "replay us per step",
        "suspended on memory",
        "startup, n = 3\n",
        "lookup ns",
    ];
    let scenarios = "limits,seq,fan,many,rpc,resume,replay,suspended,startup";
    prints(
        "bench",
        &["--scenario", scenarios, "--store", "memory", "--n", "3"],
        &lines,
    );
}

#[test]
fn bench_repeats_and_tells_programs() {
    let args = ["--scenario", "seq", "--n", "20", "--repeat", "3", "--json"];
    let output = run("bench", &args);
    let said = String::from_utf8(output.stdout).unwrap();
    let stores: Vec<_> = said
        .lines()
        .map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_eq!(line["rounds"], 3, "{line}");
            let figures = &line["systems"]["resonate"]["figures"];
            assert_eq!(figures["steps"]["median"], 20.0, "{line}");
            let cpu = &figures["cpu_us_per_step"];
            assert!(cpu["least"].as_f64() <= cpu["most"].as_f64(), "{line}");
            line["store"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(stores, ["memory", "sqlite", "sqlite-normal"]);
}

#[test]
fn bench_counts_what_passes_to_a_server() {
    let mut server = Running::start(example("serve").args(["--memory", "--port", "0"]));
    let url = server.line();
    let lines = ["idle on http", "requests per s", "  0.00 [0.00 - 0.00]"];
    prints(
        "bench",
        &["--scenario", "idle", "--n", "1", "--store", &url],
        &lines,
    );
    let lines = [
        "seq on http",
        "bytes sent per step",
        "requests per step",
        "2.",
    ];
    prints(
        "bench",
        &["--scenario", "seq", "--n", "30", "--store", &url],
        &lines,
    );
}

#[test]
fn bench_says_what_there_is() {
    let table: [(&[&str], &str); 4] = [
        (
            &["--scenario", "what"],
            "--scenario what? There is limits, seq, ",
        ),
        (
            &["--store", "what"],
            "--store what? There is memory, sqlite, ",
        ),
        (
            &["--against", "what"],
            "--against what? There is official-rust",
        ),
        (&["--what"], "unknown option --what"),
    ];
    for (args, text) in table {
        let output = run("bench", args);
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "{args:?}");
        assert!(complaint.contains(text), "{args:?}: {complaint}");
    }
}

#[test]
fn bench_is_documented_as_it_is() {
    let guide = std::fs::read_to_string(workspace().join("docs/performance.md")).unwrap();
    let help = String::from_utf8(run("bench", &["--help"]).stdout).unwrap();
    let described = help.rsplit("\n\n").next().unwrap().trim().lines();
    let scenarios: Vec<_> = described
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(scenarios.len(), 11, "{help}");
    for name in &scenarios {
        let row = format!("| `{name}` |");
        assert!(guide.contains(&row), "docs/performance.md has no row {row}");
    }
    let commands = guide
        .lines()
        .filter_map(|line| line.strip_prefix("cargo run --release --example bench -- "));
    for words in commands.map(|command| command.split(' ').collect::<Vec<_>>()) {
        for pair in words.windows(2) {
            if let ["--scenario", names] = pair {
                let mut names = names.split(',');
                let is_known = |it: &str| ["all", "goals"].contains(&it) || scenarios.contains(&it);
                assert!(names.all(is_known), "{words:?}");
            }
        }
        let mut options = words.iter().filter(|word| word.starts_with("--"));
        assert!(options.all(|option| help.contains(*option)), "{words:?}");
    }
}

#[test]
fn a_client_is_answered_by_a_worker_through_a_server() {
    let mut server = Running::start(example("serve").args(["--memory", "--port", "0"]));
    let url = server.line();
    let mut worker = Running::start(example("worker").env("RESONATE_URL", &url));
    assert!(worker.line().starts_with("serving the group orders of"));
    let ask = |id: &str| {
        let mut command = example("client");
        let command = command.args(["--id", id]).env("RESONATE_URL", &url);
        let output = command.output().unwrap();
        let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{complaints}");
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(ask("order-1"), "order-1: 6 x teapot paid, 6 packed\n");
    assert_eq!(worker.line(), "order-1:0: charging");
    // The same id again joins what was done; another one is another order.
    assert_eq!(ask("order-1"), "order-1: 6 x teapot paid, 6 packed\n");
    assert_eq!(ask("order-2"), "order-2: 6 x teapot paid, 6 packed\n");
    for _ in 0..6 {
        assert!(worker.line().contains(": packing teapot "));
    }
    assert_eq!(worker.line(), "order-2:0: charging");
}

#[test]
fn a_client_without_a_server_says_what_to_do() {
    let mut command = example("client");
    let output = command
        .env("RESONATE_URL", "http://127.0.0.1:1")
        .output()
        .unwrap();
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert!(
        complaint.contains("Start the server, or correct the URL"),
        "{complaint}"
    );
}
