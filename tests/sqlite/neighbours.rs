//! Other connections to the store's file: many that want its lock, and one that reads for long.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use resonate_core::store::{SqliteOptions, SqliteStore, Synchronous};
use rusqlite::Connection;
use support::workload::Workload;

const WRITERS: usize = 16;
/// Nobody gives up waiting, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(3600);
const MEBIBYTE: u64 = 1 << 20;

fn open(path: &Path) -> SqliteStore {
    let options = SqliteOptions::new(path).busy_timeout(PATIENCE);
    SqliteStore::open(options.synchronous(Synchronous::Normal)).unwrap()
}

fn neighbour(path: &Path) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection.busy_timeout(PATIENCE).unwrap();
    connection
}

#[test]
fn the_store_and_sixteen_others_take_turns_at_the_lock() {
    const STEPS: Workload = Workload { payload_bytes: 100 };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.db");
    let mut store = open(&path);
    let (begun, done) = (Barrier::new(WRITERS + 1), AtomicBool::new(false));
    let turns: usize = std::thread::scope(|scope| {
        let turns = || {
            let other = neighbour(&path);
            begun.wait();
            let mut turns = 0;
            while turns == 0 || !done.load(Ordering::Relaxed) {
                // A write that leaves everything as it is.
                let write = "BEGIN IMMEDIATE; UPDATE clock SET now = now; COMMIT";
                other.execute_batch(write).unwrap();
                turns += 1;
            }
            turns
        };
        let others: Vec<_> = (0..WRITERS).map(|_| scope.spawn(turns)).collect();
        begun.wait();
        for number in 1..=20 {
            STEPS.run(&mut store, number).unwrap();
        }
        done.store(true, Ordering::Relaxed);
        others.into_iter().map(|it| it.join().unwrap()).sum()
    });
    assert!(turns >= WRITERS);
    assert_eq!(STEPS.count(&store), 20);
    drop(store);
    let store = open(&path);
    assert_eq!(STEPS.count(&store), 20);
    store.verify().unwrap();
}

#[test]
fn a_reader_that_stays_lets_the_log_grow_and_its_end_lets_it_shrink() {
    const STEPS: Workload = Workload {
        payload_bytes: 200_000,
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.db");
    let log = || {
        folder
            .path()
            .join("orders.db-wal")
            .metadata()
            .unwrap()
            .len()
    };
    let mut store = open(&path);
    STEPS.run(&mut store, 1).unwrap();
    let reader = neighbour(&path);
    reader.execute_batch("BEGIN").unwrap();
    let count = "SELECT count(*) FROM promises";
    let seen = || reader.query_row(count, (), |row| row.get::<_, i64>(0));
    let at_first = seen().unwrap();
    // Nothing can leave the log while the reader stands at its beginning; nobody waits for that.
    let mut number = 1;
    while log() <= 70 * MEBIBYTE {
        number += 1;
        STEPS.run(&mut store, number).unwrap();
    }
    assert_eq!(STEPS.count(&store), number);
    assert_eq!(seen().unwrap(), at_first);
    reader.execute_batch("COMMIT").unwrap();
    for _ in 0..3 {
        number += 1;
        STEPS.run(&mut store, number).unwrap();
    }
    assert!(log() <= 64 * MEBIBYTE, "{} bytes are left", log());
    let before = log();
    for _ in 0..40 {
        number += 1;
        STEPS.run(&mut store, number).unwrap();
    }
    assert!(log() <= before, "the log begins anew");
    assert_eq!(STEPS.count(&store), number);
}
