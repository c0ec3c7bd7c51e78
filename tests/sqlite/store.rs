//! The store in a file against the reference model.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use resonate_core::store::{SqliteOptions, SqliteStore, Store, Synchronous, View, Write};
use resonate_core::{Millis, PromiseId, ScheduleId, Value};
use support::model::{Contents, ModelStore};
use support::random::{NAMES, Random, instant, name, seeds, write};
use support::workload::Workload;

/// One store and the model of it.
struct Pair {
    options: SqliteOptions,
    store: Option<SqliteStore>,
    model: ModelStore,
    said: String,
}

impl Pair {
    fn open(options: SqliteOptions, said: String) -> Self {
        Self {
            store: Some(SqliteStore::open(options.clone()).unwrap()),
            options,
            model: ModelStore::default(),
            said,
        }
    }

    fn store(&mut self) -> &mut SqliteStore {
        self.store.as_mut().unwrap()
    }

    /// A few writes at once, and now and then the end of the transaction or of the store.
    fn step(&mut self, random: &mut Random) {
        let mut planned = self.model.seen.clone();
        let writes: Vec<_> = (0..random.below(5))
            .map(|_| {
                let write = write(random, &planned);
                planned.write(write.clone());
                write
            })
            .collect();
        self.store().apply(writes.clone()).unwrap();
        self.model.apply(writes).unwrap();
        match random.below(20) {
            0..=6 => {
                self.store().commit().unwrap();
                self.model.commit().unwrap();
            }
            7..=9 => {
                self.store().rollback();
                self.model.rollback();
            }
            10 => self.reopen(),
            _ => {}
        }
    }

    /// Opens the file anew; what was not committed is gone.
    fn reopen(&mut self) {
        drop(self.store.take());
        self.store = Some(SqliteStore::open(self.options.clone()).unwrap());
        self.model.rollback();
    }

    /// Every list and every lookup, with the answers of both.
    fn compare(&mut self, random: &mut Random) {
        let limit = *random.pick(&[0, 1, 2, 3, 1000, usize::MAX]);
        let (one, now) = (name(random), instant(random));
        let cursor = random.chance(70).then_some(&*one);
        let branch = *random.pick(&NAMES);
        let promise = PromiseId::from(&*one);
        let schedule = ScheduleId::from(&*one);
        self.agree(|view| view.promise(&promise).unwrap());
        self.agree(|view| view.schedule(&schedule).unwrap());
        self.agree(|view| view.edges_to(&promise).unwrap());
        self.agree(|view| view.edges_of(&promise).unwrap());
        self.agree(|view| view.listeners(&promise).unwrap());
        self.agree(|view| view.branch(branch, limit).unwrap());
        self.agree(|view| view.promises_after(cursor, limit).unwrap());
        self.agree(|view| view.schedules_after(cursor, limit).unwrap());
        let cursor = random
            .chance(70)
            .then(|| (instant(random), promise.clone()));
        self.agree(|view| view.roots_after(cursor.as_ref(), limit).unwrap());
        self.agree(|view| view.descendants(&promise).unwrap());
        self.agree(|view| view.due(now, limit).unwrap());
        self.agree(|view| view.due(Millis::MAX, usize::MAX).unwrap());
        self.agree(|view| view.next_due().unwrap());
        self.agree(|view| view.clock().unwrap());
    }

    #[track_caller]
    fn agree<T: PartialEq + std::fmt::Debug>(&self, read: impl Fn(&dyn View) -> T) {
        let store: &dyn View = self.store.as_ref().unwrap();
        assert_eq!(read(store), read(&self.model), "{}", self.said);
    }
}

#[test]
fn every_read_equals_that_of_the_model_after_any_writes() {
    let folder = tempfile::tempdir().unwrap();
    for seed in seeds(40) {
        let options = SqliteOptions::new(folder.path().join(format!("{seed}.db")));
        let options = options.synchronous(Synchronous::Normal);
        let mut pair = Pair::open(options, String::new());
        let mut random = Random::new(seed);
        for step in 0..150 {
            pair.said = format!("SEED={seed}, step {step}");
            pair.step(&mut random);
            pair.compare(&mut random);
        }
        pair.store().commit().unwrap();
        pair.model.commit().unwrap();
        pair.reopen();
        pair.agree(|view| Contents::of(view));
        pair.store().verify().unwrap();
    }
}

