//! The engine beside an independent model: random requests, ticks and leaps of the clock.
//!
//! `SEED=… STEPS=… cargo test -p tests --test engine_model` repeats or prolongs a run.

use resonate_core::store::MemoryStore;
use support::twin::{Committing, agree, setting};

/// How many steps fit into 40 seconds of an unoptimized build on one core.
const STEPS: u64 = 100_000;

fn settings(steps: u64) -> (u64, usize) {
    let steps = setting("STEPS", steps);
    (setting("SEED", 1), usize::try_from(steps).unwrap())
}

#[test]
fn the_engine_in_memory_does_what_the_model_does() {
    agree(settings(STEPS), || Committing::new(MemoryStore::default()));
}
