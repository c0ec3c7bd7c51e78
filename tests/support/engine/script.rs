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
use super::bench::{Bench, OverHttp};
use super::harness::{EngineHarness, stores};
use super::line::{self, Step};

/// Runs the scripts one after the other on one engine, and that on every store and over HTTP.
///
/// Over HTTP it is our own server, or the one that the variable `RESONATE_TEST_URL` names.
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
        for line in lines(scripts) {
            run(&mut engine, line, store);
        }
    }
    let restarts = scripts.iter().any(|script| script.contains("recover"));
    let server = if restarts {
        None
    } else {
        OverHttp::new(config)
    };
    if let Some(mut server) = server {
        for line in lines(scripts) {
            run(&mut server, line, "a server");
        }
    }
}

fn lines<'s>(scripts: &[&'s str]) -> impl Iterator<Item = &'s str> {
    let lines = scripts.iter().flat_map(|script| script.lines());
    lines
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

#[track_caller]
fn run(engine: &mut impl Bench, line: &str, store: &str) {
    let mut columns = line.split('|').map(str::trim);
    let mut what = columns.next().unwrap_or_default();
    let answer = columns.next().unwrap_or_default();
    let messages = columns.next().unwrap_or_default();
    if let Some(timed) = what.strip_prefix('@') {
        let (time, rest) = timed.split_once(' ').expect("a time is followed by a step");
        engine.set_clock(Millis::new(time.parse().expect("a time is a number")));
        what = rest;
    }
    let place = format!("`{line}` at {} on {store}", engine.clock());
    let said = match line::read(what) {
        Step::Tick => engine.pass(),
        Step::Recover(gone) => {
            let gone: Vec<_> = gone.iter().map(String::as_str).collect();
            engine.start_without(&gone)
        }
        Step::Send(request) => {
            let (answered, said) = engine.ask(&request);
            compare_answer(&words(&answered), answer, engine.is_exact(), &place);
            said
        }
    };
    compare_messages(&said, messages, engine.is_exact(), &place);
}

#[track_caller]
fn compare_answer(words: &[String], expected: &str, texts: bool, place: &str) {
    let mut expected = expected.split_whitespace();
    if let Some(status) = expected.next() {
        assert_eq!(words[0], status, "{place}: answered {words:?}");
    }
    for word in expected {
        let holds = if let Some(absent) = word.strip_prefix('-') {
            !words.iter().any(|word| word.starts_with(absent))
        } else if let Some(part) = word.strip_prefix('~') {
            !texts || words.last().is_some_and(|text| text.contains(part))
        } else {
            words.iter().any(|found| found == word)
        };
        assert!(holds, "{place}: `{word}` is not so of {words:?}");
    }
}

#[track_caller]
fn compare_messages(said: &[Outgoing], expected: &str, all: bool, place: &str) {
    let mut said: Vec<_> = said.iter().map(message_words).collect();
    said.sort();
    let mut expected: Vec<_> = expected
        .split(',')
        .map(str::trim)
        .filter(|message| !message.is_empty())
        .collect();
    expected.sort_unstable();
    if all {
        assert_eq!(said, expected, "{place}: messages");
    } else {
        let surprise = said.iter().find(|message| !expected.contains(&&***message));
        assert_eq!(surprise, None, "{place}: expected {expected:?}");
    }
}
