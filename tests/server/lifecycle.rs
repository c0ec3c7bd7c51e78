//! A server's beginning, its end, and what it shares with its own process.
#![allow(clippy::unwrap_used)]

use resonate::prelude::*;
use resonate::server::ServerBuilder;
use serde_json::json;
use support::http::{Stream, TestServer};

const LATER: i64 = 9_999_999_999_999;

#[resonate::function(name = "serverDouble")]
async fn double(number: u64) -> Result<u64> {
    Ok(2 * number)
}

#[test]
fn a_function_in_the_servers_process_serves_callers_over_http() {
    let server = TestServer::start(ServerBuilder::memory);
    let building = server.server().client().group("here").build();
    let resonate = server.block_on(building).unwrap();
    let stream = Stream::open(server.address(), "/poll/there/a", "").unwrap();
    let client = server.client();
    // {"func":"serverDouble","args":[21],"version":1}
    let param = "eyJmdW5jIjoic2VydmVyRG91YmxlIiwiYXJncyI6WzIxXSwidmVyc2lvbiI6MX0=";
    let create = json!({
        "id": "answer", "timeoutAt": LATER, "param": {"data": param},
        "tags": {"resonate:target": "poll://any@here"},
    });
    let listen = json!({"awaited": "answer", "address": "poll://uni@there/a"});
    assert_eq!(client.call("promise.create", &create).status, 200);
    let listened = client.call("promise.register_listener", &listen).data();
    let settled = match listened["promise"]["state"].as_str() {
        Some("pending") => stream.message().0["data"].clone(),
        _ => listened,
    };
    assert_eq!(settled["promise"]["state"], "resolved", "{settled}");
    assert_eq!(settled["promise"]["value"]["data"], "NDI=", "{settled}");
    server.block_on(resonate.shutdown());
    let reply = client.call("promise.get", &json!({"id": "answer"}));
    assert_eq!(
        reply.status, 200,
        "the server outlives its process's client"
    );
}

#[test]
fn a_caller_in_the_servers_process_reaches_workers_over_http() {
    let server = TestServer::start(ServerBuilder::memory);
    let building = server.server().client().group("here").build();
    let resonate = server.block_on(building).unwrap();
    let stream = Stream::open(server.address(), "/poll/there/a", "").unwrap();
    let client = server.client();
    let worker = std::thread::spawn(move || {
        assert_eq!(stream.task(), "far 0");
        let acquire = json!({"id": "far", "version": 0, "pid": "a", "ttl": 60_000});
        let claimed = client.call("task.acquire", &acquire);
        assert_eq!(claimed.status, 200, "{claimed:?}");
        let fulfill = json!({"id": "far", "version": 1, "action": {
            "kind": "promise.settle", "head": {},
            "data": {"id": "far", "state": "resolved", "value": {"data": "NDI="}},
        }});
        assert_eq!(client.call("task.fulfill", &fulfill).status, 200);
    });
    let answer = server.block_on(async {
        let call = resonate.id("far").rpc::<u64>("elsewhere", (21,));
        call.target("there").await
    });
    assert_eq!(answer.unwrap(), 42);
    worker.join().unwrap();
}

#[test]
fn a_restart_takes_back_the_leases_of_its_own_process_and_no_others() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let server = TestServer::start(|builder| builder.path(&path));
    let client = server.client();
    for (id, pid) in [("far", "remote-1"), ("near", "in-process-1")] {
        let claim = json!({"pid": pid, "ttl": 600_000, "action": {
            "kind": "promise.create", "head": {},
            "data": {"id": id, "timeoutAt": LATER, "tags": {"resonate:target": "poll://any@g"}},
        }});
        assert_eq!(client.call("task.create", &claim).status, 200);
    }
    server.shutdown();
    let server = TestServer::start(|builder| builder.path(&path));
    let client = server.client();
    let task = |id: &str| client.call("task.get", &json!({"id": id})).data()["task"].clone();
    assert_eq!(task("far")["pid"], "remote-1");
    assert_eq!(task("near")["state"], "pending");
    let stream = Stream::open(server.address(), "/poll/g/a", "").unwrap();
    assert_eq!(stream.task(), "near 1");
    let heartbeat = json!({"pid": "remote-1", "tasks": [{"id": "far", "version": 1}]});
    assert_eq!(client.call("task.heartbeat", &heartbeat).status, 200);
    assert_eq!(task("far")["state"], "acquired");
}

#[test]
fn what_was_acknowledged_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let server = TestServer::start(|builder| builder.path(&path));
    let create = json!({"id": "p", "timeoutAt": LATER, "param": {"data": "eA=="}});
    let kept = server.client().call("promise.create", &create).data();
    let again = TestServer::try_start(|builder| builder.path(&path));
    let message = again.unwrap_err().to_string();
    assert!(
        message.contains("this process has this store open"),
        "{message}"
    );
    server.shutdown();
    let server = TestServer::start(|builder| builder.path(&path));
    let got = server
        .client()
        .call("promise.get", &json!({"id": "p"}))
        .data();
    assert_eq!(got, kept);
}

