//! The numbered cases of the protocol (§8.2–§8.6), as scripts that a person reads.

use resonate_core::store::MemoryStore;
use support::cases::{cases, play};
use support::twin::{Hosted, Machine, Transacted};

fn failures<M: Machine>(fresh: impl Fn() -> M) -> Vec<String> {
    let cases = cases();
    let played = cases.iter().map(|case| {
        let exactly = |_: &M, expected: &[String], sent: &[String]| expected == sent;
        (case.name, play(&mut fresh(), &case.lines, exactly))
    });
    let failed = played.filter_map(|(name, result)| Some((name, result.err()?)));
    failed
        .map(|(name, why)| format!("case {name}: {why}"))
        .collect()
}

#[test]
fn the_model_answers_every_case_of_the_protocol() {
    let failures = failures(Transacted::default);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn the_engine_answers_every_case_of_the_protocol() {
    let failures = failures(|| Hosted::new(MemoryStore::default(), |store| store));
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
