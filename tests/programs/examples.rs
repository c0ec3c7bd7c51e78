//! Every example, run as a person would: it ends by itself, and prints what it is there to show.
#![allow(clippy::unwrap_used)]

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Output, Stdio};

use support::programs::example;

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

/// A program that is killed when the test is over, however it ends.
struct Running {
    process: Child,
    /// What it prints: open for as long as it runs.
    said: Lines<BufReader<ChildStdout>>,
}

impl Running {
    fn start(name: &str, args: &[&str], url: &str) -> Self {
        let mut command = example(name);
        let command = command.args(args).env("RESONATE_URL", url);
        let quiet = command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = quiet.spawn().unwrap();
        let said = BufReader::new(process.stdout.take().unwrap()).lines();
        Self { process, said }
    }

    /// The next line that it prints.
    fn line(&mut self) -> String {
        self.said.next().unwrap().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _gone = self.process.kill();
        let _gone = self.process.wait();
    }
}

#[test]
fn a_client_is_answered_by_a_worker_through_a_server() {
    let mut server = Running::start("serve", &["--memory", "--port", "0"], "");
    let url = server.line();
    let mut worker = Running::start("worker", &[], &url);
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