/// A store remembers some of what it read and wrote: no read may tell.
#[test]
fn more_promises_than_are_remembered_and_large_ones_are_read_as_they_were_written() {
    let folder = tempfile::tempdir().unwrap();
    let options = SqliteOptions::new(folder.path().join("orders.db"));
    let options = options.synchronous(Synchronous::Normal);
    let mut pair = Pair::open(options, String::new());
    let mut random = Random::new(3);
    let steps = Workload { payload_bytes: 20 };
    for number in 1..=1_500 {
        pair.store().apply(steps.step(number)).unwrap();
        pair.model.apply(steps.step(number)).unwrap();
    }
    let ids: Vec<PromiseId> = (1..=1_500).map(|n| format!("book:{n}").into()).collect();
    for round in 0..1_000 {
        let id = random.pick(&ids).clone();
        pair.said = format!("round {round}, {id}");
        pair.agree(|view| view.promise(&id).unwrap());
        let mut promise = pair.model.promise(&id).unwrap().unwrap();
        let bytes = *random.pick(&[10, 4_000, 5_000, 100_000]);
        Arc::make_mut(&mut promise.record).value = Value::of("x".repeat(bytes));
        let write = Write::Promise(promise);
        pair.store().apply(vec![write.clone()]).unwrap();
        pair.model.apply(vec![write]).unwrap();
        pair.agree(|view| view.promise(&id).unwrap());
    }
    pair.agree(|view| Contents::of(view));
}

#[test]
fn what_was_not_committed_is_gone_after_the_store_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let options = SqliteOptions::new(folder.path().join("orders.db"));
    let mut pair = Pair::open(options, "closing".to_owned());
    let mut random = Random::new(1);
    for _ in 0..20 {
        let write = write(&mut random, &pair.model.seen);
        pair.store().apply(vec![write.clone()]).unwrap();
        pair.model.apply(vec![write]).unwrap();
    }
    pair.reopen();
    pair.agree(|view| Contents::of(view));
    pair.agree(|view| view.clock().unwrap());
}

#[test]
fn committing_and_rolling_back_without_writes_does_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.db");
    let mut store = SqliteStore::open(SqliteOptions::new(&path)).unwrap();
    store.commit().unwrap();
    store.rollback();
    store.apply(Vec::new()).unwrap();
    store.commit().unwrap();
    assert_eq!(Contents::of(&store), Contents::default());
}

#[test]
fn a_store_says_what_it_is_and_what_an_acknowledgement_means() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().canonicalize().unwrap().join("orders.db");
    for (mode, meaning) in [
        (
            Synchronous::Full,
            "synchronous=FULL: an acknowledgement survives power loss",
        ),
        (
            Synchronous::Normal,
            "synchronous=NORMAL: an acknowledgement survives the death of the process, \
             not a power loss",
        ),
    ] {
        let store = SqliteStore::open(SqliteOptions::new(&path).synchronous(mode)).unwrap();
        let version = rusqlite::version();
        let expected = format!("SQLite {version} at {} (WAL, {meaning})", path.display());
        assert_eq!(store.describe(), expected);
        assert!(store.blocks());
        assert_eq!(store.path(), path);
    }
}

#[test]
fn the_log_is_emptied_at_the_close_and_stays_bounded_before() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.db");
    let log = folder.path().join("orders.db-wal");
    let options = SqliteOptions::new(&path).synchronous(Synchronous::Normal);
    let mut pair = Pair::open(options, "bounded log".to_owned());
    let mut random = Random::new(2);
    let mut longest = 0;
    for _ in 0..2000 {
        let write = write(&mut random, &pair.model.seen);
        pair.model.apply(vec![write.clone()]).unwrap();
        pair.store().apply(vec![write]).unwrap();
        pair.store().commit().unwrap();
        longest = longest.max(std::fs::metadata(&log).unwrap().len());
    }
    assert!(longest > 1 << 20, "the log was used: {longest} bytes");
    assert!(longest < 8 << 20, "the log grew to {longest} bytes");
    drop(pair.store.take());
    assert!(!log.exists(), "nothing is left in the log");
}

#[test]
fn a_store_can_be_moved_to_another_thread() {
    fn sendable<T: Send>() {}
    sendable::<SqliteStore>();
}
