//! What the random scripts reach: every planted bug, and the cells of the transition tables.
#![expect(
    clippy::print_stdout,
    reason = "the table of cells is what one runs this for"
)]

use resonate_core::store::MemoryStore;
use support::machine::Bug;
use support::twin::{Committing, run, setting};

/// Within how many steps a planted bug has to show.
const STEPS_PER_BUG: usize = 20_000;

#[test]
fn the_scripts_notice_every_planted_bug() {
    let seed = setting("SEED", 1);
    let mut missed = Vec::new();
    for bug in Bug::ALL {
        let fresh = || Committing::new(MemoryStore::default());
        let run = run((seed, STEPS_PER_BUG), Some(*bug), fresh);
        println!("{bug:?} after {} steps", run.steps);
        if run.divergence.is_none() {
            missed.push(*bug);
        }
    }
    assert!(missed.is_empty(), "{missed:?} went unnoticed, SEED={seed}");
}

#[test]
fn the_scripts_come_to_the_cells_of_the_tables() {
    let fresh = || Committing::new(MemoryStore::default());
    let run = run((setting("SEED", 1), 50_000), None, fresh);
    println!("{}", run.reach.table());
    println!("{} cells", run.reach.cells.len());
    assert!(run.divergence.is_none());
    assert!(run.reach.cells.len() > 100);
}
