//! The numbered cases of the protocol (§8.2–§8.6), and how they are played on a machine.

use resonate_core::Millis;

use crate::engine::{message_words, read_request, words};
use crate::twin::Machine;

/// Cases in the language of [`crate::engine::check`], begun by a line `case NAME`, and a line
/// `differs HOW` where other servers are known to.
const CASES: [&str; 3] = [
    include_str!("../cases/promises.txt"),
    include_str!("../cases/tasks.txt"),
    include_str!("../cases/searches.txt"),
];

/// A case.
#[derive(Debug)]
pub struct Case {
    /// Its number, or what it is about.
    pub name: &'static str,
    /// How servers of other generations are known to differ in it, if they do.
    pub differs: Option<&'static str>,
    /// What is asked, answered and sent.
    pub lines: Vec<&'static str>,
}

/// Every case.
///
/// # Panics
/// When fewer are read than there are.
#[must_use]
pub fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for line in CASES.iter().flat_map(|text| text.lines()) {
        if let Some(name) = line.strip_prefix("case ") {
            cases.push(Case {
                name,
                differs: None,
                lines: Vec::new(),
            });
        } else if let Some(case) = cases.last_mut() {
            if let Some(how) = line.strip_prefix("differs ") {
                case.differs = Some(how);
            } else if line.starts_with('@') {
                case.lines.push(line);
            }
        }
    }
    assert!(cases.len() >= 90, "only {} cases were read", cases.len());
    cases
}

/// Plays a case on a machine. `hears` says whether it said what was expected: both are sorted.
///
/// # Errors
/// The line that goes wrong, and how.
pub fn play<M: Machine>(
    machine: &mut M,
    lines: &[&str],
    hears: impl Fn(&M, &[String], &[String]) -> bool,
) -> Result<(), String> {
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
        now = now.max(at);
        let mut answered = Vec::new();
        if what == "tick" {
            machine.tick(at);
        } else {
            answered = words(&machine.handle(at, &read_request(what)));
        }
        let mut sent: Vec<_> = machine.commit().iter().map(message_words).collect();
        sent.sort_unstable();
        let expected: Vec<String> = messages
            .split(", ")
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
            .collect();
        let holds = |word: &str| match word.strip_prefix('-') {
            Some(absent) => !answered.iter().any(|word| word.starts_with(absent)),
            None => answered.iter().any(|found| found == word),
        };
        if !answer.split_whitespace().all(holds) || !hears(machine, &expected, &sent) {
            return Err(format!("{line}\n  answers {answered:?}\n  sends {sent:?}"));
        }
        let kept = machine.kept();
        machine.check(now, &kept)?;
    }
    Ok(())
}
