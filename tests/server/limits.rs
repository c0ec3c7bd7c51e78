//! What a server puts up with (§1.3 of the protocol, and its own limits).
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use resonate::server::{Limits, ServerBuilder};
use serde_json::{Value, json};
use support::http::{Client, Raw, Stream, TestServer};

const LATER: i64 = 9_999_999_999_999;
/// Long enough for a test to act in, short enough to wait for.
const SOON: Duration = Duration::from_millis(200);

fn limited(set: impl FnOnce(&mut Limits)) -> TestServer {
    let mut limits = Limits::default();
    set(&mut limits);
    TestServer::start(|builder| builder.limits(limits))
}

fn get(client: &Client) -> u16 {
    client.call("promise.get", &json!({"id": "p"})).status
}

/// A whole request, as bytes.
fn request(headers: &str, body: &str) -> Vec<u8> {
    format!("POST / HTTP/1.1\r\nhost: here\r\n{headers}\r\n{body}").into_bytes()
}

#[test]
fn a_request_whose_headers_do_not_end_is_cut_off() {
    let server = limited(|limits| limits.header_timeout = SOON);
    for start in [
        "P",
        "POST / HTTP/1.1\r\n",
        "POST / HTTP/1.1\r\nhost: here\r\nx: y",
    ] {
        let mut raw = Raw::connect(server.address());
        assert!(raw.send(start.as_bytes()));
        assert_eq!(get(&server.client()), 404, "others are served");
        raw.wait_closed();
    }
}

#[test]
fn the_next_request_of_a_connection_is_cut_off_as_well() {
    let server = limited(|limits| limits.header_timeout = SOON);
    let mut raw = Raw::connect(server.address());
    assert!(raw.send(&request("content-length: 2\r\n", "{}")));
    assert_eq!(raw.answer().unwrap().0.status, 400);
    assert!(raw.send(b"POST / HTT"));
    raw.wait_closed();
}

#[test]
fn a_request_whose_body_does_not_end_is_cut_off() {
    let server = limited(|limits| limits.body_timeout = SOON);
    for (headers, body) in [
        ("content-length: 100\r\n", "{"),
        ("transfer-encoding: chunked\r\n", "3\r\n{\"k\r\n"),
    ] {
        let mut raw = Raw::connect(server.address());
        assert!(raw.send(&request(headers, body)));
        assert_eq!(get(&server.client()), 404, "others are served");
        assert_eq!(raw.answer().unwrap().0.status, 408);
        raw.wait_closed();
    }
}

#[test]
fn an_idle_connection_is_closed() {
    let server = limited(|limits| limits.idle_timeout = SOON);
    let mut raw = Raw::connect(server.address());
    assert!(raw.send(&request("content-length: 2\r\n", "{}")));
    assert_eq!(raw.answer().unwrap().0.status, 400);
    raw.wait_closed();
    Raw::connect(server.address()).wait_closed();
}

#[test]
fn a_body_that_is_too_long_is_refused_however_it_is_sent() {
    let server = limited(|limits| limits.body_bytes_max = 100);
    let long = "x".repeat(101);
    let chunked = format!("65\r\n{long}\r\n0\r\n\r\n");
    let chunks = "1\r\nx\r\n".repeat(101) + "0\r\n\r\n";
    for (headers, body) in [
        ("content-length: 101\r\n", &*long),
        ("transfer-encoding: chunked\r\n", &chunked),
        ("transfer-encoding: chunked\r\n", &chunks),
        ("content-length: 101\r\nexpect: 100-continue\r\n", ""),
        ("content-length: 99999999999\r\n", ""),
    ] {
        let mut raw = Raw::connect(server.address());
        raw.send(&request(headers, body));
        let (head, text) = raw.answer().unwrap();
        assert_eq!(head.status, 413, "{headers}");
        assert!(text.contains("100 bytes"), "{text}");
        raw.wait_closed();
    }
    let mut raw = Raw::connect(server.address());
    assert!(raw.send(&request("content-length: 100\r\n", &long[1..])));
    assert_eq!(raw.answer().unwrap().0.status, 400);
}

