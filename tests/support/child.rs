//! A process of its own that works on a store and says what it has done.
//!
//! A test starts its own program again with [`start`], to run the ignored test `child` and
//! nothing else, and that calls [`work`].

use std::io::{BufRead, BufReader, Lines, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use resonate_core::store::{
    SqliteOptions, SqliteStore, Store, StoreError, StoreErrorKind, Synchronous, View, Write,
};

use crate::workload::Workload;

const PATH: &str = "RESONATE_TEST_STORE";
const MODE: &str = "RESONATE_TEST_MODE";
const LAST: &str = "RESONATE_TEST_LAST";
const PAYLOAD: &str = "RESONATE_TEST_PAYLOAD";

/// What the child works on.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    /// The store.
    pub path: &'a Path,
    /// How it is opened.
    pub synchronous: Synchronous,
    /// The step after which it stops.
    pub last: i64,
    /// The steps.
    pub workload: Workload,
}

/// What the child says, a line each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// It is about to open the store.
    Started,
    /// The store is open.
    Opened,
    /// This step is acknowledged.
    Kept(i64),
    /// A call failed.
    Failed {
        /// `open`, `Apply` or `Commit`.
        call: String,
        /// In this way.
        kind: String,
        /// And the next call in this way.
        then: String,
    },
    /// It did every step.
    Done,
}

/// A child at work.
#[derive(Debug)]
pub struct Worker {
    process: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

/// Starts this program again for `job`, with `before` in front of its command line.
///
/// # Errors
/// When the process cannot be started.
pub fn start(job: Job<'_>, before: &[&str]) -> std::io::Result<Worker> {
    let program = std::env::current_exe()?;
    let words = ["child", "--exact", "--ignored", "--nocapture"];
    let mut command = match before {
        [] => Command::new(program),
        [first, rest @ ..] => {
            let mut command = Command::new(first);
            command.args(rest).arg(program);
            command
        }
    };
    let mut process = command
        .args(words)
        .env(PATH, job.path)
        .env(MODE, format!("{:?}", job.synchronous))
        .env(LAST, job.last.to_string())
        .env(PAYLOAD, job.workload.payload_bytes.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let output = process.stdout.take();
    let output = output.ok_or_else(|| std::io::Error::other("the child has no output"))?;
    Ok(Worker {
        process,
        lines: BufReader::new(output).lines(),
    })
}

impl Worker {
    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Ends it as `kill -9` does, and waits until it is gone.
    ///
    /// # Errors
    /// When it cannot be ended.
    pub fn kill(&mut self) -> std::io::Result<()> {
        self.process.kill()?;
        self.process.wait().map(drop)
    }

    /// Waits until it has ended by itself.
    ///
    /// # Errors
    /// When it cannot be waited for.
    pub fn wait(&mut self) -> std::io::Result<()> {
        self.process.wait().map(drop)
    }
}

impl Iterator for Worker {
    type Item = Said;

    /// The next thing it says; `None` when it has ended.
    fn next(&mut self) -> Option<Said> {
        loop {
            let line = self.lines.next()?.ok()?;
            let words: Vec<_> = line.split(' ').collect();
            return Some(match words[..] {
                ["started"] => Said::Started,
                ["opened"] => Said::Opened,
                ["kept", number] => Said::Kept(number.parse().ok()?),
                ["failed", call, kind, then] => Said::Failed {
                    call: call.to_owned(),
                    kind: kind.to_owned(),
                    then: then.to_owned(),
                },
                ["done"] => Said::Done,
                // What the test program itself says.
                _ => continue,
            });
        }
    }
}

/// Does the job of [`start`] in the child.
///
/// # Panics
/// When it was not started so.
pub fn work() {
    let variable = |name| std::env::var(name).expect("a test starts this as its child");
    let synchronous = if variable(MODE) == "Full" {
        Synchronous::Full
    } else {
        Synchronous::Normal
    };
    let number = |name| variable(name).parse::<i64>().expect("a number");
    let payload_bytes = usize::try_from(number(PAYLOAD)).expect("a length");
    // The test program has begun a line of its own.
    say("\nstarted");
    let options = SqliteOptions::new(variable(PATH)).synchronous(synchronous);
    match SqliteStore::open(options) {
        Err(error) => say(&format!("failed open {:?} -", error.kind())),
        Ok(mut store) => {
            say("opened");
            run(&mut store, Workload { payload_bytes }, number(LAST));
        }
    }
}

fn run(store: &mut SqliteStore, workload: Workload, last: i64) {
    let first = match store.clock() {
        Ok(clock) => clock.get() + 1,
        Err(error) => return say(&format!("failed clock {:?} -", error.kind())),
    };
    for number in first..=last {
        if let Err((call, error)) = workload.run(store, number) {
            let then = after_failure(store, &error, &workload.step(number));
            return say(&format!("failed {call:?} {:?} {then}", error.kind()));
        }
        say(&format!("kept {number}"));
    }
    say("done");
}

/// How the store answers after a failure: `Poisoned` to every call, naming that failure, or
/// `Usable` once the transaction is rolled back.
fn after_failure(store: &mut SqliteStore, first: &StoreError, step: &[Write]) -> String {
    let before = step.iter().find_map(|write| {
        let Write::Clock(now) = write else {
            return None;
        };
        Some(now.get() - 1)
    });
    let answers = [
        store.clock().err(),
        store.next_due().err(),
        store.apply(step.to_vec()).err(),
        store.commit().err(),
    ];
    let is_poisoned = |answer: &Option<StoreError>| {
        answer.as_ref().is_some_and(|error| {
            error.kind() == StoreErrorKind::Poisoned
                && error.to_string().contains(&first.to_string())
        })
    };
    if answers.iter().all(is_poisoned) {
        return "Poisoned".to_owned();
    }
    store.rollback();
    match store.clock() {
        Ok(clock) if Some(clock.get()) == before => "Usable".to_owned(),
        Ok(clock) => format!("Clock:{clock}"),
        Err(error) => format!("{:?}", error.kind()),
    }
}

/// Writes a line at once, past what the test program holds back.
fn say(line: &str) {
    let mut output = std::io::stdout().lock();
    // The parent may have ended; then nobody is told.
    let _ = writeln!(output, "{line}").and_then(|()| output.flush());
}
