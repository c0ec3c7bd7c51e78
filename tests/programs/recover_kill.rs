//! What the README shows, kept by the very program: kill it at any moment, start it again, and it
//! goes on to the same result without doing again what was recorded.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use support::programs::example;
use support::random::{Random, seeds};

/// How often the program is killed.
const KILLS: usize = 50;
/// Lines that a run prints until it has its result, roughly.
const LINES: usize = 24;
/// How long a step takes, in milliseconds: a kill that follows a line hits it in its body or in
/// the commit after it.
const PACE: &str = "4";
/// Turns of a loop that take as long as a few steps.
const LINGER: usize = 200_000;

/// When a run is killed.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// After so many turns of a loop, counted from its start.
    StartUp {
        turns: usize,
    },
    /// After it printed so many lines, and so many turns more.
    Line {
        lines: usize,
        turns: usize,
    },
    Never,
}

impl Moment {
    fn random(random: &mut Random) -> Self {
        if random.chance(20) {
            let turns = random.below(3 * LINGER);
            return Self::StartUp { turns };
        }
        let (lines, turns) = (1 + random.below(LINES), random.below(LINGER));
        Self::Line { lines, turns }
    }
}

/// How a run ended.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// It was killed; the last word on its progress.
    Killed(String),
    /// It printed this result and ended.
    Finished(String),
}

/// One order in a folder of its own.
struct Order {
    id: String,
    folder: PathBuf,
}

