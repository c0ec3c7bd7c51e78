//! What the random scripts reach: every planted bug, and the cells of the transition tables.
#![expect(
    clippy::print_stdout,
    reason = "the table of cells is what one runs this for"
)]

use resonate_core::store::MemoryStore;
use support::machine::Bug;
use support::twin::{Hosted, Machine, Plan, run};

/// Within how many steps a planted bug has to show.
const STEPS_PER_BUG: usize = 100_000;

fn engine() -> impl Machine {
    Hosted::new(MemoryStore::default(), |store| store)
}

#[test]
fn the_scripts_notice_every_planted_bug() {
    let mut missed = Vec::new();
    for bug in Bug::ALL {
        let plan = Plan {
            bug: Some(*bug),
            ..Plan::new(STEPS_PER_BUG)
        };
        let run = run(plan, engine);
        println!("{bug:?} after {} steps", run.steps);
        if run.divergence.is_none() {
            missed.push(*bug);
        }
    }
    assert!(missed.is_empty(), "{missed:?} went unnoticed");
}

#[test]
fn the_scripts_come_to_the_cells_of_the_tables() {
    let run = run(Plan::new(100_000), engine);
    println!("{}", run.reach.table());
    println!("{} cells", run.reach.cells.len());
    assert!(run.divergence.is_none());
    assert!(run.reach.cells.len() > 100);
}
