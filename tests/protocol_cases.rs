//! The numbered cases of the protocol (§8.2–§8.6) on the model, so that it can be trusted to
//! judge the engine, and on the engine.

use resonate_core::Millis;
use resonate_core::store::MemoryStore;
use support::engine::{message_words, read_request, words};
use support::twin::{Hosted, Machine, Transacted};

/// Cases in the language of [`support::engine::check`], begun by a line `case NAME`.
const CASES: [&str; 3] = [
    include_str!("cases/promises.txt"),
    include_str!("cases/tasks.txt"),
    include_str!("cases/searches.txt"),
];

/// Every case: its name and its lines.
fn cases() -> Vec<(&'static str, Vec<&'static str>)> {
    let mut cases: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in CASES.iter().flat_map(|text| text.lines()) {
        if let Some(name) = line.strip_prefix("case ") {
            cases.push((name, Vec::new()));
        } else if let (Some((_, lines)), true) = (cases.last_mut(), line.starts_with('@')) {
            lines.push(line);
        }
    }
    cases
}

/// Plays a case.
///
/// # Errors
/// The line that goes wrong, and how.
fn play(machine: &mut impl Machine, lines: &[&str]) -> Result<(), String> {
    let mut now = Millis::ZERO;
    for line in lines {
        let columns: Vec<_> = line.split('|').map(str::trim).collect();
        let [step, answer, messages] = columns[..] else {
            return Err(format!(
                "{line}: a step, an answer and messages are expected"
            ));
        };
        let (at, what) = step.split_once(' ').unwrap_or_default();
        let at = Millis::new(at.trim_start_matches('@').parse().unwrap_or_default());
        let mut answered = Vec::new();
        if what == "tick" {
            machine.tick(at);
        } else {
            answered = words(&machine.handle(at, &read_request(what)));
        }
        let mut sent: Vec<_> = machine.commit().iter().map(message_words).collect();
        sent.sort_unstable();
        let holds = |word: &str| match word.strip_prefix('-') {
            Some(absent) => !answered.iter().any(|word| word.starts_with(absent)),
            None => answered.iter().any(|found| found == word),
        };
        if !answer.split_whitespace().all(holds) || sent.join(", ") != messages {
            return Err(format!("{line}\n  answers {answered:?}\n  sends {sent:?}"));
        }
        now = now.max(at);
        let kept = machine.kept();
        machine.check(now, &kept)?;
    }
    Ok(())
}

fn failures<M: Machine>(fresh: impl Fn() -> M) -> Vec<String> {
    let cases = cases();
    assert!(cases.len() >= 90, "only {} cases were read", cases.len());
    let played = cases
        .iter()
        .map(|(name, lines)| (name, play(&mut fresh(), lines)));
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