#[test]
fn a_reset_forgets_everything_on_every_store() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let servers = [
        TestServer::start(ServerBuilder::memory),
        TestServer::start(|builder| builder.path(&path)),
    ];
    for server in servers {
        let client = server.client();
        let create = json!({"id": "p", "timeoutAt": LATER});
        assert_eq!(client.call("debug.start", &json!({})).status, 200);
        assert_eq!(client.call_at(5000, "promise.create", &create).status, 200);
        assert_eq!(client.call("debug.reset", &json!({})).status, 200);
        assert_eq!(client.call("promise.get", &json!({"id": "p"})).status, 404);
        let again = client.call_at(1000, "promise.create", &create).data();
        assert_eq!(again["promise"]["createdAt"], 1000);
        server.shutdown();
    }
}

#[test]
fn a_paused_clock_stands_until_it_is_told() {
    let server = TestServer::start(ServerBuilder::memory);
    let client = server.client();
    for kind in ["debug.start", "debug.reset"] {
        assert_eq!(client.call(kind, &json!({})).status, 200);
    }
    let created = |reply: support::http::Reply| reply.data()["promise"]["createdAt"].clone();
    let create = |id: &str| json!({"id": id, "timeoutAt": LATER});
    assert_eq!(
        created(client.call_at(7, "promise.create", &create("a"))),
        7
    );
    assert_eq!(created(client.call("promise.create", &create("b"))), 7);
    assert_eq!(client.call("debug.tick", &json!({"time": 9})).status, 200);
    assert_eq!(created(client.call("promise.create", &create("c"))), 9);
    let differing = client.call_at(8, "debug.tick", &json!({"time": 9}));
    assert_eq!(differing.status, 400);
    assert_eq!(client.call("debug.tick", &json!({})).status, 400);
    assert_eq!(client.call("debug.stop", &json!({})).status, 200);
    let now = created(client.call("promise.create", &create("d")));
    assert!(now.as_i64() > Some(1_000_000_000_000), "{now}");
}

#[test]
fn a_shutdown_ends_streams_and_answers_what_is_under_way() {
    let server = TestServer::start(ServerBuilder::memory);
    let stream = Stream::open(server.address(), "/poll/g/a", "").unwrap();
    let address = server.address();
    server.shutdown();
    assert_eq!(stream.next(), None);
    assert!(std::net::TcpStream::connect(address).is_err());
}

#[test]
fn without_a_token_only_this_machine_is_listened_to() {
    let open = || TestServer::try_start(|builder| builder.bind(([0, 0, 0, 0], 0)));
    let message = open().unwrap_err().to_string();
    for word in ["0.0.0.0:0", "token", "127.0.0.1", "insecure_no_auth"] {
        assert!(message.contains(word), "{word}: {message}");
    }
    let short = TestServer::try_start(|builder| builder.bind(([0, 0, 0, 0], 0)).token("hunt2"));
    let message = short.unwrap_err().to_string();
    assert!(
        message.contains("5 characters") && !message.contains("hunt2"),
        "{message}"
    );
    let token = "0123456789abcdef0123456789abcdef";
    TestServer::start(|builder| builder.bind(([0, 0, 0, 0], 0)).token(token)).shutdown();
    TestServer::start(|builder| builder.bind(([0, 0, 0, 0], 0)).insecure_no_auth()).shutdown();
    TestServer::start(|builder| builder.bind(([0; 8], 0)).insecure_no_auth()).shutdown();
}

#[test]
fn web_pages_may_ask_as_far_as_they_are_let() {
    let off = TestServer::start(ServerBuilder::memory);
    let any = TestServer::start(|builder| builder.cors("*"));
    let list = TestServer::start(|builder| builder.cors("https://a.test").cors("https://b.test"));
    let (mine, theirs) = ("https://b.test", "https://evil.test");
    let asked = |server: &TestServer, origin: &str| {
        let get = server.client().envelope("promise.get", &json!({"id": "p"}));
        let reply = server
            .client()
            .post_with(&get.to_string(), &[("origin", origin)]);
        let allowed = reply
            .header("access-control-allow-origin")
            .map(str::to_owned);
        assert_eq!(reply.header("access-control-allow-credentials"), None);
        (reply.status, allowed)
    };
    assert_eq!(asked(&off, theirs), (403, None));
    assert_eq!(asked(&off, "null"), (403, None));
    assert_eq!(asked(&off, "http://localhost:3000"), (404, None));
    assert_eq!(asked(&off, "http://[::1]:3000"), (404, None));
    assert_eq!(asked(&any, theirs), (404, Some("*".to_owned())));
    assert_eq!(asked(&list, mine), (404, Some(mine.to_owned())));
    assert_eq!(asked(&list, theirs), (403, None));
    let preflight = |server: &TestServer, origin: &str| {
        let headers = [
            ("origin", origin),
            ("access-control-request-method", "POST"),
        ];
        let reply = server.client().fetch("OPTIONS", "/", &headers);
        (
            reply.status,
            reply
                .header("access-control-allow-methods")
                .map(str::to_owned),
        )
    };
    assert_eq!(preflight(&off, mine), (403, None));
    assert_eq!(preflight(&any, mine), (200, Some("*".to_owned())));
    let methods = "GET, POST, PUT, PATCH, DELETE, OPTIONS";
    assert_eq!(preflight(&list, mine), (200, Some(methods.to_owned())));
    assert_eq!(preflight(&list, theirs), (200, None));
}