impl Order {
    fn new(folder: &Path, id: &str) -> Self {
        fs::create_dir_all(folder).unwrap();
        Self {
            id: id.to_owned(),
            folder: folder.to_owned(),
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn command(&self, pace: &str) -> Command {
        let mut append = fs::OpenOptions::new();
        append.create(true).append(true);
        let complaints = append.open(self.file("complaints")).unwrap();
        let mut command = example("recover");
        command
            .current_dir(&self.folder)
            .args(["--id", &self.id, "--pace", pace, "--log", "log"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(complaints);
        command
    }

    /// Runs the program until it ends or is killed.
    fn run(&self, moment: Moment) -> End {
        let mut process = self.command(PACE).spawn().unwrap();
        let mut said = BufReader::new(process.stdout.take().unwrap()).lines();
        let (lines, turns) = match moment {
            Moment::StartUp { turns } => (0, turns),
            Moment::Line { lines, turns } => (lines, turns),
            Moment::Never => (usize::MAX, 0),
        };
        let (mut last, mut result) = (String::new(), None);
        for line in said.by_ref().take(lines) {
            let line = line.unwrap();
            let mut words = line.split_whitespace().skip(1);
            match words.next() {
                Some("result") => result = Some(words.collect::<Vec<_>>().join(" ")),
                Some(how) => last = how.to_owned(),
                None => {}
            }
        }
        if result.is_none() && !matches!(moment, Moment::Never) {
            for _ in 0..turns {
                std::hint::spin_loop();
            }
            process.kill().unwrap();
            process.wait().unwrap();
            return End::Killed(last);
        }
        let rest: Vec<_> = said.map_while(Result::ok).collect();
        assert!(
            process.wait().unwrap().success(),
            "{} {rest:?}",
            self.complaints()
        );
        End::Finished(result.expect("a run that ends by itself prints its result"))
    }

    fn result(&self) -> String {
        match self.run(Moment::Never) {
            End::Finished(result) => result,
            End::Killed(last) => panic!("nobody killed it at {last}"),
        }
    }

    fn complaints(&self) -> String {
        fs::read_to_string(self.file("complaints")).unwrap()
    }

    /// What the processes noted, in order: `ran` or `recorded`, the step, the process.
    fn log(&self) -> Vec<[String; 3]> {
        let text = fs::read_to_string(self.file("log")).unwrap_or_default();
        let split = |line: &str| {
            let words: Vec<_> = line.split(' ').map(str::to_owned).collect();
            match <[String; 4]>::try_from(words) {
                Ok([what, order, step, process]) if order == self.id => [what, step, process],
                other => panic!("a line of the log reads {other:?}"),
            }
        };
        text.lines().map(split).collect()
    }
}

/// How many steps ran more than once: none after it was recorded, none twice in one process.
fn repeated(order: &Order) -> usize {
    let (mut recorded, mut ran) = (BTreeSet::new(), BTreeSet::new());
    let (mut bodies, mut steps) = (0, BTreeSet::new());
    for [what, step, process] in order.log() {
        match what.as_str() {
            "recorded" => {
                recorded.insert(step);
            }
            "ran" => {
                let id = &order.id;
                assert!(
                    !recorded.contains(&step),
                    "{id}: {step} ran again, after its record"
                );
                assert!(
                    ran.insert((step.clone(), process)),
                    "{id}: {step} ran twice at once"
                );
                steps.insert(step);
                bodies += 1;
            }
            other => panic!("a word of the log is {other}"),
        }
    }
    bodies - steps.len()
}

#[test]
fn a_killed_program_goes_on_to_the_same_result_and_repeats_nothing_recorded() {
    for seed in seeds(1) {
        let mut random = Random::new(seed);
        let folder = tempfile::tempdir().unwrap();
        let (mut killed, mut again, mut hit) = (0, 0, BTreeSet::new());
        for number in 1.. {
            let id = format!("order-{number}");
            let undisturbed = Order::new(&folder.path().join(format!("calm-{number}")), &id);
            let order = Order::new(&folder.path().join(&id), &id);
            let mut kills = 0;
            let result = loop {
                let moment = match killed + kills {
                    KILLS.. => Moment::Never,
                    _ => Moment::random(&mut random),
                };
                match order.run(moment) {
                    End::Finished(result) => break result,
                    End::Killed(last) => {
                        kills += 1;
                        hit.insert(last);
                    }
                }
            };
            let said = format!("SEED={seed}, {id}, killed {kills} times");
            assert_eq!(result, undisturbed.result(), "{said}");
            assert_eq!(order.complaints(), "", "{said}");
            let repetitions = repeated(&order);
            assert!(
                repetitions <= kills,
                "{said}: {repetitions} steps were repeated"
            );
            killed += kills;
            again += repetitions;
            if killed >= KILLS {
                break;
            }
        }
        // The kills were where it matters: in bodies, between steps, and while it caught up.
        for place in ["", "running", "recorded", "replayed"] {
            assert!(
                hit.contains(place),
                "SEED={seed}: no kill was at {place:?}: {hit:?}"
            );
        }
        assert!(again > 0, "SEED={seed}: no kill was in a step's body");
    }
}

#[test]
fn a_finished_order_gives_its_recorded_result_and_runs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let order = Order::new(folder.path(), "order-1");
    let first = order.result();
    let log = order.log();
    let said = order.command(PACE).output().unwrap();
    let said = String::from_utf8(said.stdout).unwrap();
    assert!(
        said.starts_with("order-1 was finished by an earlier run"),
        "{said}"
    );
    assert!(said.contains(&first), "{said}");
    assert_eq!(order.log(), log);
}

#[test]
fn a_second_process_on_the_file_is_told_who_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let order = Order::new(folder.path(), "order-1");
    let mut holder = order.command("60000").spawn().unwrap();
    let said = BufReader::new(holder.stdout.take().unwrap()).lines();
    let running = said
        .map(Result::unwrap)
        .find(|line| line.contains("running"));
    assert!(running.is_some());

    let second = order.command(PACE).output().unwrap();
    assert!(!second.status.success());
    let complaints = order.complaints();
    let holder_id = format!("another process (pid {}) has this store open", holder.id());
    assert!(complaints.contains(&holder_id), "{complaints}");
    holder.kill().unwrap();
    holder.wait().unwrap();
}
