//! Scripts: what is done when, what is answered, what is said.
//!
//! ```text
//! @1000 create w 5000 TG | 200 w pending -settledAt | execute w 0
//! @5000 get w            | 200 rejected_timedout settledAt=5000
//! ```
//!
//! The second column lists words that the answer has; `-word` says that no word of it starts so,
//! `~text` that its refusal contains the text. The third lists, between commas, every message
//! that the step causes, in any order; without it there must be none. A line without `@` runs at
//! the time of the line before.

use resonate_core::Millis;
use resonate_core::engine::Config;
use resonate_core::protocol::Outgoing;

use super::answer::{message_words, words};
use super::harness::{EngineHarness, stores};
use super::line::{self, Step};

/// Runs the scripts one after the other on one engine, and that on every store.
///
/// # Panics
/// When an answer or the messages are not as expected, or a step violates a property.
#[track_caller]
pub fn check(scripts: &[&str]) {
    check_with(&Config::default(), scripts);
}

/// The same, with an engine of one's own configuration.
///
/// # Panics
/// As [`check`].
#[track_caller]
pub fn check_with(config: &Config, scripts: &[&str]) {
    for (store, make) in stores() {
        let mut engine = EngineHarness::new(make(), config.clone());
        let lines = scripts.iter().flat_map(|script| script.lines());
        let lines = lines
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        for line in lines {
            run(&mut engine, line, store);
        }
    }
}

#[track_caller]
fn run(engine: &mut EngineHarness, line: &str, store: &str) {
    let mut columns = line.split('|').map(str::trim);
    let mut what = columns.next().unwrap_or_default();
    let answer = columns.next().unwrap_or_default();
    let messages = columns.next().unwrap_or_default();
    if let Some(timed) = what.strip_prefix('@') {
        let (time, rest) = timed.split_once(' ').expect("a time is followed by a step");
        engine.at(Millis::new(time.parse().expect("a time is a number")));
        what = rest;
    }
    let place = || format!("`{line}` at {} on {store}", engine.now());
    let place = place();
    let said = match line::read(what) {
        Step::Tick => engine.tick(),
        Step::Recover(gone) => {
            let gone: Vec<_> = gone.iter().map(String::as_str).collect();
            engine.recover(&gone)
        }
        Step::Send(request) => {
            let (answered, said) = engine.send(&request);
            compare_answer(&words(&answered), answer, &place);
            said
        }
    };
    compare_messages(&said, messages, &place);
}

#[track_caller]
fn compare_answer(words: &[String], expected: &str, place: &str) {
    let mut expected = expected.split_whitespace();
    if let Some(status) = expected.next() {
        assert_eq!(words[0], status, "{place}: answered {words:?}");
    }
    for word in expected {
        let holds = if let Some(absent) = word.strip_prefix('-') {
            !words.iter().any(|word| word.starts_with(absent))
        } else if let Some(part) = word.strip_prefix('~') {
            words.last().is_some_and(|text| text.contains(part))
        } else {
            words.iter().any(|found| found == word)
        };
        assert!(holds, "{place}: `{word}` is not so of {words:?}");
    }
}

#[track_caller]
fn compare_messages(said: &[Outgoing], expected: &str, place: &str) {
    let mut said: Vec<_> = said.iter().map(message_words).collect();
    said.sort();
    let mut expected: Vec<_> = expected
        .split(',')
        .map(str::trim)
        .filter(|message| !message.is_empty())
        .collect();
    expected.sort_unstable();
    assert_eq!(said, expected, "{place}: messages");
}
