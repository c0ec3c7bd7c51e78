//! Envelopes and HTTP (protocol §8.1): on our own server, and on the one that
//! `RESONATE_TEST_URL` names. Ids are new in every run, so that a server may have been used.

use serde_json::{Value, json};
use support::http::{Case, Client, Target, TestServer, foreign, unique};

/// An instant that no test lives to see.
const LATER: i64 = 9_999_999_999_999;

#[test]
fn what_is_no_envelope_is_refused_in_an_envelope() {
    let _case = Case::begin("1 2 3 4 5 6");
    let target = Target::find();
    // The case, the body, the kind and the correlation id of the answer, a word of its message.
    let cases = [
        ("1", "not json", "unknown", "0", ""),
        ("1", "", "unknown", "0", ""),
        ("1", "[]", "unknown", "0", ""),
        (
            "2",
            r#"{"kind":"promise.get","head":{"corrId":"c-2"},"data":{"id":"a"}}"#,
            "promise.get",
            "c-2",
            "",
        ),
        (
            "3",
            r#"{"kind":"promise.get","head":{"corrId":5,"version":"2026-04-01"},"data":{"id":"a"}}"#,
            "promise.get",
            "0",
            "",
        ),
        (
            "4",
            r#"{"kind":"","head":{"corrId":"c-4","version":"2026-04-01"},"data":{}}"#,
            "",
            "c-4",
            "",
        ),
        (
            "5",
            r#"{"kind":"promise.get","head":{"corrId":"c-5","version":"2026-04-01"},"data":[]}"#,
            "promise.get",
            "c-5",
            "",
        ),
        (
            "6",
            r#"{"kind":"nope","head":{"corrId":"c-6","version":"2025-01-01"},"data":{}}"#,
            "nope",
            "c-6",
            "2026-04-01",
        ),
    ];
    for (case, body, kind, corr_id, word) in cases {
        let reply = target.client().post(body);
        let told = reply.json();
        let context = format!("case {case}: {body} => {reply:?}");
        assert_eq!(reply.status, 400, "{context}");
        assert_eq!(told["head"]["status"], 400, "{context}");
        assert_eq!(told["kind"], kind, "{context}");
        assert_eq!(told["head"]["corrId"], corr_id, "{context}");
        let message = told["data"].as_str().expect("a refusal is a sentence");
        assert!(message.contains(word), "{context}");
    }
}

#[test]
fn an_unknown_kind_is_refused() {
    let _case = Case::begin("7");
    let target = Target::find();
    let reply = target.client().call("nope", &json!({}));
    assert!([400, 501].contains(&reply.status), "case 7: {reply:?}");
}

#[test]
fn unknown_members_are_ignored() {
    let _case = Case::begin("8");
    let target = Target::find();
    let client = target.client();
    let mut envelope = client.envelope(
        "promise.create",
        &json!({"id": unique("p"), "timeoutAt": LATER, "colour": "red"}),
    );
    envelope["head"]["mood"] = "good".into();
    envelope["weather"] = json!({"wind": [1, 2]});
    let reply = client.post(&envelope.to_string());
    assert_eq!(reply.status, 200, "case 8: {reply:?}");
}

#[test]
fn without_debug_mode_debug_requests_are_forbidden_and_the_debug_time_is_ignored() {
    let own = foreign()
        .is_none()
        .then(|| TestServer::start(|builder| builder.debug(false)));
    let client = own
        .as_ref()
        .map_or_else(|| Target::find().client(), TestServer::client);
    let is_open = client.call("debug.start", &json!({})).status != 403;
    if own.is_none() && is_open {
        return Case::not_played("9", "it would have to run without debug mode");
    }
    let _case = Case::begin("9");
    // Servers differ in whether they look at the kind first or at the mode.
    let unknown = own.is_some().then_some("nope");
    let known = ["start", "stop", "reset", "snap", "tick"];
    for kind in known.into_iter().chain(unknown) {
        let reply = client.call(&format!("debug.{kind}"), &json!({}));
        assert_eq!(reply.status, 403, "case 9: debug.{kind} {reply:?}");
    }
    let reply = client.call_at(
        5,
        "promise.create",
        &json!({"id": unique("p"), "timeoutAt": LATER}),
    );
    let created_at = reply.data()["promise"]["createdAt"].as_i64();
    assert!(created_at > Some(5), "case 9: {reply:?}");
}

