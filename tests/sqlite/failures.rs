//! What a store in a file does when it is locked, full, or fails in the middle.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use resonate_core::Millis;
use resonate_core::store::{
    SqliteOptions, SqliteStore, Store, StoreError, StoreErrorKind, Synchronous, View, Write,
};
use rusqlite::Connection;
use support::failing::{FailingStore, Fault};
use support::model::{Contents, ModelStore};
use support::workload::{Call, Workload};
use tempfile::TempDir;

const STEPS: Workload = Workload { payload_bytes: 100 };

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().canonicalize().unwrap().join("orders.db");
    (folder, path)
}

fn open(path: &Path) -> Result<SqliteStore, StoreError> {
    SqliteStore::open(SqliteOptions::new(path).busy_timeout(Duration::from_millis(1)))
}

#[track_caller]
fn says(error: &StoreError, kind: StoreErrorKind, words: &[&str]) {
    let text = error.to_string();
    assert_eq!(error.kind(), kind, "{text}");
    for word in words {
        assert!(text.contains(word), "{word:?} is missing in: {text}");
    }
}

#[test]
fn a_store_that_this_process_has_open_is_not_opened_twice() {
    let (_folder, path) = place();
    let mut first = open(&path).unwrap();
    STEPS.run(&mut first, 1).unwrap();
    let words = [
        "orders.db: this process has this store open already",
        "share the store",
    ];
    says(&open(&path).unwrap_err(), StoreErrorKind::InUse, &words);
    STEPS.run(&mut first, 2).unwrap();
    drop(first);
    assert_eq!(STEPS.count(&open(&path).unwrap()), 2);
}

#[cfg(unix)]
#[test]
fn every_name_of_a_file_shares_its_lock() {
    let (folder, path) = place();
    let link = folder.path().join("link.db");
    std::os::unix::fs::symlink("orders.db", &link).unwrap();
    let first = open(&link).unwrap();
    assert_eq!(
        first.path(),
        path,
        "a link to a file that was still to be made"
    );
    for name in [&link, &path, &folder.path().join(".").join("orders.db")] {
        says(
            &open(name).unwrap_err(),
            StoreErrorKind::InUse,
            &["open already"],
        );
    }
}

#[test]
fn a_lock_that_cannot_be_taken_is_a_failure_with_its_file() {
    let (_folder, path) = place();
    fs::create_dir(path.with_file_name("orders.db.lock")).unwrap();
    let words = [
        "orders.db.lock: opening the lock file failed",
        "permissions",
    ];
    says(&open(&path).unwrap_err(), StoreErrorKind::Io, &words);
    assert!(!path.exists());
}

#[test]
fn what_a_dead_process_left_of_a_new_file_is_made_again() {
    let (_folder, path) = place();
    for left_over in [
        "orders.db.new",
        "orders.db.new-journal",
        "orders.db.new-wal",
    ] {
        fs::write(path.with_file_name(left_over), b"half a file").unwrap();
    }
    assert_eq!(Contents::of(&open(&path).unwrap()), Contents::default());
    assert!(!path.with_file_name("orders.db.new").exists());
}

#[test]
fn a_name_that_looks_like_an_address_is_a_plain_name() {
    let folder = tempfile::tempdir().unwrap();
    for name in [":memory:", "file:orders.db?mode=memory", "a b%20c.db"] {
        let path = folder.path().join(name);
        STEPS.run(&mut open(&path).unwrap(), 1).unwrap();
        assert!(path.is_file(), "{name}");
        assert_eq!(STEPS.count(&open(&path).unwrap()), 1, "{name}");
    }
}

#[test]
fn another_connections_lock_is_waited_for_and_then_reported() {
    let (_folder, path) = place();
    let mut store = open(&path).unwrap();
    STEPS.run(&mut store, 1).unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = store.apply(STEPS.step(2)).unwrap_err();
    let words = [
        "orders.db: writing failed",
        "busy timeout",
        "database is locked",
    ];
    says(&error, StoreErrorKind::Locked, &words);
    assert_eq!(STEPS.count(&store), 1, "reads go on");
    other.execute_batch("ROLLBACK").unwrap();
    store.rollback();
    STEPS.run(&mut store, 2).unwrap();
    assert_eq!(
        STEPS.count(&store),
        2,
        "a lock that was let go does no harm"
    );
}

#[test]
fn readers_beside_the_store_neither_stop_it_nor_are_stopped() {
    let (_folder, path) = place();
    let mut store = open(&path).unwrap();
    STEPS.run(&mut store, 1).unwrap();
    let reader = Connection::open(&path).unwrap();
    let count = "SELECT count(*) FROM promises";
    reader.execute_batch("BEGIN").unwrap();
    let seen = |reader: &Connection| reader.query_row(count, (), |row| row.get::<_, i64>(0));
    assert_eq!(seen(&reader).unwrap(), 1);
    STEPS.run(&mut store, 2).unwrap();
    assert_eq!(seen(&reader).unwrap(), 1, "its snapshot stands");
    drop(store);
    let store = open(&path).unwrap();
    assert_eq!(STEPS.count(&store), 2, "the store opens beside a reader");
}

