//! What was measured, for people and for programs.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::rounds::{Measured, Spread};
use crate::system::System;

/// Shows a case: a line for each figure, a column for each system, and how many times better ours
/// is.
pub fn show(measured: &Measured) {
    println!("{}", measured.case);
    if measured.systems.len() > 1 {
        line("", measured, |system| {
            Some(match system {
                System::Ours => system.name().to_owned(),
                System::Peer(peer) => format!("{} | how many times better ours is", peer.name),
            })
        });
    }
    for figure in figures(measured) {
        line(&figure.replace('_', " "), measured, |system| {
            let spread = measured.spread(system, &figure)?;
            let better = better(measured, system, &figure);
            let better = better.map_or_else(String::new, |it| format!(" | {it}"));
            Some(format!("{spread}{better}"))
        });
    }
    println!();
}

fn line(title: &str, measured: &Measured, cell: impl Fn(System) -> Option<String>) {
    let cells = measured
        .systems
        .iter()
        .map(|(system, _)| cell(*system).unwrap_or_default());
    let cells: Vec<_> = cells.map(|cell| format!("{cell:<30}")).collect();
    println!(
        "{}",
        format!("  {title:<28}{}", cells.join("  ")).trim_end()
    );
}

/// The same as one line of JSON.
pub fn json(measured: &Measured) -> Value {
    let mut systems = Map::new();
    for (system, rounds) in &measured.systems {
        let mut shown = Map::new();
        for figure in figures(measured) {
            if let Some(spread) = measured.spread(*system, &figure) {
                let mut value = numbers(spread);
                if let Some(better) = better(measured, *system, &figure) {
                    value["times_better"] = numbers(better);
                }
                shown.insert(figure, value);
            }
        }
        let failed = rounds.iter().filter(|round| round.is_none()).count();
        let system_shown = json!({ "figures": shown, "failed": failed });
        systems.insert(system.name().to_owned(), system_shown);
    }
    let rounds = measured
        .systems
        .first()
        .map_or(0, |(_, rounds)| rounds.len());
    let case = &measured.case;
    json!({
        "scenario": case.scenario, "store": case.store, "n": case.n, "rounds": rounds,
        "systems": systems,
    })
}

pub fn numbers(spread: Spread) -> Value {
    json!({ "median": spread.median, "least": spread.least, "most": spread.most })
}

fn figures(measured: &Measured) -> BTreeSet<String> {
    let rounds = measured.systems.iter().flat_map(|(_, rounds)| rounds);
    let names = rounds.flatten().flat_map(|figures| figures.keys().cloned());
    names.collect()
}

/// How many times better ours is; counts are neither.
fn better(measured: &Measured, than: System, figure: &str) -> Option<Spread> {
    let System::Peer(_) = than else {
        return None;
    };
    let ratio = measured.ratio(figure, (measured, than, figure))?;
    match figure {
        "steps" | "workflows" | "seconds" => None,
        "steps_per_s" | "workflows_per_s" => Some(ratio),
        _ => Some(ratio.inverse()),
    }
}
