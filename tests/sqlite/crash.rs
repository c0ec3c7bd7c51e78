//! The power is cut at every point of a workload, and the file is opened again.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use resonate_core::store::{SqliteOptions, SqliteStore, Synchronous};
use support::power::Disk;
use support::random::{Random, seeds};
use support::workload::Workload;
use tempfile::TempDir;

/// Large enough that the log is moved into the file and begun anew several times.
const STEPS: Workload = Workload {
    payload_bytes: 60_000,
};
const LAST: i64 = 150;

/// A store at work, and the images of its disk that are opened beside it.
struct Bench {
    folder: TempDir,
    store: SqliteStore,
    images: usize,
}

impl Bench {
    fn new(synchronous: Synchronous) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteOptions::new(folder.path().join("orders.db"));
        Self {
            store: SqliteStore::open(options.synchronous(synchronous)).unwrap(),
            folder,
            images: 0,
        }
    }

    fn disk(&self) -> Disk {
        // Reading the file lets go of SQLite's own lock on it, which nobody else wants here.
        Disk::read(self.store.path()).unwrap()
    }

    /// Opens the image and counts the whole steps in it.
    #[track_caller]
    fn count(&mut self, image: &Disk) -> i64 {
        self.images += 1;
        let path = self.folder.path().join(format!("{}.db", self.images));
        image.write(&path).unwrap();
        let options = SqliteOptions::new(&path).synchronous(Synchronous::Normal);
        let store = SqliteStore::open(options).unwrap();
        let steps = STEPS.count(&store);
        store.verify().unwrap();
        drop(store);
        remove(&path);
        steps
    }
}

fn remove(path: &Path) {
    let lock = PathBuf::from(format!("{}.lock", path.display()));
    std::fs::remove_file(path).unwrap();
    std::fs::remove_file(lock).unwrap();
}

#[test]
fn whatever_the_disk_had_written_no_acknowledged_step_is_missing_and_none_is_half_there() {
    for seed in seeds(1) {
        let mut random = Random::new(seed);
        let mut bench = Bench::new(Synchronous::Full);
        let (mut restarts, mut checkpoints) = (0, 0);
        let mut before = bench.disk();
        for number in 1..=LAST {
            STEPS.run(&mut bench.store, number).unwrap();
            let after = bench.disk();
            let said = format!("SEED={seed}, step {number}");

            let cuts = if before.restarts_log(&after) { 8 } else { 1 };
            restarts += usize::from(before.restarts_log(&after));
            for _ in 0..cuts {
                let found = bench.count(&before.cut_in_commit(&after, &mut random));
                let allowed = [number - 1, number];
                assert!(allowed.contains(&found), "{said}: {found} in the commit");
            }
            if before.file != after.file {
                checkpoints += 1;
                for _ in 0..8 {
                    let found = bench.count(&before.cut_in_checkpoint(&after, &mut random));
                    assert_eq!(found, number, "{said}: in the checkpoint");
                }
            }
            if number % 3 == 0 {
                assert_eq!(bench.count(&after), number, "{said}: after the commit");
            }
            before = after;
        }
        assert!(bench.images >= 200, "{} images", bench.images);
        assert!(
            restarts >= 3 && checkpoints >= 2,
            "{restarts} {checkpoints}"
        );
    }
}

#[test]
fn a_log_that_is_cut_off_anywhere_gives_back_a_first_part_of_the_steps() {
    for seed in seeds(1) {
        let mut random = Random::new(seed);
        let mut bench = Bench::new(Synchronous::Normal);
        let (mut in_file, mut synced) = (0, 0);
        let mut before = bench.disk();
        for number in 1..=LAST {
            STEPS.run(&mut bench.store, number).unwrap();
            let disk = bench.disk();
            synced = before.synced_later(&disk, synced);
            before = disk.clone();
            let said = format!("SEED={seed}, step {number}");
            if number % 4 == 0 {
                let without_log = Disk {
                    log: Vec::new(),
                    ..disk.clone()
                };
                let found = bench.count(&without_log);
                assert!(
                    (in_file..=number).contains(&found),
                    "{said}: {found}, no log"
                );
                in_file = found;
            }
            let found = bench.count(&disk.cut_off(synced, &mut random));
            assert!((in_file..=number).contains(&found), "{said}: {found}");
        }
        assert!(in_file > 0, "the log was moved into the file");
        assert!(bench.images >= 150, "{} images", bench.images);
    }
}

#[test]
fn a_step_that_was_not_committed_is_nowhere_on_the_disk() {
    use resonate_core::store::Store;
    let mut bench = Bench::new(Synchronous::Full);
    for number in 1..=5 {
        STEPS.run(&mut bench.store, number).unwrap();
    }
    for number in 6..=40 {
        bench.store.apply(STEPS.step(number)).unwrap();
        let disk = bench.disk();
        assert_eq!(bench.count(&disk), 5, "step {number} is open");
    }
}
