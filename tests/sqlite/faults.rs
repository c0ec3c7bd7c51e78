//! The disk fails at the k-th operation: once and for ever, while working and while recovering.
//!
//! The process under test meets real failures of its system calls: a limit on the size of its
//! files, and, where `strace` is installed, calls that are made to fail one by one.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Command;

use resonate_core::store::{SqliteOptions, SqliteStore, Synchronous};
use support::child::{Job, Said, start};
use support::workload::Workload;

/// Large enough that the log is moved into the file and begun anew.
const STEPS: Workload = Workload {
    payload_bytes: 60_000,
};

/// What one run of the child came to.
#[derive(Debug, Default)]
struct Run {
    acknowledged: i64,
    failed: bool,
    poisoned: bool,
    done: bool,
}

/// Runs the child until it ends and checks how it spoke of a failure.
#[track_caller]
fn run(path: &Path, last: i64, before: &[&str]) -> Run {
    let job = Job {
        path,
        synchronous: Synchronous::Full,
        last,
        workload: STEPS,
    };
    let mut run = Run::default();
    let mut worker = start(job, before).unwrap();
    for said in worker.by_ref() {
        match said {
            Said::Started | Said::Opened => {}
            Said::Kept(number) => run.acknowledged = number,
            Said::Done => run.done = true,
            Said::Failed { call, kind, then } => {
                run.failed = true;
                run.poisoned = then == "Poisoned";
                let said = format!("{before:?}: {call} failed: {kind}, then {then}");
                // SQLite takes a file that cannot be read for a damaged one.
                let unreadable = kind == "Corrupt" && said.contains("pread64");
                assert!(["Io", "Full"].contains(&&*kind) || unreadable, "{said}");
                let answers: &[&str] = match &*call {
                    "open" | "clock" => &["-"],
                    "Commit" => &["Poisoned"],
                    _ => &["Poisoned", "Usable"],
                };
                assert!(answers.contains(&&*then), "{said}");
            }
        }
    }
    worker.wait().unwrap();
    run
}

/// Opens the store on a disk that works and checks that it holds what was acknowledged.
#[track_caller]
fn whole(path: &Path, acknowledged: i64, said: &str) -> i64 {
    let store = SqliteStore::open(SqliteOptions::new(path)).unwrap();
    let found = STEPS.count(&store);
    assert!(found >= acknowledged, "{said}: {found} of {acknowledged}");
    assert!(
        found <= acknowledged + 1,
        "{said}: {found}, acknowledged {acknowledged}"
    );
    store.verify().unwrap();
    found
}

#[test]
fn files_that_may_not_grow_any_further_lose_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let (mut failures, mut poisoned, mut recoveries, mut completed) = (0, 0, 0, 0);
    for point in 0..45 {
        let path = folder.path().join(format!("{point}.db"));
        let kilobytes = (point * 140).to_string();
        let limit = [
            "bash",
            "-c",
            "trap '' XFSZ; ulimit -f $0; exec \"$@\"",
            &kilobytes,
        ];
        let said = format!("{kilobytes} KiB");
        let first = run(&path, 90, &limit);
        // The limit is still there while the log is read and moved into the file.
        let second = run(&path, 90, &limit);
        failures += usize::from(first.failed);
        poisoned += usize::from(first.poisoned);
        recoveries += usize::from(second.failed);
        completed += usize::from(first.done);
        let acknowledged = first.acknowledged.max(second.acknowledged);
        let found = whole(&path, acknowledged, &said);
        let last = run(&path, found + 3, &[]);
        assert!(last.done, "{said}: {last:?}");
        whole(&path, found + 3, &said);
    }
    assert!(failures >= 20, "{failures} failures");
    assert!(poisoned >= 15, "{poisoned} of them in a commit");
    assert!(recoveries >= 20, "{recoveries} failures after a failure");
    assert!(completed > 0, "the last limit was no limit");
}

/// A system call of SQLite or of this crate, and how it fails.
const CALLS: [(&str, &str); 8] = [
    ("pwrite64", "EIO"),
    ("pwrite64", "ENOSPC"),
    ("fdatasync", "EIO"),
    ("fsync", "EIO"),
    ("ftruncate", "EIO"),
    ("pread64", "EIO"),
    ("openat", "EMFILE"),
    ("rename", "ENOSPC"),
];

#[test]
#[ignore = "needs strace and the right to trace; takes minutes"]
fn any_system_call_may_fail_once_or_for_ever() {
    let every = std::env::var("EVERY").map_or(25, |every| every.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace");
    let mut points = 0;
    for (call, error) in CALLS {
        for for_ever in ["", "+"] {
            let mut number = 1;
            loop {
                let path = folder.path().join(format!("{points}.db"));
                let said = format!("{call}={error} at {number}{for_ever}");
                let failing = format!("inject={call}:error={error}:when={number}{for_ever}");
                let beside = |suffix: &str| format!("{}{suffix}", path.display());
                let names = ["", "-wal", ".lock", ".new", ".new-wal", ".new-journal"].map(beside);
                let mut strace = vec!["strace", "-f", "-qq", "-o", trace.to_str().unwrap()];
                strace.extend(names.iter().flat_map(|name| ["-P", name]));
                strace.extend(["-P", folder.path().to_str().unwrap(), "-e", &failing]);
                let first = run(&path, 40, &strace);
                let injected = std::fs::read_to_string(&trace)
                    .unwrap()
                    .contains("INJECTED");
                assert!(injected || first.done, "{said}: {first:?}");
                let found = whole(&path, first.acknowledged, &said);
                let last = run(&path, found + 2, &[]);
                assert!(last.done, "{said}: {last:?}");
                points += 1;
                if !injected {
                    break;
                }
                number += if number < 12 { 1 } else { every };
            }
        }
    }
    assert!(points >= 200, "{points} points");
    let version = Command::new("strace").arg("-V").output().unwrap();
    assert!(version.status.success());
}
