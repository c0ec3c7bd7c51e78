//! Processes that die with `kill -9` while they open a store and while they write to it.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use resonate_core::store::{SqliteOptions, SqliteStore, StoreError, StoreErrorKind, Synchronous};
use support::child::{Job, Said, Worker, start};
use support::random::{Random, seeds};
use support::workload::Workload;

const STEPS: Workload = Workload {
    payload_bytes: 2_000,
};
const KILLS: usize = 100;
/// Kills on one file before a new one is begun.
const KILLS_PER_FILE: usize = 10;

fn job(path: &Path, synchronous: Synchronous) -> Job<'_> {
    Job {
        path,
        synchronous,
        last: i64::MAX,
        workload: STEPS,
    }
}

fn open(path: &Path) -> Result<SqliteStore, StoreError> {
    SqliteStore::open(SqliteOptions::new(path).synchronous(Synchronous::Normal))
}

/// Passes a random time that is not worth a sleep.
fn linger(random: &mut Random, turns: usize) {
    for _ in 0..random.below(turns) {
        std::hint::spin_loop();
    }
}

/// Kills the child at a random instant and answers the last step that it acknowledged.
fn kill_at_random(worker: &mut Worker, in_start_up: bool, random: &mut Random) -> Option<i64> {
    let mut last = None;
    let acknowledgements = random.below(60);
    let mut seen = 0;
    for said in worker.by_ref() {
        assert!(!matches!(said, Said::Failed { .. }), "{said:?}");
        if let Said::Kept(number) = said {
            last = Some(number);
            seen += 1;
        }
        if in_start_up || seen > acknowledgements {
            break;
        }
    }
    linger(random, if in_start_up { 100_000 } else { 5_000 });
    worker.kill().unwrap();
    for said in worker.by_ref() {
        if let Said::Kept(number) = said {
            last = Some(number);
        }
    }
    last
}

#[test]
fn what_a_killed_process_acknowledged_is_there_and_nothing_is_half_done() {
    for seed in seeds(1) {
        let mut random = Random::new(seed);
        let folder = tempfile::tempdir().unwrap();
        let (mut acknowledged, mut in_all) = (0, 0);
        for kill in 0..KILLS {
            let file = kill / KILLS_PER_FILE;
            if kill % KILLS_PER_FILE == 0 {
                acknowledged = 0;
            }
            let path = folder.path().join(format!("{file}.db"));
            let mode = [Synchronous::Full, Synchronous::Normal][file % 2];
            let mut worker = start(job(&path, mode), &[]).unwrap();
            let last = kill_at_random(&mut worker, kill % 5 == 0, &mut random);
            in_all += last.map_or(0, |last| last - acknowledged);
            acknowledged = last.unwrap_or(acknowledged);
            // Now and then nobody looks, and the next process meets the log as it was left.
            if random.chance(40) {
                continue;
            }
            let store = open(&path).unwrap();
            let found = STEPS.count(&store);
            let said = format!("SEED={seed}, kill {kill}: {acknowledged} acknowledged");
            assert!(found >= acknowledged, "{said}, {found} found");
            assert!(found <= acknowledged + 1, "{said}, {found} found");
            store.verify().unwrap();
            acknowledged = found;
        }
        assert!(in_all > 500, "{in_all} steps were acknowledged");
    }
}

#[test]
fn a_second_process_is_refused_until_the_first_one_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.db");
    let mut first = start(job(&path, Synchronous::Normal), &[]).unwrap();
    let kept = first.by_ref().find(|said| *said == Said::Kept(3));
    assert_eq!(kept, Some(Said::Kept(3)));

    let error = open(&path).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::InUse);
    let expected = format!(
        "orders.db: another process (pid {}) has this store open",
        first.id()
    );
    assert!(error.to_string().contains(&expected), "{error}");
    assert!(error.to_string().contains("stop it first"), "{error}");

    let second = start(job(&path, Synchronous::Normal), &[]).unwrap();
    let refused = Said::Failed {
        call: "open".to_owned(),
        kind: "InUse".to_owned(),
        then: "-".to_owned(),
    };
    assert_eq!(second.collect::<Vec<_>>(), [Said::Started, refused]);

    first.kill().unwrap();
    assert!(STEPS.count(&open(&path).unwrap()) >= 3);
}

/// A process that is being started has copies of this one's open files for a moment.
#[test]
fn a_closed_store_can_be_opened_at_once_while_processes_are_started() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.db");
    let closed = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !closed.load(Ordering::Relaxed) {
                let mut program = Command::new(std::env::current_exe().unwrap());
                program.arg("--list").stdout(Stdio::null());
                assert!(program.status().unwrap().success());
            }
        });
        let opened = (0..300).try_for_each(|_| open(&path).map(drop));
        closed.store(true, Ordering::Relaxed);
        opened.unwrap();
    });
}