#[test]
fn a_full_file_refuses_the_write_keeps_what_was_committed_and_goes_on() {
    let (_folder, path) = place();
    let large = Workload {
        payload_bytes: 8_000,
    };
    let options = SqliteOptions::new(&path)
        .synchronous(Synchronous::Normal)
        .bytes_max(200_000);
    let mut store = SqliteStore::open(options).unwrap();
    let mut kept = 0;
    let (call, error) = loop {
        match large.run(&mut store, kept + 1) {
            Ok(()) => kept += 1,
            Err(failure) => break failure,
        }
    };
    assert_eq!(call, Call::Apply);
    assert!(kept > 5, "{kept} steps fit");
    let words = [
        "orders.db: writing failed",
        "the file has reached its limit",
        "make room",
    ];
    says(&error, StoreErrorKind::Full, &words);

    let words = [
        "a write of this transaction failed; roll it back",
        "reached its limit",
    ];
    let late = store
        .apply(vec![Write::Clock(Millis::new(99))])
        .unwrap_err();
    says(&late, StoreErrorKind::Io, &words);
    let late = store.commit().unwrap_err();
    says(&late, StoreErrorKind::Io, &words);
    assert_eq!(large.count(&store), kept, "nothing of the step is seen");

    store
        .apply(vec![Write::RemoveListeners("book:1".into())])
        .unwrap();
    store.commit().unwrap();
    drop(store);
    let mut store = open(&path).unwrap();
    assert_eq!(large.count(&store), kept);
    large.run(&mut store, kept + 1).unwrap();
}

#[test]
fn a_write_that_could_not_be_read_back_is_refused() {
    let (_folder, path) = place();
    let mut store = open(&path).unwrap();
    STEPS.run(&mut store, 1).unwrap();
    store.apply(vec![Write::Clock(Millis::new(-1))]).unwrap();
    let error = store.commit().unwrap_err();
    let words = ["table clock", "column now cannot hold -1"];
    says(&error, StoreErrorKind::Corrupt, &words);
    assert_eq!(STEPS.count(&store), 1, "the transaction is given up");
    STEPS.run(&mut store, 2).unwrap();
}

#[test]
fn the_clock_is_kept_with_its_commit_and_falls_back_with_a_rollback() {
    let (_folder, path) = place();
    let mut store = open(&path).unwrap();
    assert_eq!(store.clock().unwrap(), Millis::ZERO);
    store.apply(vec![Write::Clock(Millis::new(5))]).unwrap();
    assert_eq!(store.clock().unwrap(), Millis::new(5), "seen at once");
    store.rollback();
    assert_eq!(store.clock().unwrap(), Millis::ZERO);
    store.apply(vec![Write::Clock(Millis::new(6))]).unwrap();
    store.apply(vec![Write::Clock(Millis::new(7))]).unwrap();
    store.commit().unwrap();
    store.apply(vec![Write::Clock(Millis::new(8))]).unwrap();
    drop(store);
    assert_eq!(open(&path).unwrap().clock().unwrap(), Millis::new(7));
}

/// Runs ten steps on a store that fails once, and opens it anew after the failure.
#[track_caller]
fn survives<S: Store>(inner: S, fault: Fault) {
    let mut store = FailingStore::new(inner, fault);
    let mut kept = 0;
    while kept < 10 && STEPS.run(&mut store, kept + 1).is_ok() {
        kept += 1;
    }
    assert!(store.has_failed(), "{fault:?}");
    if let Fault::Commit(_) | Fault::CommitKept(_) = fault {
        let refused = store.clock().unwrap_err();
        assert_eq!(refused.kind(), StoreErrorKind::Poisoned, "{fault:?}");
    }
    let mut store = store.reopen();
    let extra = i64::from(matches!(fault, Fault::CommitKept(_)));
    assert_eq!(STEPS.count(&store), kept + extra, "{fault:?}");
    for number in kept + extra + 1..=12 {
        STEPS.run(&mut store, number).unwrap();
    }
    assert_eq!(STEPS.count(&store), 12, "{fault:?}");
}

#[test]
fn a_failure_at_any_call_leaves_whole_steps() {
    for at in 0..10 {
        for fault in [Fault::Apply(at), Fault::Commit(at), Fault::CommitKept(at)] {
            let (_folder, path) = place();
            survives(open(&path).unwrap(), fault);
            survives(ModelStore::default(), fault);
        }
    }
}
