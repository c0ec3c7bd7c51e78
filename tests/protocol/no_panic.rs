//! Whatever arrives from outside, reading it ends in a value or an error.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use resonate_core::Value;
use resonate_core::address::Address;
use resonate_core::cron::Cron;
use resonate_core::execution::ids::IdGrammar;
use resonate_core::payload::{Base64Json, Codec, Failure, Invocation, Json, Retry};
use resonate_core::protocol::envelope::{decode_answer, decode_message, decode_request};
use resonate_core::protocol::sse::SseDecoder;
use resonate_core::protocol::{FenceAction, PromiseGet, PromiseSettle, Request, Settlement};
use resonate_core::protocol::{TaskFence, TaskId};
use resonate_core::registry::Param;
use resonate_core::{Millis, TaskVersion};

/// Words that the readers look for, so that noise gets past their first checks.
const WORDS: [&str; 24] = [
    "kind",
    "head",
    "data",
    "corrId",
    "version",
    "2026-04-01",
    "promise.get",
    "promise.create",
    "task.fence",
    "task.get",
    "debug.tick",
    "status",
    "promise",
    "task",
    "id",
    "c",
    "action",
    "state",
    "pending",
    "execute",
    "unblock",
    "__type",
    "error",
    "message",
];

/// JSON made of those words.
fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let word = || prop::sample::select(WORDS.to_vec()).prop_map(str::to_owned);
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        Just(200.into()),
        word().prop_map(Into::into),
        ".{0,8}".prop_map(Into::into),
    ];
    leaf.prop_recursive(5, 40, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::btree_map(word(), inner, 0..8).prop_map(|members| members
                .into_iter()
                .collect::<serde_json::Map<_, _>>()
                .into()),
        ]
    })
}

/// A frame of a kind that is known, with any data.
fn any_frame() -> impl Strategy<Value = serde_json::Value> {
    (prop::sample::select(WORDS.to_vec()), any_json()).prop_map(|(kind, data)| {
        let head = serde_json::json!({"corrId": "c", "version": "2026-04-01", "status": 200});
        serde_json::json!({"kind": kind, "head": head, "data": data})
    })
}

fn read_as_frame(bytes: &[u8]) {
    let _ = decode_request(bytes);
    let settle = PromiseSettle {
        id: "a".into(),
        state: Settlement::Resolved,
        value: Value::default(),
    };
    let fence = TaskFence {
        id: "w".into(),
        version: TaskVersion::new(1),
        action: FenceAction::Settle(settle),
    };
    let requests = [
        Request::PromiseGet(PromiseGet { id: "a".into() }),
        Request::TaskGet(TaskId { id: "w".into() }),
        Request::TaskFence(fence),
    ];
    for request in &requests {
        let _ = decode_answer(bytes, request, "c");
    }
    let _ = decode_message(&String::from_utf8_lossy(bytes));
}

fn read_as_payload(json: &Json) {
    let failure = Failure::from_json(json);
    let again = Failure::from_json(&failure.to_json());
    assert_eq!(again.name, failure.name);
    if let Ok(retry) = Retry::from_json(json) {
        assert!(Retry::from_json(&retry.to_json()).is_ok());
        for attempt in [0, 1, 2, u32::MAX] {
            let _ = retry.delay_after(attempt);
        }
    }
    if let Ok(invocation) = Invocation::from_json(json) {
        assert!(Invocation::from_json(&invocation.to_json()).is_ok());
        let params = [Param {
            name: "a",
            ty: "u64",
        }; 3];
        for count in 0..params.len() {
            let _ = invocation
                .args(&params[..count])
                .decode::<u64>(0, "a", "u64");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn frames_of_noise(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        read_as_frame(&bytes);
    }

    #[test]
    fn frames_of_well_formed_nonsense(frame in prop_oneof![any_json(), any_frame()]) {
        read_as_frame(frame.to_string().as_bytes());
    }

    #[test]
    fn streams_of_noise(bytes in prop::collection::vec(any::<u8>(), 0..200), limit in 0_usize..100) {
        let _ = SseDecoder::new(limit).push(&bytes);
    }

    #[test]
    fn addresses(text in prop_oneof![".{0,30}", "(poll|http)://(any@|uni@)?[a-z:@/?#\\[\\]é ]{0,12}"]) {
        let resolved = Address::resolve(&text);
        for text in [&*text, &*resolved] {
            match text.parse::<Address>() {
                Ok(address) => prop_assert_eq!(address.to_string().parse(), Ok(address)),
                Err(error) => prop_assert!(error.to_string().len() < 1_000),
            }
        }
    }

    #[test]
    fn cron_lines(
        line in prop_oneof![".{0,20}", "@?[a-z]{0,8}", "([0-9*?/,A-Z-]{1,4} ){4,6}[0-9*?/,-]{1,4}"],
        after in any::<i64>(),
    ) {
        match line.parse::<Cron>() {
            Ok(cron) => if let Some(next) = cron.next_after(Millis::new(after)) {
                prop_assert!(next.get() > after);
            },
            Err(error) => prop_assert!(error.to_string().len() < 1_000),
        }
    }

    #[test]
    fn every_fourth_minute_is_found_from_anywhere(after in 0_i64..4_000_000_000_000) {
        let cron: Cron = "*/4 * * * *".parse().unwrap();
        let next = cron.next_after(Millis::new(after)).unwrap();
        prop_assert_eq!(next.get(), (after / 240_000 + 1) * 240_000);
    }

    #[test]
    fn payloads(json in any_json(), data in ".{0,20}") {
        read_as_payload(&serde_json::value::to_raw_value(&json).unwrap());
        let _ = Base64Json::default().decode(&Value::of(data));
        let text = json.to_string();
        let value = Base64Json::default().encode(&text).unwrap();
        let read = Base64Json::default().decode(&value).unwrap();
        prop_assert_eq!(read.as_deref().map(|json| json.get()), Some(&*text));
    }

    #[test]
    fn policies(kind in "never|constant|linear|exponential", delay in any::<f64>(), factor in any::<f64>(), retries in any::<f64>()) {
        let data = serde_json::json!({"delay": delay, "factor": factor, "maxRetries": retries, "maxDelay": delay});
        let json = serde_json::json!({"type": kind, "data": data});
        read_as_payload(&serde_json::value::to_raw_value(&json).unwrap());
    }

    #[test]
    fn ids(id in ".{0,30}", n in any::<u64>()) {
        for grammar in [IdGrammar::Colon, IdGrammar::Dot] {
            if grammar.validate_root(&id).is_ok() {
                let child = grammar.child(&id.as_str().into(), n);
                prop_assert_eq!(grammar.origin_of(child.as_str()), &id);
                let detached = grammar.detached(&id.as_str().into(), &child);
                prop_assert_eq!(grammar.origin_of(detached.as_str()), &id);
            }
        }
    }
}
