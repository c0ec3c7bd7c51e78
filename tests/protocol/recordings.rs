//! What official SDKs and a server said to each other: every line is read with our types, written
//! again, and means the same.
#![allow(clippy::unwrap_used)]

use resonate_core::Value;
use resonate_core::payload::{Base64Json, Codec, Failure, Invocation};
use resonate_core::protocol::envelope::{
    DecodedRequest, decode_answer, decode_message, decode_request, encode_answer, encode_message,
    encode_request,
};
use resonate_core::protocol::sse::SseDecoder;
use resonate_core::protocol::{
    FenceAction, PromiseCreate, Request, Settlement, TaskCreate, TaskFence, TaskFulfill,
};
use serde_json::Value as Json;
use serde_json::json;

const FILES: [(&str, &str); 4] = [
    (
        "ts4",
        include_str!("../wire/server-0.9.8__ts-sdk-0.11.4.ndjson"),
    ),
    (
        "ts5",
        include_str!("../wire/server-0.9.8__ts-sdk-0.11.5.ndjson"),
    ),
    (
        "py8",
        include_str!("../wire/server-0.9.8__py-sdk-0.8.1.ndjson"),
    ),
    (
        "rs6",
        include_str!("../wire/server-0.9.8__rust-sdk-0.6.0.ndjson"),
    ),
];

/// Every line of one sort, with where it stands.
fn lines(sort: &str) -> Vec<(String, Json)> {
    let all = FILES.iter().flat_map(|(file, text)| {
        let numbered = text.lines().enumerate();
        numbered.map(move |(at, line)| (format!("{file} line {}", at + 1), line))
    });
    all.map(|(place, line)| (place, serde_json::from_str::<Json>(line).unwrap()))
        .filter(|(_, line)| line["dir"] == sort)
        .collect()
}

fn request(line: &Json) -> Request {
    let frame = decode_request(line["req"].to_string().as_bytes()).unwrap();
    match frame.request {
        DecodedRequest::Request(request) => *request,
        DecodedRequest::Debug(debug) => panic!("no SDK sends {debug:?}"),
    }
}

fn corr_id(line: &Json) -> &str {
    line["req"]["head"]["corrId"].as_str().unwrap()
}

/// The request as we would write it: no routing hint, and inner heads that repeat the outer one.
fn as_ours(request: &Json) -> Json {
    let mut ours = request.clone();
    let head = ours["head"].as_object_mut().unwrap();
    head.remove("resonate:origin");
    let head = ours["head"].clone();
    if let Some(action) = ours["data"].get_mut("action") {
        action["head"] = head.clone();
    }
    if let Some(actions) = ours["data"].get_mut("actions") {
        for action in actions.as_array_mut().unwrap() {
            action["head"] = head.clone();
        }
    }
    ours
}

#[test]
fn every_recorded_request_is_read_and_written_again_with_the_same_meaning() {
    let lines = lines("rpc");
    assert_eq!(lines.len(), 209, "no line was skipped");
    for (place, line) in lines {
        let text = encode_request(corr_id(&line), None, &request(&line));
        let again: Json = serde_json::from_str(&text).unwrap();
        assert_eq!(again, as_ours(&line["req"]), "{place}");
    }
}

#[test]
fn every_recorded_answer_is_read_and_written_again_word_for_word() {
    for (place, line) in lines("rpc") {
        let request = request(&line);
        let text = line["res"].to_string();
        let answer = decode_answer(text.as_bytes(), &request, corr_id(&line))
            .unwrap_or_else(|error| panic!("{place}: {error}"));
        let (status, again) = encode_answer(request.kind(), corr_id(&line), &answer);
        assert_eq!(json!(status), line["httpStatus"], "{place}");
        assert_eq!(
            serde_json::from_str::<Json>(&again).unwrap(),
            line["res"],
            "{place}"
        );
    }
}

#[test]
fn every_recorded_event_is_read_and_written_again_with_the_same_meaning() {
    let lines = lines("sse");
    assert_eq!(lines.len(), 55, "no line was skipped");
    for (place, line) in lines {
        let raw = line["raw"].as_str().unwrap();
        let events = SseDecoder::new(1 << 20).push(raw.as_bytes());
        let [Ok(text)] = &events[..] else {
            panic!("{place}: {events:?}");
        };
        let message = decode_message(text).unwrap();
        let again = encode_message(&message, "http://localhost:8001");
        let (again, sent): (Json, Json) = (
            serde_json::from_str(&again).unwrap(),
            serde_json::from_str(text).unwrap(),
        );
        assert_eq!(again["kind"], sent["kind"], "{place}");
        assert_eq!(again["data"], sent["data"], "{place}");
        if sent["kind"] == "execute" {
            assert_eq!(again["head"], sent["head"], "{place}");
        }
    }
}

/// The promise that a request would create, if any.
fn created(request: &Request) -> Option<&PromiseCreate> {
    if let Request::PromiseCreate(create)
    | Request::TaskCreate(TaskCreate { action: create, .. })
    | Request::TaskFence(TaskFence {
        action: FenceAction::Create(create),
        ..
    }) = request
    {
        Some(create)
    } else {
        None
    }
}

#[test]
fn every_recorded_call_that_is_dispatched_says_what_to_run() {
    let mut calls = 0;
    for (place, line) in lines("rpc") {
        let request = request(&line);
        let Some(create) = created(&request) else {
            continue;
        };
        let param = Base64Json::default().decode(&create.param).unwrap();
        if create.tags.target().is_none() || create.tags.is_timer() {
            continue;
        }
        let invocation = Invocation::from_json(&param.unwrap()).unwrap();
        assert!(!invocation.func.is_empty(), "{place}");
        assert_eq!(invocation.unread_retry, None, "{place}");
        assert_eq!(
            invocation.version.is_none(),
            place.starts_with("rs6"),
            "{place}"
        );
        calls += 1;
    }
    assert!(calls > 30, "only {calls} calls were seen");
}

/// How and with what a request would settle a promise, if it does.
fn settled(request: &Request) -> Option<(Settlement, &Value)> {
    if let Request::PromiseSettle(settle)
    | Request::TaskFulfill(TaskFulfill { action: settle, .. })
    | Request::TaskFence(TaskFence {
        action: FenceAction::Settle(settle),
        ..
    }) = request
    {
        Some((settle.state, &settle.value))
    } else {
        None
    }
}

#[test]
fn every_recorded_rejection_reads_as_the_error_that_was_thrown() {
    let mut rejections = 0;
    for (place, line) in lines("rpc") {
        let request = request(&line);
        let Some((how, value)) = settled(&request) else {
            continue;
        };
        let json = Base64Json::default().decode(value).unwrap();
        if how == Settlement::Rejected {
            let failure = Failure::from_json(&json.unwrap());
            assert!(failure.message.contains("kaput"), "{place}: {failure:?}");
            assert!(failure.data.is_none(), "{place}: {failure:?}");
            rejections += 1;
        }
    }
    assert!(rejections >= 5, "only {rejections} rejections were seen");
}
