//! What the random scripts reach: every planted bug, and the cells of the transition tables.
#![expect(
    clippy::print_stdout,
    reason = "the table of cells is what one runs this for"
)]

use resonate_core::store::MemoryStore;
use support::machine::Bug;
use support::twin::{Hosted, Machine, Plan, run};

/// Within how many steps a planted bug has to show.
const STEPS_PER_BUG: usize = 30_000;

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