#[test]
fn every_status_is_told_in_one_shape() {
    let _case = Case::begin("10");
    let target = Target::find();
    let client = target.client();
    let root = unique("w");
    // Of one origin with it, whatever the server makes of a dot.
    let child = format!("{root}.c");
    let asked = |status: u16, kind: &str, data: &Value| {
        let reply = client.call(kind, data);
        assert_eq!(reply.status, status, "case 10: {kind} {data} => {reply:?}");
        assert_eq!(reply.header("location"), None, "case 10: {reply:?}");
        reply.data()
    };
    let tags = json!({"resonate:target": "poll://any@nobody"});
    let action = json!({
        "kind": "promise.create", "head": {},
        "data": {"id": root, "timeoutAt": LATER, "tags": tags},
    });
    let external = json!({"resonate:external": "true"});
    asked(404, "promise.get", &json!({"id": root}));
    let claim = json!({"pid": "P", "ttl": 60_000, "action": action});
    let claimed = asked(200, "task.create", &claim);
    assert!(claimed["preload"].is_array(), "case 10: {claimed}");
    asked(409, "task.create", &claim);
    let create = json!({"id": child, "timeoutAt": LATER, "tags": external});
    asked(200, "promise.create", &create);
    let plain = json!({"pid": "P", "ttl": 60_000, "action": {
        "kind": "promise.create", "head": {},
        "data": {"id": child, "timeoutAt": LATER, "tags": tags},
    }});
    asked(422, "task.create", &plain);
    asked(
        200,
        "promise.settle",
        &json!({"id": child, "state": "resolved"}),
    );
    let suspend = json!({"id": root, "version": 1, "actions": [{
        "kind": "promise.register_callback", "head": {},
        "data": {"awaiter": root, "awaited": child},
    }]});
    let redirect = asked(300, "task.suspend", &suspend);
    assert!(redirect["preload"].is_array(), "case 10: {redirect}");
    asked(400, "promise.get", &json!({"id": ""}));
}

#[test]
fn paths_and_methods_that_are_not_the_protocols_are_refused() {
    let _case = Case::begin("11");
    let target = Target::find();
    let client = target.client();
    let reply = client.fetch("GET", "/", &[]);
    assert_eq!(
        (reply.status, reply.header("allow")),
        (405, Some("POST")),
        "case 11"
    );
    assert_eq!(reply.body, "", "case 11");
    for path in [
        "/x",
        "/poll",
        "/poll/",
        "/poll/g",
        "/promise",
        "/promisesx",
        "/ready/x",
    ] {
        let reply = client.fetch("GET", path, &[]);
        assert_eq!((reply.status, &*reply.body), (404, ""), "case 11: {path}");
    }
    for path in ["/promises", "/promises/x", "/tasks/claim", "/schedules/a/b"] {
        for method in ["GET", "DELETE"] {
            let reply = client.fetch(method, path, &[]);
            assert_eq!(reply.status, 410, "case 11: {method} {path} {reply:?}");
            assert!(reply.json()["error"].is_string(), "case 11: {reply:?}");
        }
    }
    for path in ["/ready", "/health"] {
        let reply = client.fetch("GET", path, &[]);
        assert_eq!((reply.status, &*reply.body), (200, ""), "{path}");
    }
}

#[test]
fn a_body_that_is_too_long_is_answered_413_and_not_in_an_envelope() {
    let _case = Case::begin("12");
    let target = Target::find();
    let reply = target.client().post(&"x".repeat(2_200_000));
    assert_eq!(reply.status, 413, "case 12: {reply:?}");
    assert!(reply.json().is_null(), "case 12: {reply:?}");
    let content_type = reply.header("content-type").unwrap_or_default();
    assert!(content_type.starts_with("text/plain"), "case 12: {reply:?}");
}

#[test]
fn a_body_as_long_as_allowed_is_taken() {
    let _case = Case::begin("a body of almost 2 MiB");
    let target = Target::find();
    let data = "x".repeat(2 * 1024 * 1024 - 1000);
    let create = json!({"id": unique("p"), "timeoutAt": LATER, "param": {"data": data}});
    let reply = target.client().call("promise.create", &create);
    assert_eq!(reply.status, 200);
    assert_eq!(reply.data()["promise"]["param"]["data"], data);
}

#[test]
fn the_checks_come_in_the_protocols_order() {
    let Some(_case) = Case::on_ours(
        "the order of checks (§1.4)",
        "it would have to ask for this test's token",
    ) else {
        return;
    };
    let server = TestServer::start(|builder| builder.debug(false).token("t0ken"));
    let (stranger, friend) = (server.client(), server.client().with_token("t0ken"));
    let check = |client: &Client, kind: &str, version: &str, data: &str, status: u16| {
        let auth = client
            .token
            .as_ref()
            .map_or(json!(null), |token| json!(token));
        let head = json!({"corrId": "c", "version": version, "auth": auth});
        let body = format!(r#"{{"kind":"{kind}","head":{head},"data":{data}}}"#);
        let reply = client.post(&body);
        assert_eq!(reply.status, status, "{body} => {reply:?}");
    };
    const NOW: &str = "2026-04-01";
    check(&stranger, "debug.nope", "1", "[]", 400);
    check(&stranger, "", NOW, "{}", 400);
    check(&stranger, "debug.snap", NOW, "[]", 400);
    check(&stranger, "debug.snap", NOW, "{}", 401);
    check(&stranger, "nope", NOW, "{}", 401);
    check(&stranger, "promise.get", NOW, r#"{"id":5}"#, 401);
    check(&friend, "debug.snap", NOW, "{}", 403);
    check(&friend, "debug.tick", NOW, r#"{"time":"x"}"#, 403);
    check(&friend, "nope", NOW, "{}", 400);
    check(&friend, "promise.get", NOW, r#"{"id":5}"#, 400);
    check(&friend, "promise.get", NOW, r#"{"id":""}"#, 400);
    check(&friend, "promise.get", NOW, r#"{"id":"p"}"#, 404);
}
