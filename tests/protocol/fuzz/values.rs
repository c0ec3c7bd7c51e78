//! Payloads: the codec, invocations, failures and retry policies, whichever SDK wrote them.

use proptest::prelude::*;
use resonate_core::Value;
use resonate_core::payload::{Base64Json, Codec as _, Failure, Invocation, Json, Retry};
use resonate_core::registry::Param;
use serde_json::json;

use super::input::{bytes_like, json, recorded, text_like};
use super::{fuzz, within};

/// What the recorded promises carry, in base64.
fn carried() -> Vec<String> {
    let mut found = vec!["bnVsbA==".to_owned(), "Ng==".to_owned(), String::new()];
    for line in recorded() {
        find_data(&line, &mut found);
    }
    found
}

fn in_base64(json: &serde_json::Value) -> String {
    let value = Base64Json::default().encode(&json.to_string()).unwrap();
    value.data.unwrap().to_string()
}

fn find_data(value: &serde_json::Value, found: &mut Vec<String>) {
    match value {
        serde_json::Value::Array(items) => items.iter().for_each(|item| find_data(item, found)),
        serde_json::Value::Object(members) => {
            members
                .iter()
                .for_each(|(name, member)| match member.as_str() {
                    Some(data) if name == "data" => found.push(data.to_owned()),
                    _ => find_data(member, found),
                })
        }
        _ => {}
    }
}

/// The same, decoded, with what SDKs write that was not recorded.
fn payloads() -> Vec<String> {
    let written = [
        r#"{"func":"f","args":[1,"two"],"kwargs":{"c":3},"version":1}"#,
        r#"{"func":"f","args":[],"version":2,"retry":{"type":"exponential","data":{"delay":1000,"factor":2,"maxRetries":3,"maxDelay":30000}}}"#,
        r#"{"type":"linear","data":{"delay":1}}"#,
        r#"{"__type":"error","name":"E","message":"m","data":{"code":7},"stack":"s"}"#,
        r#"{"__type":"aggregate_error","errors":[{"__type":"error","message":"m"}]}"#,
    ];
    let decoded = carried().into_iter().filter_map(|data| {
        let json = Base64Json::default().decode(&Value::of(data)).ok()??;
        Some(json.get().to_owned())
    });
    written
        .map(str::to_owned)
        .into_iter()
        .chain(decoded)
        .collect()
}

#[test]
fn data_of_any_kind() {
    let encoded = json().prop_map(|json| in_base64(&json).into_bytes());
    let inputs = prop_oneof![3 => bytes_like(carried()), 1 => encoded];
    fuzz(&inputs, |bytes| {
        let value = Value::of(String::from_utf8_lossy(&bytes).into_owned());
        let codec = Base64Json::default();
        if let Ok(Some(json)) = within(bytes.len(), || codec.decode(&value))? {
            let written = codec.encode(json.get()).unwrap();
            let again = codec.decode(&written).unwrap();
            prop_assert_eq!(again.as_deref().map(|json| json.get()), Some(json.get()));
        }
        Ok(())
    });
}

#[test]
fn payloads_with_wrong_bytes_or_values() {
    let inputs = prop_oneof![4 => text_like(payloads()), 1 => policy()];
    fuzz(&inputs, |bytes| {
        let Ok(json) = serde_json::from_slice::<Json>(&bytes) else {
            return Ok(());
        };
        within(bytes.len(), || read_invocation(&json))??;
        within(bytes.len(), || read_failure(&json))??;
        within(bytes.len(), || read_policy(&json))?
    });
}

/// A retry policy of any numbers.
fn policy() -> impl Strategy<Value = Vec<u8>> {
    let kinds = "never|constant|linear|exponential";
    let numbers = (any::<f64>(), any::<f64>(), any::<f64>());
    (kinds, numbers).prop_map(|(kind, (delay, factor, retries))| {
        let data = json!({
            "delay": delay, "factor": factor, "maxRetries": retries, "maxDelay": delay,
        });
        let policy = json!({ "type": kind, "data": data });
        policy.to_string().into_bytes()
    })
}

fn read_invocation(json: &Json) -> Result<(), TestCaseError> {
    let Ok(invocation) = Invocation::from_json(json) else {
        return Ok(());
    };
    let params = [Param {
        name: "a",
        ty: "u64",
    }; 3];
    for count in 0..params.len() {
        let args = invocation.args(&params[..count]);
        let _ = args.decode::<u64>(0, "a", "u64");
    }
    let written = invocation.to_json();
    let again = Invocation::from_json(&written).unwrap().to_json();
    prop_assert_eq!(again.get(), written.get());
    Ok(())
}

fn read_failure(json: &Json) -> Result<(), TestCaseError> {
    let failure = Failure::from_json(json);
    let written = failure.to_json();
    let again = Failure::from_json(&written);
    prop_assert_eq!(&again.name, &failure.name);
    if !failure.message.is_empty() {
        prop_assert_eq!(&again.message, &failure.message);
    }
    Ok(())
}

fn read_policy(json: &Json) -> Result<(), TestCaseError> {
    if let Ok(retry) = Retry::from_json(json) {
        let again = Retry::from_json(&retry.to_json()).unwrap();
        for attempt in [0, 1, 2, 3, u32::MAX] {
            let [one, other] = [retry, again].map(|policy| policy.delay_after(attempt));
            prop_assert_eq!(one.is_some(), other.is_some(), "{:?}", retry);
            let [one, other] = [one, other].map(|delay| delay.unwrap_or_default().as_secs_f64());
            // A number in JSON may lose its last digit.
            prop_assert!((one - other).abs() <= one * 1e-9, "{:?} {:?}", retry, again);
        }
    }
    Ok(())
}
