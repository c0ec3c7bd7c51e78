//! What must not be read in a log: tokens, payloads, arguments.
#![allow(clippy::unwrap_used)]

use std::io::Write;
use std::sync::{Arc, Mutex};

use resonate::Server;
use resonate::prelude::*;
use serde_json::json;
use support::http::{Sink, Stream, TestServer};
use tracing_subscriber::fmt::MakeWriter;

const LATER: i64 = 9_999_999_999_999;
const TOKEN: &str = "TOKEN-5ecret-0123456789abcdef";
const PAYLOAD: &str = "PAYLOAD-5ecret";
const ARGUMENT: &str = "ARGUMENT-5ecret";
const QUERY: &str = "QUERY-5ecret";

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[resonate::function(name = "serverSecretNumber")]
async fn number(number: u64) -> Result<u64> {
    Ok(number)
}

/// Every way in that carries a secret.
fn act(server: &TestServer) {
    let client = server.client().with_token(TOKEN);
    let sink = Sink::answering("500 No");
    let header = format!("authorization: Bearer {TOKEN}\r\n");
    let stream = Stream::open(server.address(), "/poll/there/a", &header).unwrap();
    let refused = format!("authorization: Bearer {TOKEN}x\r\n");
    assert!(Stream::open(server.address(), "/poll/there/b", &refused).is_err());
    let bad = server.client().with_token(&format!("{TOKEN}x"));
    assert_eq!(bad.call("promise.get", &json!({"id": "p"})).status, 401);
    let malformed =
        format!(r#"{{"kind":"{PAYLOAD}","head":{{"auth":"{TOKEN}"}},"data":"{ARGUMENT}"}}"#);
    assert_eq!(client.post(&malformed).status, 400);
    let arguments = json!({"func": "serverSecretNumber", "args": [ARGUMENT], "version": 1});
    let create = json!({
        "id": "w", "timeoutAt": LATER,
        "param": {"data": base64(&arguments.to_string()), "headers": {"x": PAYLOAD}},
        "tags": {"resonate:target": "poll://any@here"},
    });
    let pushed = json!({
        "id": "pushed", "timeoutAt": LATER, "param": {"data": PAYLOAD},
        "tags": {"resonate:target": format!("{}/{QUERY}?key={QUERY}", sink.url)},
    });
    let plain = json!({"id": "p", "timeoutAt": LATER, "param": {"data": PAYLOAD}});
    for create in [&pushed, &plain, &create] {
        assert_eq!(client.call("promise.create", create).status, 200);
    }
    for id in ["p", "w"] {
        let listen = json!({"awaited": id, "address": "poll://uni@there/a"});
        let listened = client.call("promise.register_listener", &listen).data();
        if id == "p" {
            let settle = json!({"id": id, "state": "rejected", "value": {"data": PAYLOAD}});
            assert_eq!(client.call("promise.settle", &settle).status, 200);
        }
        if listened["promise"]["state"] == "pending" {
            assert_eq!(stream.message().0["kind"], "unblock");
        }
    }
    assert!(sink.next().line.contains(QUERY));
    assert_eq!(client.call("debug.snap", &json!({})).status, 200);
}

fn base64(text: &str) -> String {
    use resonate::Codec;

    let codec = resonate_core::payload::Base64Json::default();
    codec.encode(text).unwrap().data.unwrap().to_string()
}

#[test]
fn no_log_shows_a_token_a_payload_or_an_argument() {
    let log = Log::default();
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer(log.clone())
        .init();
    let server = TestServer::start(|builder| builder.token(TOKEN));
    let building = server.server().client().group("here").build();
    let resonate = server.block_on(building).unwrap();
    act(&server);
    server.block_on(resonate.shutdown());
    server.shutdown();
    let text = log.text();
    assert!(text.contains("the server starts"), "{text}");
    for secret in [TOKEN, PAYLOAD, ARGUMENT, QUERY] {
        let line = text.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret}");
        let encoded = base64(&json!(secret).to_string());
        assert!(
            !text.contains(encoded.trim_end_matches('=')),
            "{secret}, encoded"
        );
    }
}

#[test]
fn what_a_server_prints_of_itself_shows_no_token() {
    let builder = Server::builder().token(TOKEN);
    let text = format!("{builder:?}");
    assert!(!text.contains(TOKEN) && text.contains("***"), "{text}");
}
