//! Whole scenarios, measured: `cargo run --release --example bench -- --help`.
//!
//! A scenario is run in rounds, each run in a process of its own; median, least and most of every
//! figure are shown. What it can be compared with is run in turn: SQLite alone, which is the
//! scenario `limits`, and the programs in `peers`.

mod counted;
mod functions;
mod goals;
mod here;
mod limits;
mod measure;
mod options;
mod report;
mod rounds;
mod scenario;
mod startup;
mod system;
mod traffic;
mod world;

use options::Options;
use resonate::prelude::{Error, Result};
use system::System;

fn main() -> Result<()> {
    let Some(options) = Options::read()? else {
        println!("{}", options::help());
        return Ok(());
    };
    let Some(cases) = options.cases else {
        let url = options.url.as_deref();
        return goals::run(url, options.repeat, options.limit, options.json);
    };
    if options.here {
        let [case] = cases.as_slice() else {
            return Err(Error::new("--here is for one scenario on one store"));
        };
        let runtime = tokio::runtime::Runtime::new()?;
        let run = here::run(&case.scenario, &case.store, case.n);
        measure::say(runtime.block_on(run)?);
        return Ok(());
    }
    let peers = |case: &_| -> Vec<System> {
        let against = options.against.iter().copied();
        against.filter(|peer| peer.does(case)).collect()
    };
    let plan = cases.into_iter().map(|case| (case.clone(), peers(&case)));
    for measured in rounds::run(plan.collect(), options.repeat, options.limit)? {
        if options.json {
            println!("{}", report::json(&measured));
        } else {
            report::show(&measured);
        }
    }
    Ok(())
}
