//! What was measured, for people and for programs.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::rounds::{Measured, Spread};
use crate::system::System;

/// Shows a case: a line for each figure, a column for each system, and how many times better ours
/// is.
pub fn show(measured: &Measured) {
    println!("{}", measured.case);
    for figure in figures(measured) {
        print!("  {:<28}", words(&figure));
        for (system, _) in &measured.systems {
            let Some(spread) = measured.spread(*system, &figure) else {
                continue;
            };
            match system {
                System::Ours => print!("  {:<32}", spread.to_string()),
                System::Peer(peer) => print!("  {} {spread}", peer.name),
            }
            if let Some(better) = better(measured, *system, &figure) {
                print!(", {better} times better");
            }
        }
        println!();
    }
    println!();
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

fn words(figure: &str) -> String {
    figure.replace('_', " ")
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
