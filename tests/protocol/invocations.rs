//! Invocations: the arguments that every SDK means, by the function's parameters.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use resonate_core::payload::{Args, Invocation, Json, Retry, RetryError};
use resonate_core::registry::Param;
use serde::de::DeserializeOwned;

fn json(text: &str) -> Json {
    serde_json::from_str(text).unwrap()
}

const ONE: &[Param] = &[Param {
    name: "a", ty: "…"
}];
const TWO: &[Param] = &[
    Param {
        name: "a", ty: "…"
    },
    Param {
        name: "b", ty: "…"
    },
];

fn read(payload: &str) -> Invocation {
    Invocation::from_json(&json(payload)).unwrap()
}

/// The argument of a function of one parameter.
#[track_caller]
fn one<T: DeserializeOwned>(payload: &str) -> T {
    read(payload).args(ONE).decode(0, "a", "T").unwrap()
}

/// The arguments of a function of two parameters.
#[track_caller]
fn two(payload: &str) -> (u64, Option<String>) {
    let args = read(payload).args(TWO);
    (
        args.decode(0, "a", "u64").unwrap(),
        args.decode(1, "b", "Option<String>").unwrap(),
    )
}

#[test]
fn an_invocation_is_written_so_that_every_worker_takes_it() {
    let mut args = Args::default();
    args.push(&7).unwrap();
    args.push("x").unwrap();
    let retry = Retry::constant(Duration::from_millis(10)).max_attempts(2);
    let full = Invocation::new("leaf", Some(2), args, Some(retry));
    assert_eq!(
        full.to_json().get(),
        r#"{"func":"leaf","args":[7,"x"],"version":2,"retry":{"type":"constant","data":{"delay":10,"maxRetries":1}}}"#
    );
    let bare = Invocation::new("leaf", None, Args::default(), None);
    assert_eq!(bare.to_json().get(), r#"{"func":"leaf","args":[]}"#);
    assert_eq!(
        Invocation::new("leaf", Some(0), Args::default(), None).version,
        None
    );
}

#[test]
fn the_invocations_of_every_sdk_give_the_same_arguments() {
    let seven_x = [
        r#"{"func":"leaf","args":[7,"x"],"version":1}"#,
        r#"{"args":[7,"x"],"kwargs":{},"func":"leaf","version":1}"#,
        r#"{"args":[7],"kwargs":{"b":"x"},"func":"leaf","version":1}"#,
        r#"{"args":[],"kwargs":{"b":"x","a":7},"func":"leaf","version":1}"#,
        r#"{"kwargs":{"b":"x","a":7},"func":"leaf"}"#,
        r#"{"args":[7,"x"],"func":"leaf"}"#,
    ];
    for payload in seven_x {
        assert_eq!(two(payload), (7, Some("x".to_owned())), "{payload}");
    }
    assert_eq!(two(r#"{"func":"leaf","args":[7],"version":1}"#), (7, None));
    let seven = [
        r#"{"func":"wf","args":[7],"version":1}"#,
        r#"{"args":[7],"kwargs":{},"func":"wf","version":1}"#,
        r#"{"args":7,"func":"wf"}"#,
        r#"{"args":7,"func":"wf","version":1}"#,
        r#"{"args":[7],"func":"wf"}"#,
    ];
    for payload in seven {
        assert_eq!(one::<u64>(payload), 7, "{payload}");
    }
    for args in [
        "",
        r#","args":null"#,
        r#","args":[]"#,
        r#","args":[],"version":1"#,
    ] {
        let payload = format!(r#"{{"func":"boom"{args}}}"#);
        assert!(
            read(&payload).args(&[]).positional().is_empty(),
            "{payload}"
        );
        assert_eq!(one::<Option<u64>>(&payload), None, "{payload}");
    }
}

#[test]
fn one_parameter_and_an_array_takes_the_reading_that_fits() {
    // The array as the only argument, and a list of one array: with and without a version.
    assert_eq!(one::<Vec<u64>>(r#"{"func":"f","args":[1,2]}"#), [1, 2]);
    assert_eq!(one::<Vec<u64>>(r#"{"func":"f","args":[[1,2]]}"#), [1, 2]);
    assert_eq!(
        one::<Vec<u64>>(r#"{"func":"f","args":[1,2],"version":1}"#),
        [1, 2]
    );
    assert_eq!(
        one::<Vec<u64>>(r#"{"func":"f","args":[[1,2]],"version":1}"#),
        [1, 2]
    );
    assert_eq!(one::<Vec<u64>>(r#"{"func":"f","args":[]}"#), [0; 0]);
    assert_eq!(
        one::<Vec<u64>>(r#"{"func":"f","args":[],"version":1}"#),
        [0; 0]
    );
    assert_eq!(
        one::<Vec<u64>>(r#"{"func":"f","args":[[]],"version":1}"#),
        [0; 0]
    );
    // Where both fit, the writer decides: without a version it is an SDK that writes it bare.
    assert_eq!(
        one::<serde_json::Value>(r#"{"func":"f","args":[1],"version":1}"#),
        1
    );
    assert_eq!(
        one::<serde_json::Value>(r#"{"func":"f","args":[1]}"#),
        serde_json::json!([1])
    );
    // Where neither fits, the first reading is reported.
    let args = read(r#"{"func":"f","args":["x"],"version":1}"#).args(ONE);
    let misfit = args.decode::<u64>(0, "a", "u64").unwrap_err();
    assert_eq!(misfit.found, Some("a string"));
}

#[test]
fn versions_and_policies_are_taken_from_the_payload() {
    let table = [
        (r#"{"func":"f","args":[],"version":3}"#, Some(3)),
        (r#"{"func":"f","args":[],"version":0}"#, None),
        (r#"{"func":"f","args":[],"version":null}"#, None),
        (r#"{"func":"f","args":[]}"#, None),
    ];
    for (payload, version) in table {
        assert_eq!(read(payload).version, version, "{payload}");
    }
    let boom = read(r#"{"func":"boom","args":[],"retry":{"type":"never","data":{}},"version":1}"#);
    assert_eq!(
        (boom.retry, boom.unread_retry),
        (Some(Retry::never()), None)
    );
    let odd = read(r#"{"func":"boom","args":[],"retry":{"type":"mine","data":{}},"version":1}"#);
    assert_eq!(odd.retry, None);
    assert_eq!(
        odd.unread_retry,
        Some(RetryError::UnknownType {
            name: "mine".into()
        })
    );
}

#[test]
fn what_is_no_invocation_is_refused_with_an_example() {
    let table = [
        "null",
        "7",
        r#"["f",[]]"#,
        "{}",
        r#"{"func":5}"#,
        r#"{"func":"f","version":-1}"#,
        r#"{"func":"f","version":1.5}"#,
        r#"{"func":"f","kwargs":[]}"#,
    ];
    for payload in table {
        let error = Invocation::from_json(&json(payload)).expect_err(payload);
        assert!(
            error.to_string().contains(r#"{"func":"name""#),
            "{payload}: {error}"
        );
    }
}
