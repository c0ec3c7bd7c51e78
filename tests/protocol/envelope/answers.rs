//! Answers: what is written, what is tolerated, and what is refused.

use resonate_core::protocol::envelope::{
    MalformedAnswer, decode_answer, decode_answer_with, encode_answer,
};
use resonate_core::protocol::{
    Answer, PromiseGet, Refusal, Request, Response, Status, TaskId, TaskRecord, TaskStatus,
};
use serde_json::{Value as Json, json};

use super::samples::{every_request, response, task};

#[test]
fn every_answer_survives_the_way_through_a_frame_and_never_says_null() {
    for request in every_request() {
        let fitting = response(&request);
        let statuses = [400, 401, 403, 404, 409, 422, 500, 501, 503].map(Status::from_code);
        let refusals = statuses.map(|status| Err(Refusal::new(status, "why")));
        for answer in [Ok(fitting)].into_iter().chain(refusals) {
            let (status, text) = encode_answer(request.kind(), "c-1", &answer);
            assert!(!text.contains("null"), "{text}");
            let frame: Json = serde_json::from_str(&text).unwrap();
            assert_eq!(frame["kind"], request.kind());
            assert_eq!(
                frame["head"],
                json!({"corrId":"c-1","status":status,"version":"2026-04-01"})
            );
            assert_eq!(decode_answer(text.as_bytes(), &request, "c-1"), Ok(answer));
        }
    }
}

fn fence() -> Request {
    let get = |request: &Request| matches!(request, Request::TaskFence(_));
    every_request().into_iter().find(get).unwrap()
}

#[test]
fn the_inner_answer_of_a_fence_has_the_outer_correlation_id_and_its_own_status() {
    let refusal = Refusal::new(Status::NotFound, "no `a`");
    let answer: Answer = Ok(Response::Fenced {
        kind: "promise.create",
        result: Err(refusal),
        preload: Vec::new(),
    });
    let (status, text) = encode_answer("task.fence", "outer", &answer);
    let frame: Json = serde_json::from_str(&text).unwrap();
    assert_eq!(status, 200);
    assert_eq!(
        frame["data"],
        json!({"action":{"kind":"promise.create","data":"no `a`",
            "head":{"corrId":"outer","status":404,"version":"2026-04-01"}},"preload":[]})
    );
    assert_eq!(
        decode_answer(text.as_bytes(), &fence(), "outer"),
        Ok(answer)
    );
}

#[test]
fn of_the_records_that_travel_with_a_fence_as_many_are_read_as_are_wanted() {
    let many = r#"{"action":{"kind":"promise.create","head":{"status":404},"data":"no"},
        "preload":[{"id":"a","state":"pending","timeoutAt":9,"createdAt":1},
                   {"id":"b","state":"pending","timeoutAt":9,"createdAt":1},"no record"]}"#;
    let text = answer_text("task.fence", 200, many);
    let read = |max| match decode_answer_with(text.as_bytes(), &fence(), "c", max) {
        Ok(Ok(Response::Fenced { preload, .. })) => Ok(preload.len()),
        other => Err(other),
    };
    assert_eq!(read(0), Ok(0));
    assert_eq!(read(2), Ok(2));
    assert!(matches!(read(3), Err(Err(MalformedAnswer::Data { .. }))));
    for preload in ["7", "{}", r#"[{"id":"a""#] {
        let data = format!(
            r#"{{"action":{{"kind":"promise.create","head":{{"status":404}},"data":"no"}},"preload":{preload}}}"#
        );
        let text = answer_text("task.fence", 200, &data);
        assert!(
            decode_answer_with(text.as_bytes(), &fence(), "c", 0).is_err(),
            "{preload}"
        );
    }
}

fn answer_text(kind: &str, status: u16, data: &str) -> String {
    format!(r#"{{"kind":"{kind}","head":{{"corrId":"c","status":{status}}},"data":{data}}}"#)
}

#[test]
fn what_other_servers_write_differently_is_understood() {
    let get = Request::TaskGet(TaskId { id: "w".into() });
    for (resumes, count) in [("2", 2), ("null", 0), ("true", 1), (r#"["a","b"]"#, 2)] {
        let data = format!(
            r#"{{"task":{{"id":"w","state":"pending","version":1,"resumes":{resumes},"ttl":null,"pid":null}}}}"#
        );
        let text = answer_text("task.get", 200, &data);
        let expected = TaskRecord {
            state: TaskStatus::Pending,
            resumes: count,
            ..task()
        };
        assert_eq!(
            decode_answer(text.as_bytes(), &get, "c"),
            Ok(Ok(Response::Task(expected)))
        );
    }
    let read = Request::PromiseGet(PromiseGet { id: "a".into() });
    let data = r#"{"promise":{"id":"a","state":"pending","param":null,"value":{"headers":{},"data":null},
        "tags":null,"timeoutAt":9,"createdAt":1,"settledAt":null}}"#;
    let answer = decode_answer(answer_text("promise.get", 200, data).as_bytes(), &read, "c");
    let Ok(Ok(Response::Promise(record))) = answer else {
        panic!("{answer:?}");
    };
    assert!(record.tags.is_empty() && record.settled_at.is_none());
    for (data, message) in [
        (r#""why""#, "why"),
        (r#"{"error":"why"}"#, "why"),
        ("[1]", "[1]"),
    ] {
        let text = answer_text("promise.get", 404, data);
        let refusal = Refusal::new(Status::NotFound, message);
        assert_eq!(decode_answer(text.as_bytes(), &read, "c"), Ok(Err(refusal)));
    }
}

#[test]
fn what_is_not_the_answer_to_this_request_is_an_error_and_never_a_guess() {
    let read = Request::PromiseGet(PromiseGet { id: "a".into() });
    let record = |state: &str| {
        format!(r#"{{"promise":{{"id":"a","state":"{state}","timeoutAt":9,"createdAt":1}}}}"#)
    };
    let kind_of = |text: &str| match decode_answer(text.as_bytes(), &read, "c").expect_err(text) {
        MalformedAnswer::NotAnEnvelope { .. } => "no envelope",
        MalformedAnswer::OtherRequest { .. } => "other request",
        MalformedAnswer::Status { .. } => "status",
        MalformedAnswer::Data { .. } => "data",
    };
    let other_corr_id = answer_text("promise.get", 404, r#""why""#).replace("\"c\"", "\"d\"");
    let table = [
        ("", "no envelope"),
        ("<html>", "no envelope"),
        (
            r#"{"kind":"promise.get","head":{"corrId":"c"},"data":{}}"#,
            "no envelope",
        ),
        (
            &answer_text("promise.create", 200, &record("pending")),
            "other request",
        ),
        (&answer_text("unknown", 400, r#""why""#), "other request"),
        (&other_corr_id, "other request"),
        (
            &answer_text("promise.get", 201, &record("pending")),
            "status",
        ),
        (
            &answer_text("promise.get", 300, r#"{"preload":[]}"#),
            "status",
        ),
        (&answer_text("promise.get", 200, &record("later")), "data"),
        (
            &answer_text("promise.get", 200, r#"{"promise":null}"#),
            "data",
        ),
        (&answer_text("promise.get", 200, "[]"), "data"),
        (&answer_text("promise.get", 200, r#""why""#), "data"),
    ];
    for (text, expected) in table {
        assert_eq!(kind_of(text), expected, "{text}");
    }
    let inner = r#"{"action":{"kind":"promise.settle","head":{"status":200},"data":{}}}"#;
    let text = answer_text("task.fence", 200, inner);
    assert!(decode_answer(text.as_bytes(), &fence(), "c").is_err());
}