#[test]
fn bodies_share_a_budget() {
    let server = limited(|limits| limits.bodies_bytes_max = 1000);
    let mut greedy = Raw::connect(server.address());
    assert!(greedy.send(&request("content-length: 2000\r\n", &"x".repeat(900))));
    let refused = std::iter::repeat_with(|| server.client().post(&"y".repeat(200)).status);
    let statuses: Vec<_> = refused
        .take_while(|status| *status == 400)
        .take(10_000)
        .collect();
    assert!(statuses.len() < 10_000, "the budget is never used up");
    drop(greedy);
    let served = (0..10_000).any(|_| server.client().post(&"y".repeat(200)).status == 400);
    assert!(served, "the budget is never given back");
}

#[test]
fn headers_that_are_too_long_or_too_many_are_refused() {
    let server = TestServer::start(ServerBuilder::memory);
    for headers in [
        format!("x: {}\r\n", "y".repeat(70_000)),
        (0..2000).map(|n| format!("x{n}: y\r\n")).collect(),
    ] {
        let mut raw = Raw::connect(server.address());
        raw.send(&request(&headers, ""));
        assert_eq!(raw.answer().unwrap().0.status, 431);
        raw.wait_closed();
    }
    let mut raw = Raw::connect(server.address());
    raw.send(format!("GET /{} HTTP/1.1\r\n\r\n", "y".repeat(70_000)).as_bytes());
    let status = raw.answer().unwrap().0.status;
    assert!([414, 431].contains(&status), "{status}");
}

#[test]
fn what_is_no_http_changes_nothing_and_brings_nothing_down() {
    let server = TestServer::start(ServerBuilder::memory);
    let body = r#"{"kind":"promise.create","head":{"corrId":"c","version":"2026-04-01"},"data":{"id":"p","timeoutAt":9}}"#;
    let cases = [
        "\0\0\0\0\r\n\r\n".to_owned(),
        "GARBAGE\r\n\r\n".to_owned(),
        "POST / HTTP/9.9\r\n\r\n".to_owned(),
        format!("POST / HTTP/1.1\r\ncontent-length: -5\r\n\r\n{body}"),
        format!("POST / HTTP/1.1\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n{body}"),
        format!("POST / HTTP/1.1\r\ntransfer-encoding: nonsense\r\n\r\n{body}"),
        "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n".to_owned(),
        "POST / HTTP/1.1\r\n\r\n\r\n".to_owned(),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
    ];
    for case in cases {
        let mut raw = Raw::connect(server.address());
        raw.send(case.as_bytes());
        if let Some(head) = raw.head() {
            assert!(
                (400..500).contains(&head.status),
                "{case:?}: {}",
                head.status
            );
        }
        assert_eq!(get(&server.client()), 404, "{case:?}");
    }
}

#[test]
fn deep_json_is_refused() {
    let server = TestServer::start(ServerBuilder::memory);
    for open in ["[", "{\"a\":", "{\"data\":["] {
        let reply = server.client().post(&open.repeat(100_000));
        assert_eq!(reply.status, 400);
    }
    let (open, close) = ("[".repeat(100_000), "]".repeat(100_000));
    let body = format!(
        r#"{{"kind":"promise.get","head":{{"corrId":"c","version":"2026-04-01"}},"data":{{"id":"p","x":{open}{close}}}}}"#
    );
    assert!([400, 404].contains(&server.client().post(&body).status));
}

#[test]
fn one_connection_too_many_is_turned_away() {
    let server = limited(|limits| limits.connections_max = 3);
    let mut open: Vec<_> = (0..3).map(|_| Raw::connect(server.address())).collect();
    for raw in &mut open {
        assert!(raw.send(&request("content-length: 2\r\n", "{}")));
        assert_eq!(raw.answer().unwrap().0.status, 400);
    }
    let mut one_more = Raw::connect(server.address());
    let (head, _) = one_more.answer().unwrap();
    assert_eq!(head.status, 503);
    assert_eq!(head.header("retry-after"), Some("1"));
    one_more.wait_closed();
    open.pop();
    let served = (0..10_000).any(|_| {
        let mut raw = Raw::connect(server.address());
        raw.send(&request("content-length: 2\r\n", "{}"));
        raw.answer().is_some_and(|(head, _)| head.status == 400)
    });
    assert!(served, "a place is never free again");
}

