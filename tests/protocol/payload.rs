//! Values, failures and retry policies: what each SDK writes is understood, and what we write is
//! what each SDK reads.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::time::Duration;

use resonate_core::Value;
use resonate_core::payload::{
    Base64Json, Cause, Codec, CodecStage, Encryptor, Failure, Json, Retry, RetryError,
};

fn json(text: &str) -> Json {
    serde_json::from_str(text).unwrap()
}

/// Turns every bit around; refuses what is empty.
struct Flip;

impl Encryptor for Flip {
    fn encrypt(&self, plain: &[u8]) -> Result<Vec<u8>, Cause> {
        Ok(plain.iter().map(|byte| !byte).collect())
    }

    fn decrypt(&self, kept: &[u8]) -> Result<Vec<u8>, Cause> {
        match kept {
            [0, ..] => Err("another key".into()),
            kept => self.encrypt(kept),
        }
    }
}

#[test]
fn every_way_to_carry_a_value_or_none_is_read() {
    let table = [
        (Value::default(), None),
        (
            Value {
                headers: Some([].into()),
                data: None,
            },
            None,
        ),
        (Value::of(""), None),
        (Value::of("bnVsbA=="), Some("null")),
        (Value::of("Ng=="), Some("6")),
        (Value::of("IiI="), Some("\"\"")),
        (
            Value::of("OTAwNzE5OTI1NDc0MDk5Mw=="),
            Some("9007199254740993"),
        ),
        (
            Value {
                headers: Some([].into()),
                data: Some("WzFd".into()),
            },
            Some("[1]"),
        ),
    ];
    for (value, expected) in table {
        let read = Base64Json::default().decode(&value).unwrap();
        assert_eq!(
            read.as_deref().map(|json| json.get()),
            expected,
            "{value:?}"
        );
    }
    assert_eq!(
        Base64Json::default().encode("null").unwrap(),
        Value::of("bnVsbA==")
    );
}

#[test]
fn data_of_another_codec_is_an_error_that_says_where() {
    let sealed = Base64Json::with_encryptor(Arc::new(Flip));
    let table: [(&dyn Codec, &str, CodecStage); 6] = [
        (&Base64Json::default(), "yes", CodecStage::Base64),
        (&Base64Json::default(), "Ng", CodecStage::Base64),
        (&Base64Json::default(), "é", CodecStage::Base64),
        (&Base64Json::default(), "eWVz", CodecStage::Json),
        (&Base64Json::default(), "/w==", CodecStage::Json),
        (&sealed, "AA==", CodecStage::Decrypt),
    ];
    for (codec, data, stage) in table {
        let error = codec.decode(&Value::of(data)).expect_err(data);
        assert_eq!(error.stage, stage, "{data}: {error}");
    }
}

#[test]
fn a_cipher_stands_between_json_and_base64() {
    let sealed = Base64Json::with_encryptor(Arc::new(Flip));
    let value = sealed.encode("6").unwrap();
    assert_eq!(value, Value::of("yQ=="));
    assert_eq!(sealed.decode(&value).unwrap().unwrap().get(), "6");
    assert!(sealed.decode(&Value::of("")).unwrap().is_none());
}

