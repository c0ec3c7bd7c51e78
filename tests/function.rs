//! What runs behind an entry: arguments in, the function, what it returned out.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use futures_util::FutureExt;
use resonate::{Error, Final, Function, HasBody, Info, Kind, Result, Retry};
use resonate_core::payload::{Args, Outcome};
use resonate_core::registry::{Body, Defaults};
use serde::{Deserialize, Serialize};

#[resonate::function]
async fn repeat(word: String, times: Option<usize>) -> Result<String> {
    Ok(word.repeat(times.unwrap_or(1)))
}

#[resonate::function(blocking)]
fn add(one: u64, other: u64) -> Result<u64, String> {
    one.checked_add(other).ok_or_else(|| "too much".to_owned())
}

#[derive(Debug, Serialize, Deserialize)]
enum ChargeError {
    Declined { cents: u64 },
    Busy,
}

impl fmt::Display for ChargeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Declined { cents } => write!(f, "{cents} cents were declined"),
            Self::Busy => f.write_str("the bank is busy"),
        }
    }
}

impl Final for ChargeError {
    fn is_final(&self) -> bool {
        matches!(self, Self::Declined { .. })
    }
}

#[resonate::function(
    timeout = "1h 30m",
    retry = Retry::constant(Duration::from_secs(1)).max_attempts(MOST),
    target = "payments"
)]
async fn charge(cents: u64) -> Result<(), ChargeError> {
    if cents > 100 {
        Err(ChargeError::Declined { cents })
    } else {
        Err(ChargeError::Busy)
    }
}

const MOST: u32 = 4;

#[resonate::function(blocking)]
fn look(_info: &Info) -> Result<()> {
    Ok(())
}

type Odd = BTreeMap<Vec<u8>, ()>;

#[resonate::function]
async fn odd() -> Result<Odd> {
    Ok(Odd::from([(vec![1], ())]))
}

/// Runs the body of `F` with these arguments, by position and by name.
fn run<F: HasBody>(positional: &[&str], named: &[(&str, &str)]) -> Outcome {
    let json = |text: &&str| serde_json::from_str(text).unwrap();
    let args = Args::new(
        positional.iter().map(json).collect(),
        named
            .iter()
            .map(|(name, text)| ((*name).to_owned(), json(text)))
            .collect(),
    );
    match F::ENTRY.body {
        Body::Async(body) => body(&(), &args).now_or_never().unwrap(),
        Body::Blocking(body) => body(&(), &args),
    }
}

#[track_caller]
fn returned(outcome: Outcome) -> String {
    let Outcome::Returned(json) = outcome else {
        panic!("{outcome:?}");
    };
    json.get().to_owned()
}

#[test]
fn arguments_come_by_position_by_name_or_both() {
    for (positional, named) in [
        (&["\"ab\"", "2"][..], &[][..]),
        (&["\"ab\""], &[("times", "2")]),
        (&[], &[("times", "2"), ("word", "\"ab\"")]),
    ] {
        assert_eq!(returned(run::<repeat>(positional, named)), "\"abab\"");
    }
    assert_eq!(returned(run::<repeat>(&["\"ab\""], &[])), "\"ab\"");
    assert_eq!(returned(run::<add>(&["1", "2"], &[])), "3");
}

#[test]
fn an_argument_that_does_not_fit_keeps_the_function_from_running() {
    for (outcome, parameter, index) in [
        (run::<repeat>(&["1", "2"], &[]), "word", 0),
        (run::<repeat>(&["\"ab\"", "\"two\""], &[]), "times", 1),
        (run::<repeat>(&[], &[]), "word", 0),
        (run::<add>(&["1"], &[]), "other", 1),
    ] {
        let Outcome::Misfit(misfit) = outcome else {
            panic!("{outcome:?}");
        };
        assert_eq!((misfit.parameter, misfit.index), (parameter, index));
    }
}

#[test]
fn an_error_is_written_with_its_type_its_sentence_and_itself() {
    let Outcome::Failed(failure) = run::<charge>(&["500"], &[]) else {
        panic!("not failed");
    };
    assert_eq!(failure.name, "ChargeError");
    assert_eq!(failure.message, "500 cents were declined");
    assert_eq!(failure.data.unwrap().get(), r#"{"Declined":{"cents":500}}"#);

    let Outcome::Failed(failure) = run::<add>(&["18446744073709551615", "1"], &[]) else {
        panic!("not failed");
    };
    assert_eq!(failure.name, "String");
    assert_eq!(failure.message, "too much");
}

#[test]
fn an_error_of_a_later_version_is_read_all_the_same() {
    let known: Error = serde_json::from_str(r#"{"kind":"final","message":"m"}"#).unwrap();
    assert!(known.is_final());
    let later: Error = serde_json::from_str(r#"{"kind":"later","message":"m"}"#).unwrap();
    assert!(later.is_application() && later.to_string() == "m");
}

#[test]
fn an_error_is_final_when_its_type_says_so() {
    for (outcome, is_final) in [
        (run::<charge>(&["500"], &[]), true),
        (run::<charge>(&["5"], &[]), false),
        (run::<add>(&["18446744073709551615", "1"], &[]), false),
    ] {
        let Outcome::Failed(failure) = outcome else {
            panic!("{outcome:?}");
        };
        assert_eq!(failure.is_final, is_final, "{failure}");
    }
}

#[test]
fn what_json_cannot_hold_is_no_result() {
    let outcome = run::<odd>(&[], &[]);
    assert!(matches!(outcome, Outcome::Unwritable(_)), "{outcome:?}");
}

#[test]
fn a_call_starts_from_what_the_function_says() {
    let defaults = charge::DEFAULTS;
    assert_eq!(defaults.timeout, Some(Duration::from_secs(5_400)));
    assert_eq!(
        defaults.retry,
        Some(Retry::constant(Duration::from_secs(1)).max_attempts(4))
    );
    assert_eq!(defaults.target, Some("payments"));
    assert_eq!(charge::ENTRY.defaults, defaults);
    assert_eq!(repeat::DEFAULTS, Defaults::NONE);
    assert_eq!(repeat::ENTRY.defaults, Defaults::default());
}

#[test]
fn a_leaf_may_ask_about_its_run() {
    assert_eq!(look::ENTRY.kind, Kind::Leaf);
    assert!(matches!(look::ENTRY.body, Body::Blocking(_)));
    assert!(matches!(repeat::ENTRY.body, Body::Async(_)));
}
