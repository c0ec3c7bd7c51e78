//! Requests: the edge checks, and the way through a frame.

use std::collections::BTreeSet;

use resonate_core::Millis;
use resonate_core::protocol::envelope::{
    DebugRequest, DecodedRequest, decode_request, encode_request, open,
};
use resonate_core::protocol::{Request, Status};

use super::samples::every_request;

fn frame(kind: &str, data: &str) -> String {
    format!(r#"{{"kind":"{kind}","head":{{"corrId":"c-1","version":"2026-04-01"}},"data":{data}}}"#)
}

/// Kind, correlation id and message of the refusal of `text`.
#[track_caller]
fn refused(text: &str) -> (String, String, String) {
    let rejected = decode_request(text.as_bytes()).expect_err(text);
    assert_eq!(rejected.refusal.status, Status::BadRequest, "{text}");
    (rejected.kind, rejected.corr_id, rejected.refusal.message)
}

#[test]
fn the_first_failing_edge_check_wins_and_what_can_be_saved_of_the_head_is() {
    let head = r#""head":{"corrId":"c","version":"2026-04-01"}"#;
    let table = [
        ("not json".to_owned(), "unknown", "0", "Invalid request envelope"),
        ("[]".to_owned(), "unknown", "0", "Invalid request envelope"),
        (r#"["k",["c","2026-04-01"],{}]"#.to_owned(), "unknown", "0", "an object"),
        (r#"{"kind":"k","head":{"corrId":"c"},"data":{}}"#.to_owned(), "k", "c", "version"),
        (r#"{"kind":"k","head":{"corrId":5,"version":"x"},"data":{}}"#.to_owned(), "k", "0", "integer"),
        (format!(r#"{{"kind":5,{head},"data":{{}}}}"#), "unknown", "c", "integer"),
        (format!(r#"{{"kind":"k",{head}}}"#), "k", "c", "data"),
        (format!(r#"{{"kind":"",{head},"data":[]}}"#), "", "c", "kind is empty"),
        (format!(r#"{{"kind":"k",{head},"data":[]}}"#), "k", "c", "data is not an object"),
        (format!(r#"{{"kind":"k",{head},"data":null}}"#), "k", "c", "data is not an object"),
        (
            r#"{"kind":"nope","head":{"corrId":"c","version":"2025-01-01"},"data":{}}"#.to_owned(),
            "nope",
            "c",
            "2026-04-01",
        ),
        (frame("nope", "{}"), "nope", "c-1", "Unknown operation: nope"),
        (frame("promise.get", "{}"), "promise.get", "c-1", "Invalid request: missing field `id`"),
        (
            r#"{"kind":"k","head":{"corrId":"c","version":"2026-04-01","resonate:debug_time":1.5},"data":{}}"#
                .to_owned(),
            "k",
            "c",
            "1.5",
        ),
    ];
    for (text, kind, corr_id, said) in &table {
        let (found_kind, found_corr_id, message) = refused(text);
        assert_eq!((&*found_kind, &*found_corr_id), (*kind, *corr_id), "{text}");
        assert!(message.contains(said), "{text}: {message}");
    }
}

#[test]
fn data_that_does_not_fit_its_kind_is_refused() {
    let table = [
        ("promise.create", r#"{"id":"p"}"#),
        ("promise.create", r#"{"id":"p","timeoutAt":1000.5}"#),
        ("promise.create", r#"{"id":"p","timeoutAt":1e15}"#),
        (
            "promise.create",
            r#"{"id":"p","timeoutAt":9,"param":{"data":{}}}"#,
        ),
        ("promise.create", r#"{"id":"p","timeoutAt":9,"param":null}"#),
        ("promise.create", r#"{"id":"p","timeoutAt":9,"param":[]}"#),
        ("promise.create", r#"{"id":"p","timeoutAt":9,"tags":null}"#),
        (
            "promise.create",
            r#"{"id":"p","timeoutAt":9,"tags":{"a":1}}"#,
        ),
        ("promise.settle", r#"{"id":"p","state":"pending"}"#),
        (
            "promise.settle",
            r#"{"id":"p","state":"rejected_timedout"}"#,
        ),
        ("promise.search", r#"{"state":"x"}"#),
        (
            "task.acquire",
            r#"{"id":"w","version":-1,"pid":"p","ttl":1}"#,
        ),
        (
            "task.create",
            r#"{"pid":"p","ttl":1,"action":{"kind":"x","data":{"id":"w","timeoutAt":9}}}"#,
        ),
        (
            "task.fence",
            r#"{"id":"w","version":1,"action":{"kind":"promise.get","head":{},"data":{"id":"a"}}}"#,
        ),
        (
            "task.fence",
            r#"{"id":"w","version":1,"action":{"kind":"promise.create","head":{},"data":{"id":"a"}}}"#,
        ),
        (
            "task.suspend",
            r#"{"id":"w","version":1,"actions":[{"kind":"x","data":{"awaited":"a","awaiter":"w"}}]}"#,
        ),
        (
            "task.fulfill",
            r#"{"id":"w","version":1,"action":{"kind":"x","head":{},"data":{"id":"w","state":"pending"}}}"#,
        ),
        ("debug.tick", "{}"),
    ];
    for (kind, data) in table {
        let (_, _, message) = refused(&frame(kind, data));
        assert!(
            message.starts_with("Invalid request: "),
            "{kind} {data}: {message}"
        );
    }
}

#[test]
fn every_request_survives_the_way_through_a_frame() {
    let kinds: BTreeSet<_> = every_request().iter().map(Request::kind).collect();
    assert_eq!(kinds.len(), 21);
    for request in every_request() {
        let text = encode_request("c-1", Some("token"), &request);
        let frame = decode_request(text.as_bytes()).unwrap();
        assert_eq!(frame.kind, request.kind());
        assert_eq!(
            (&*frame.corr_id, frame.auth.as_deref()),
            ("c-1", Some("token"))
        );
        assert_eq!(frame.request, DecodedRequest::Request(Box::new(request)));
    }
}

#[test]
fn unknown_members_are_ignored_and_the_head_is_read() {
    let text = r#"{"kind":"promise.get","x":1,"data":{"id":"a","x":[]},"head":{"x":null,"auth":null,
        "corrId":"c","version":"2026-04-01","resonate:debug_time":7,"resonate:origin":"o"}}"#;
    let frame = decode_request(text.as_bytes()).unwrap();
    assert_eq!(frame.debug_time, Some(Millis::new(7)));
    assert_eq!((frame.origin.as_deref(), frame.auth), (Some("o"), None));
}

#[test]
fn what_is_allowed_to_vary_in_an_action_is_accepted() {
    let table = [
        (
            "task.create",
            r#"{"pid":"p","ttl":1,"action":{"kind":"x","head":null,"data":{"id":"w","timeoutAt":9}}}"#,
        ),
        (
            "task.fence",
            r#"{"id":"w","version":1,"action":{"kind":"promise.settle","data":{"id":"a","state":"resolved"}}}"#,
        ),
        ("task.suspend", r#"{"id":"w","version":1,"actions":[]}"#),
        (
            "promise.create",
            r#"{"id":"","timeoutAt":-1,"param":{"headers":null,"data":null}}"#,
        ),
        ("promise.search", "{}"),
    ];
    for (kind, data) in table {
        let frame = decode_request(frame(kind, data).as_bytes());
        assert!(frame.is_ok(), "{kind} {data}: {frame:?}");
    }
}

#[test]
fn debug_requests_are_told_apart_before_their_data_is_read() {
    let table = [
        ("debug.start", "{}", DebugRequest::Start),
        ("debug.stop", "{}", DebugRequest::Stop),
        ("debug.reset", "{}", DebugRequest::Reset),
        ("debug.snap", "{}", DebugRequest::Snap),
        (
            "debug.tick",
            r#"{"time":5}"#,
            DebugRequest::Tick {
                time: Millis::new(5),
            },
        ),
    ];
    for (kind, data, expected) in table {
        let opened = open(frame(kind, data).as_bytes()).unwrap();
        assert!(opened.is_debug(), "{kind}");
        assert_eq!(
            opened.decode().unwrap().request,
            DecodedRequest::Debug(expected)
        );
    }
    assert!(
        open(frame("debug.tick", "{}").as_bytes())
            .unwrap()
            .is_debug()
    );
    assert!(
        !open(frame("promise.get", "{}").as_bytes())
            .unwrap()
            .is_debug()
    );
}
