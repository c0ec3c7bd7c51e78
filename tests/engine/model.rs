//! The engine beside an independent model: random requests, ticks and leaps of the clock.
//!
//! `SEED=… STEPS=… cargo test -p tests --test engine model` repeats or prolongs a run.
#![allow(clippy::unwrap_used)]
#![expect(
    clippy::print_stdout,
    reason = "the cells that were hit, with --nocapture"
)]

use resonate_core::store::{MemoryStore, SqliteOptions, SqliteStore, Synchronous};
use support::twin::{Commits, Hosted, Machine, Plan, agree};

/// Per change: what an unoptimized build does in 40 seconds of one core, with the engine's own
/// properties checked after every step.
const STEPS: usize = 450_000;
/// Per change, on a file.
const STEPS_ON_DISK: usize = 20_000;

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
            ..Plan::new(STEPS / 6)
        },
        in_memory,
    );
}

/// The engine on a file of its own in a folder that is removed afterwards.
fn on_disk(folder: &tempfile::TempDir) -> impl Machine {
    let files = folder.path().read_dir().unwrap().count();
    let options = SqliteOptions::new(folder.path().join(format!("{files}.db")));
    let options = options.synchronous(Synchronous::Normal);
    let open = move || SqliteStore::open(options.clone()).unwrap();
    Hosted::new(open(), move |store| {
        drop(store);
        open()
    })
}

#[test]
fn the_engine_on_disk_does_what_the_model_does() {
    let folder = tempfile::tempdir().unwrap();
    agree(Plan::new(STEPS_ON_DISK / 2), || on_disk(&folder));
}

#[test]
fn the_engine_on_disk_does_so_in_transactions_that_are_kept_or_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let commits = Commits::OnDemand;
    let plan = Plan {
        commits,
        ..Plan::new(STEPS_ON_DISK / 2)
    };
    agree(plan, || on_disk(&folder));
}
