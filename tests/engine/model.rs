//! The engine beside an independent model: random requests, ticks and leaps of the clock.
//!
//! `SEED=… STEPS=… cargo test -p tests --test engine model` repeats or prolongs a run.
#![allow(clippy::unwrap_used)]
#![expect(
    clippy::print_stdout,
    reason = "the cells that were hit, with --nocapture"
)]

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

use resonate_core::store::{MemoryStore, SqliteOptions, SqliteStore, Store, Synchronous, Write};
use support::twin::{Commits, Hosted, Machine, Plan, agree};
use tempfile::TempDir;

/// Per change, with the engine's own properties checked after every step: an unoptimized build
/// does it in about a minute of one core.
const STEPS: usize = 600_000;
/// Per change, with more than one step to a commit; half a minute.
const STEPS_IN_TRANSACTIONS: usize = 400_000;
/// Per change, on a file, where a step takes three times as long.
const STEPS_ON_DISK: usize = 200_000;

fn in_memory() -> impl Machine {
    Hosted::new(MemoryStore::default(), |store| store)
}

#[test]
fn the_engine_in_memory_does_what_the_model_does() {
    let run = agree(Plan::new(STEPS), in_memory);
    println!("{}", run.reach.table());
    if run.steps >= STEPS {
        let gaps = run.reach.gaps();
        assert!(gaps.is_empty(), "{}", gaps.join("\n"));
    }
}

#[test]
fn the_engine_in_memory_does_so_in_transactions_that_are_kept_or_given_up() {
    let commits = Commits::OnDemand;
    agree(
        Plan {
            commits,
            ..Plan::new(STEPS_IN_TRANSACTIONS)
        },
        in_memory,
    );
}

/// Files in a folder that is removed with them. A file is used again and again: to make one takes
/// longer than an episode on it.
struct Files {
    folder: TempDir,
    idle: Rc<RefCell<Vec<SqliteStore>>>,
}

impl Files {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            idle: Rc::default(),
        }
    }

    /// The engine on an empty file.
    fn machine(&self) -> impl Machine + use<> {
        let idle = Rc::clone(&self.idle);
        let used = idle.borrow_mut().pop();
        let store = used.map_or_else(|| self.make(), emptied);
        let reopen = |store: SqliteStore| {
            let path = store.path().to_owned();
            drop(store);
            open(&path)
        };
        Hosted::new(store, reopen).retiring(move |store| idle.borrow_mut().push(store))
    }

    fn make(&self) -> SqliteStore {
        let files = self.folder.path().read_dir().unwrap().count();
        open(&self.folder.path().join(format!("{files}.db")))
    }
}

fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(SqliteOptions::new(path).synchronous(Synchronous::Normal)).unwrap()
}

fn emptied(mut store: SqliteStore) -> SqliteStore {
    store.rollback();
    store.apply(vec![Write::Reset]).unwrap();
    store.commit().unwrap();
    store
}

#[test]
fn the_engine_on_disk_does_what_the_model_does() {
    let files = Files::new();
    agree(Plan::new(STEPS_ON_DISK / 2), || files.machine());
}

#[test]
fn the_engine_on_disk_does_so_in_transactions_that_are_kept_or_given_up() {
    let files = Files::new();
    let plan = Plan {
        commits: Commits::OnDemand,
        ..Plan::new(STEPS_ON_DISK / 2)
    };
    agree(plan, || files.machine());
}
