//! Whole systems, simulated: workers, an engine and clients in one thread and in virtual time,
//! on a network and machines that fail by the numbers of a seed.
//!
//! `SEED=7` repeats one seed and leaves its trace in `simulation.trace`, in the target folder's `tmp`; `SEEDS=10000` or `SEEDS=500..900` runs more.
#![allow(clippy::unwrap_used)]

mod act;
mod clock;
mod cluster;
mod floor;
mod ground;
mod link;
mod options;
mod plan;
mod run;
mod store;
mod trace;

use std::collections::BTreeMap;

use options::Options;
use run::simulate;

/// Seeds per change.
const SEEDS: u64 = 120;

/// What has to have happened over all seeds, or the seeds say little.
const REACH: [&str; 29] = [
    "answers delayed",
    "answers doubled",
    "answers lost",
    "clock jumps",
    "cold resumes",
    "commits",
    "conflicts",
    "detached calls",
    "engine crashes",
    "failed commits",
    "leaves run",
    "leaves run again",
    "lost leases",
    "messages delayed",
    "messages doubled",
    "messages lost",
    "partitions",
    "records apart",
    "redirects",
    "replays",
    "requests delayed",
    "requests doubled",
    "requests lost",
    "roots finished",
    "suspends",
    "turns",
    "warm resumes",
    "worker crashes",
    "worker shutdowns",
];

fn seeds() -> Vec<u64> {
    let Ok(range) = std::env::var("SEEDS") else {
        return support::random::seeds(SEEDS);
    };
    match range.split_once("..") {
        Some((first, end)) => (first.parse().unwrap()..end.parse().unwrap()).collect(),
        None => (0..range.parse().unwrap()).collect(),
    }
}

#[test]
fn everything_finishes_as_its_plan_says_whatever_went_wrong() {
    let seeds = seeds();
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for seed in &seeds {
        let options = Options::draw(*seed);
        let report = simulate(&options);
        for (what, times) in report.counts {
            *counts.entry(what).or_default() += times;
        }
        if seeds.len() == 1 {
            let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("simulation.trace");
            std::fs::write(path, report.lines.join("\n")).unwrap();
        }
        let findings = report.findings.join("\n");
        assert!(findings.is_empty(), "SEED={seed} {options:?}\n{findings}");
    }
    for what in REACH {
        let reached = counts.get(what).is_some_and(|times| *times > 0);
        assert!(reached || seeds.len() < 50, "no {what}: {counts:#?}");
    }
}

#[test]
fn a_seed_repeats_exactly() {
    for seed in [1, 2, 7] {
        let options = Options::draw(seed);
        let (one, other) = (simulate(&options), simulate(&options));
        let mut pairs = one.lines.iter().zip(&other.lines);
        let differs = pairs.position(|(one, other)| one != other);
        if let Some(at) = differs {
            let before = one.lines[at.saturating_sub(5)..at].join("\n");
            panic!(
                "SEED={seed}: after\n{before}\nonce\n{}\nthen\n{}",
                one.lines[at], other.lines[at]
            );
        }
        assert_eq!(one.lines.len(), other.lines.len(), "SEED={seed}");
    }
}