#[test]
fn connections_that_come_and_go_leave_nothing_behind() {
    let server = limited(|limits| limits.connections_max = 10);
    for number in 0..2000 {
        let mut raw = Raw::connect(server.address());
        if number % 2 == 0 {
            raw.send(b"POST / HT");
        } else {
            // Waited for, so that no more come at once than the system holds for a listener.
            raw.send(&request("content-length: 2\r\n", "{}"));
            let _answered_or_turned_away = raw.answer();
        }
    }
    let served = (0..10_000).any(|_| {
        let mut raw = Raw::connect(server.address());
        raw.send(&request("content-length: 2\r\n", "{}"));
        raw.answer().is_some_and(|(head, _)| head.status == 400)
    });
    assert!(served, "a place is never free again");
}

#[test]
fn one_stream_too_many_is_turned_away() {
    let server = limited(|limits| limits.streams_max = 2);
    let open = |pid: &str| Stream::open(server.address(), &format!("/poll/g/{pid}"), "");
    let (first, _second) = (open("a").unwrap(), open("b").unwrap());
    let refused = open("c").unwrap_err();
    assert_eq!(refused.status, 503);
    let content_type = refused.header("content-type").unwrap();
    assert!(content_type.starts_with("text/plain"), "{content_type}");
    assert_eq!(get(&server.client()), 404, "requests are still answered");
    drop(first);
    assert!(
        (0..10_000).any(|_| open("c").is_ok()),
        "a place is never free again"
    );
}

#[test]
fn a_reader_that_does_not_read_is_dropped_and_others_are_not() {
    let server = limited(|limits| {
        limits.streams_max = 2;
        limits.stream_messages_max = 3;
        limits.write_timeout = SOON;
    });
    let client = server.client();
    let mut lazy = Raw::connect(server.address());
    lazy.send(b"GET /poll/lazy/a HTTP/1.1\r\nhost: here\r\n\r\n");
    assert_eq!(lazy.head().unwrap().status, 200);
    let awake = Stream::open(server.address(), "/poll/awake/a", "").unwrap();
    let value = json!({"data": "x".repeat(1_000_000)});
    for number in 0..20 {
        let id = format!("p{number}");
        let create = json!({"id": id, "timeoutAt": LATER});
        assert_eq!(client.call("promise.create", &create).status, 200);
        for group in ["lazy", "awake"] {
            let listen = json!({"awaited": id, "address": format!("poll://uni@{group}/a")});
            assert_eq!(
                client.call("promise.register_listener", &listen).status,
                200
            );
        }
        let settle = json!({"id": id, "state": "resolved", "value": value});
        assert_eq!(client.call("promise.settle", &settle).status, 200);
        assert_eq!(awake.message().0["data"]["promise"]["id"], id);
    }
    let open = || Stream::open(server.address(), "/poll/g/b", "");
    let is_free = (0..100_000).any(|_| open().is_ok());
    assert!(is_free, "the stream that nobody reads is kept");
    lazy.wait_closed();
}

#[test]
fn long_ids_and_wide_suspensions_are_refused() {
    let server = TestServer::start(ServerBuilder::memory);
    let client = server.client();
    let (longest, too_long) = ("x".repeat(1024), "x".repeat(1025));
    let actions = |count: usize| -> Vec<Value> {
        let action = |number| {
            json!({"kind": "promise.register_callback", "head": {},
                "data": {"awaiter": "w", "awaited": format!("p{number}")}})
        };
        (0..count).map(action).collect()
    };
    let suspend = |count| json!({"id": "w", "version": 1, "actions": actions(count)});
    let task = |id: &str| json!([{"id": id, "version": 1}]);
    let cases = [
        ("promise.get", json!({"id": longest}), 404),
        ("promise.get", json!({"id": too_long}), 400),
        ("promise.get", json!({"id": "é".repeat(513)}), 400),
        (
            "promise.create",
            json!({"id": too_long, "timeoutAt": LATER}),
            400,
        ),
        (
            "promise.register_callback",
            json!({"awaited": "a", "awaiter": too_long}),
            400,
        ),
        (
            "task.acquire",
            json!({"id": "w", "version": 0, "pid": too_long, "ttl": 1}),
            400,
        ),
        (
            "task.heartbeat",
            json!({"pid": "P", "tasks": task(&too_long)}),
            400,
        ),
        (
            "task.heartbeat",
            json!({"pid": "P", "tasks": task(&longest)}),
            200,
        ),
        ("schedule.get", json!({"id": too_long}), 400),
        ("task.suspend", suspend(1000), 404),
        ("task.suspend", suspend(1001), 400),
    ];
    for (kind, data, status) in cases {
        let reply = client.call(kind, &data);
        assert_eq!(reply.status, status, "{kind} {reply:?}");
    }
}
