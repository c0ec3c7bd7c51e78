//! What this project holds itself to. Each goal compares figures of the same round, so that it says
//! the same on a fast machine and on a busy one.

use std::time::Duration;

use resonate::prelude::Result;
use serde_json::json;

use crate::report::numbers;
use crate::rounds::{self, Measured, Spread};
use crate::scenario::{Case, NO_STORE};
use crate::system::System;

/// A bound on a figure, or on its ratio to another.
struct Goal {
    scenario: &'static str,
    store: &'static str,
    n: u64,
    figure: &'static str,
    to: To,
    bound: Bound,
}

/// What a figure is put in relation to.
enum To {
    /// A number.
    Nothing,
    /// The same figure of a peer.
    Peer(&'static str),
    /// What SQLite alone does.
    Limit(&'static str),
}

enum Bound {
    Least(f64),
    Most(f64),
}

use Bound::{Least, Most};

const fn goal(
    (scenario, store, n): (&'static str, &'static str, u64),
    figure: &'static str,
    to: To,
    bound: Bound,
) -> Goal {
    Goal {
        scenario,
        store,
        n,
        figure,
        to,
        bound,
    }
}

const OFFICIAL: &str = "official-rust";

/// The store that stands for the URL that was given.
const SERVER: &str = "http";

#[rustfmt::skip]
const GOALS: [Goal; 21] = [
    goal(("seq", "memory", 100), "steps_per_s", To::Peer(OFFICIAL), Least(20.0)),
    goal(("seq", "memory", 1_000), "steps_per_s", To::Peer(OFFICIAL), Least(100.0)),
    goal(("seq", "memory", 10_000), "last_to_first_tenth", To::Nothing, Most(1.2)),
    goal(("seq", "sqlite", 1_000), "steps_per_s", To::Limit("full_commits_per_s"), Least(0.8)),
    goal(("seq", "sqlite", 1_000), "cpu_us_per_step", To::Nothing, Most(300.0)),
    goal(("seq", "sqlite-normal", 1_000), "cpu_us_per_step", To::Nothing, Most(60.0)),
    goal(("fan", "sqlite", 1_000), "steps_per_s", To::Limit("full_commits_per_s"), Least(10.0)),
    goal(("many", "sqlite", 1_000), "steps_per_s", To::Limit("full_commits_per_s"), Least(5.0)),
    goal(("many", "sqlite", 1_000), "steps_per_s", To::Nothing, Least(10_000.0)),
    goal(("replay", "sqlite-normal", 1_000), "cpu_us_per_step", To::Nothing, Most(10.0)),
    goal(("suspended", "sqlite-normal", 10_000), "resident_bytes_per_workflow", To::Nothing, Most(1_374.0)),
    goal(("idle", "memory", 2), "resident_mib", To::Nothing, Most(7.5)),
    goal(("idle", "memory", 2), "requests_per_s", To::Nothing, Most(0.0)),
    goal(("startup", NO_STORE, 10_000), "registry_ms", To::Nothing, Most(5.0)),
    goal(("startup", NO_STORE, 10_000), "lookup_ns", To::Nothing, Most(100.0)),
    goal(("seq", SERVER, 100), "steps_per_s", To::Peer(OFFICIAL), Least(2.5)),
    goal(("seq", SERVER, 1_000), "steps_per_s", To::Peer(OFFICIAL), Least(20.0)),
    goal(("rpc", SERVER, 20), "steps_per_s", To::Peer(OFFICIAL), Least(3.0)),
    goal(("many", SERVER, 200), "steps_per_s", To::Peer(OFFICIAL), Least(1.5)),
    goal(("resume", SERVER, 1_000), "resume_cpu_ms", To::Peer(OFFICIAL), Most(0.34)),
    goal(("idle", SERVER, 2), "requests_per_s", To::Nothing, Most(0.0)),
];

/// Measures what the goals are about, and shows them; those of a server only with its URL.
pub fn run(url: Option<&str>, repeat: usize, limit: Duration, is_json: bool) -> Result<()> {
    let on_server = |goal: &&Goal| goal.store != SERVER || url.is_some();
    let goals: Vec<&Goal> = GOALS.iter().filter(on_server).collect();
    let limits = Case::new("limits", NO_STORE, 1_000);
    let mut plan = vec![(limits, Vec::new())];
    for goal in &goals {
        let (case, peer) = (goal.case(url), goal.peer());
        match plan.iter_mut().find(|(known, _)| *known == case) {
            Some((_, peers)) => peers.extend(peer),
            None => plan.push((case, peer.into_iter().collect())),
        }
    }
    // What is compared with the disk is measured close to it: peers take their time.
    plan.sort_by_key(|(_, peers)| !peers.is_empty());
    let measured = rounds::run(plan, repeat, limit)?;
    let (Some(limits), rest) = (measured.first(), measured.get(1..).unwrap_or_default()) else {
        return Ok(());
    };
    for goal in goals {
        let case = goal.case(url);
        let found = rest.iter().find(|of| of.case == case);
        match found.and_then(|of| goal.reached(of, limits)) {
            Some(reached) => goal.show(&case, reached, is_json),
            None => eprintln!("not measured: {case}: {}", goal.figure),
        }
    }
    Ok(())
}

impl Goal {
    fn case(&self, url: Option<&str>) -> Case {
        let store = url.filter(|_| self.store == SERVER);
        Case::new(self.scenario, store.unwrap_or(self.store), self.n)
    }

    fn peer(&self) -> Option<System> {
        match self.to {
            To::Peer(name) => System::peer(name),
            To::Nothing | To::Limit(_) => None,
        }
    }

    /// What the bound is about.
    fn reached(&self, own: &Measured, limits: &Measured) -> Option<Spread> {
        match self.to {
            To::Nothing => own.spread(System::Ours, self.figure),
            To::Peer(name) => own.ratio(self.figure, (own, System::peer(name)?, self.figure)),
            To::Limit(figure) => own.ratio(self.figure, (limits, System::Ours, figure)),
        }
    }

    fn show(&self, case: &Case, reached: Spread, is_json: bool) {
        let figure = self.figure;
        let to = match self.to {
            To::Nothing => None,
            To::Peer(name) => Some(name),
            To::Limit(figure) => Some(figure),
        };
        let (word, bound, is_met) = match self.bound {
            Least(bound) => ("least", bound, reached.median >= bound),
            Most(bound) => ("most", bound, reached.median <= bound),
        };
        if is_json {
            let line = json!({
                "goal": figure, "scenario": case.scenario, "store": case.store, "n": case.n,
                "relative_to": to, "bound": { word: bound }, "reached": numbers(reached),
                "met": is_met,
            });
            println!("{line}");
        } else {
            let met = if is_met { "met   " } else { "MISSED" };
            let to = to.map_or_else(String::new, |to| format!(", relative to {to}"));
            println!("{met}  {case}: {figure}{to}: {reached}, at {word} {bound}");
        }
    }
}
