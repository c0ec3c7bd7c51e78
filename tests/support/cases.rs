//! The numbered cases of the protocol (§8.2–§8.6), and how they are played on a machine.

use resonate_core::Millis;

use crate::script::{self, Action, Line};
use crate::twin::Machine;

const SCRIPTS: [&str; 3] = [
    include_str!("../cases/promises.txt"),
    include_str!("../cases/tasks.txt"),
    include_str!("../cases/searches.txt"),
];

/// Every case: its name and its lines.
///
/// # Panics
/// When a line is not of the language.
#[must_use]
pub fn cases() -> Vec<(String, Vec<Line>)> {
    let lines = SCRIPTS.iter().flat_map(|script| script.lines());
    let lines: Vec<_> = lines.filter(|line| !line.starts_with('#')).collect();
    let script = lines.join("\n");
    let cases = script.split("case ").skip(1);
    let cases: Vec<_> = cases
        .map(|case| {
            let (name, steps) = case.split_once('\n').unwrap_or((case, ""));
            (name.to_owned(), script::steps(steps))
        })
        .collect();
    assert!(cases.len() >= 90, "only {} cases were read", cases.len());
    cases
}

/// Plays a case on a machine. `hears` says whether it said what was expected.
///
/// # Errors
/// The line that goes wrong, and how.
///
/// # Panics
/// When a line commits, rolls back or starts anew: no case does.
pub fn play<M: Machine>(
    machine: &mut M,
    lines: &[Line],
    hears: impl Fn(&M, &[String], &[String]) -> bool,
) -> Result<(), String> {
    let mut now = Millis::ZERO;
    for line in lines {
        now = now.max(line.step.now);
        let (status, words) = match &line.step.action {
            Action::Ask(request) => {
                let answer = machine.handle(line.step.now, request);
                let (status, words) = script::answer(&answer);
                (status.to_string(), words)
            }
            Action::Tick => {
                machine.tick(line.step.now);
                (String::new(), Vec::new())
            }
            Action::Commit | Action::Rollback | Action::Reopen => unreachable!("no case says so"),
        };
        let sent = script::outgoing(&machine.commit());
        let said = line
            .answer
            .iter()
            .all(|word| *word == status || words.contains(word));
        let left = line.sent.as_ref();
        if !said || !left.is_none_or(|expected| hears(machine, expected, &sent)) {
            return Err(format!(
                "{}\n  answers {status} {words:?}\n  sends {sent:?}",
                line.text
            ));
        }
        let kept = machine.kept();
        machine.check(now, &kept)?;
    }
    Ok(())
}
