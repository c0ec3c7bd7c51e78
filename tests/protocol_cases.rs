//! The numbered cases of the protocol (§8.2–§8.6), as scripts that a person reads.

use resonate_core::Millis;
use resonate_core::store::MemoryStore;
use support::script::{self, Action, Line};
use support::twin::{Hosted, Machine, Transacted};

const SCRIPTS: [&str; 3] = [
    include_str!("cases/promises.txt"),
    include_str!("cases/tasks.txt"),
    include_str!("cases/searches.txt"),
];

/// Every case: its name and its lines.
fn cases() -> Vec<(String, Vec<Line>)> {
    let lines = SCRIPTS.iter().flat_map(|script| script.lines());
    let lines: Vec<_> = lines.filter(|line| !line.starts_with('#')).collect();
    let script = lines.join("\n");
    let cases = script.split("case ").skip(1);
    cases
        .map(|case| {
            let (name, steps) = case.split_once('\n').unwrap_or((case, ""));
            (name.to_owned(), script::steps(steps))
        })
        .collect()
}

/// The line that goes wrong, if one does.
fn play(machine: &mut impl Machine, lines: &[Line]) -> Result<(), String> {
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
        let left = line.sent.as_ref().is_none_or(|expected| *expected == sent);
        if !said || !left {
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