#[test]
fn a_failure_is_written_for_every_sdk_and_read_back_with_its_data() {
    let mut failure = Failure::new("CardDeclined", "no funds");
    assert_eq!(
        failure.to_json().get(),
        r#"{"__type":"error","name":"CardDeclined","message":"no funds"}"#
    );
    failure.data = Some(json(r#"{"cents":5}"#));
    let read = Failure::from_json(&failure.to_json());
    assert_eq!((&*read.name, &*read.message), ("CardDeclined", "no funds"));
    assert_eq!(read.data.unwrap().get(), r#"{"cents":5}"#);
}

#[test]
fn the_failures_of_every_sdk_are_read_and_so_is_anything_else() {
    // What was written; the name; the message; the data.
    let table = [
        (
            r#"{"__type":"error","message":"m","stack":"s","name":"MyErr"}"#,
            "MyErr",
            "m",
            None,
        ),
        (
            r#"{"__type":"error","message":"m","__py_pickle":"gASV"}"#,
            "Error",
            "m",
            None,
        ),
        (
            r#"{"__type":"error","message":"application error: m"}"#,
            "Error",
            "application error: m",
            None,
        ),
        (
            r#"{"__type":"aggregate_error","message":"","name":"AggregateError","errors":[{"__type":"error","message":"a"},"b"]}"#,
            "AggregateError",
            "a; b",
            None,
        ),
        (
            r#"{"__type":"aggregate_error","message":"all failed"}"#,
            "AggregateError",
            "all failed",
            None,
        ),
        (
            r#"{"__type":"error","code":5}"#,
            "Error",
            r#"unknown error: {"__type":"error","code":5}"#,
            None,
        ),
        (r#""kaput""#, "Error", "kaput", Some(r#""kaput""#)),
        (
            r#"{"message":"m","code":5}"#,
            "Error",
            "m",
            Some(r#"{"message":"m","code":5}"#),
        ),
        ("[1]", "Error", "unknown error: [1]", Some("[1]")),
        ("null", "Error", "unknown error: null", Some("null")),
    ];
    for (text, name, message, data) in table {
        let failure = Failure::from_json(&json(text));
        assert_eq!(
            (&*failure.name, &*failure.message),
            (name, message),
            "{text}"
        );
        assert_eq!(
            failure.data.as_deref().map(|data| data.get()),
            data,
            "{text}"
        );
        assert!(!failure.is_final);
    }
    let long = Failure::from_json(&json(&format!("[{}0]", "0,".repeat(1_000))));
    assert!(
        long.message.chars().count() < 120,
        "a message is short: {long}"
    );
}

const MS: fn(u64) -> Duration = Duration::from_millis;

#[test]
fn retry_policies_are_written_as_typescript_reads_them() {
    let table = [
        (Retry::never(), r#"{"type":"never","data":{}}"#),
        (
            Retry::constant(MS(10)).max_attempts(2),
            r#"{"type":"constant","data":{"delay":10,"maxRetries":1}}"#,
        ),
        (
            Retry::constant(Duration::from_micros(1_500)),
            r#"{"type":"constant","data":{"delay":1.5}}"#,
        ),
        (
            Retry::linear(MS(1_000)),
            r#"{"type":"linear","data":{"delay":1000,"maxDelay":30000}}"#,
        ),
        (
            Retry::exponential().max_attempts(3),
            r#"{"type":"exponential","data":{"delay":500,"factor":2,"maxRetries":2,"maxDelay":30000}}"#,
        ),
        (
            Retry::constant(MS(1)).max_attempts(0),
            r#"{"type":"constant","data":{"delay":1,"maxRetries":0}}"#,
        ),
        (
            Retry::exponential().max_delay(Duration::MAX),
            r#"{"type":"exponential","data":{"delay":500,"factor":2,"maxDelay":1.8446744073709552e+22}}"#,
        ),
    ];
    for (policy, text) in table {
        assert_eq!(policy.to_json().get(), text);
        let read = Retry::from_json(&json(text)).unwrap();
        let delays = |policy: Retry| {
            (0..9)
                .map(move |n| policy.delay_after(n))
                .collect::<Vec<_>>()
        };
        assert_eq!(delays(read)[1..], delays(policy)[1..], "{text}");
    }
}

#[test]
fn a_policy_from_typescript_waits_as_long_here_as_there() {
    let endless = 9_007_199_254_740_991_u64;
    let table = [
        (r#"{"type":"constant","data":{"delay":1000,"maxRetries":2}}"#.to_owned(), vec![1000, 1000]),
        (r#"{"type":"linear","data":{"delay":1000,"maxRetries":2}}"#.to_owned(), vec![1000, 2000]),
        (
            r#"{"type":"exponential","data":{"delay":1000,"factor":2,"maxRetries":5,"maxDelay":8000}}"#.to_owned(),
            vec![2000, 4000, 8000, 8000, 8000],
        ),
        (r#"{"type":"never","data":{}}"#.to_owned(), vec![]),
        (r#"{"type":"never"}"#.to_owned(), vec![]),
        (r#"{"type":"constant","data":{"delay":0,"maxRetries":0}}"#.to_owned(), vec![]),
        (r#"{"type":"exponential","data":{"factor":0,"maxRetries":2}}"#.to_owned(), vec![0, 0]),
    ];
    for (text, delays) in table {
        let policy = Retry::from_json(&json(&text)).unwrap();
        let delay = |attempt| policy.delay_after(attempt).map(|delay| delay.as_millis());
        let given_up = u32::try_from(delays.len()).unwrap() + 1;
        let found: Vec<_> = (1..=given_up).map(delay).collect();
        let expected: Vec<_> = delays.into_iter().map(Some).chain([None]).collect();
        assert_eq!(found, expected, "{text}");
    }
    let endless = format!(r#"{{"type":"linear","data":{{"maxRetries":{endless}}}}}"#);
    let policy = Retry::from_json(&json(&endless)).unwrap();
    assert_eq!(
        policy.delay_after(100),
        Some(Duration::from_secs(100)),
        "no cap by default"
    );
    assert_eq!(
        policy.delay_after(u32::MAX - 1),
        Some(Duration::from_secs(u64::from(u32::MAX) - 1))
    );
}

#[test]
fn a_policy_that_cannot_be_read_is_an_error_that_names_it() {
    let unknown = Retry::from_json(&json(r#"{"type":"fibonacci","data":[1]}"#)).unwrap_err();
    assert_eq!(
        unknown,
        RetryError::UnknownType {
            name: "fibonacci".into()
        }
    );
    assert!(unknown.to_string().contains("fibonacci"));
    let table = [
        (r#"{"type":"constant","data":{"delay":-1}}"#, "delay"),
        (
            r#"{"type":"linear","data":{"maxRetries":-1}}"#,
            "maxRetries",
        ),
        (
            r#"{"type":"linear","data":{"delay":"1"}}"#,
            "not a retry policy",
        ),
        (r#"{"data":{}}"#, "not a retry policy"),
        (r#"["constant",{}]"#, "not a retry policy"),
    ];
    for (text, said) in table {
        let error = Retry::from_json(&json(text)).expect_err(text).to_string();
        assert!(error.contains(said), "{text}: {error}");
    }
}
