//! The stream of messages: whatever its bytes come in, however often it is cut, what is whole
//! arrives, and whoever waits asks again.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use resonate::Resonate;
use resonate::network::{Http, HttpOptions, Network as _, NetworkErrorKind};
use resonate_core::protocol::Message;
use serde_json::{Value, json};
use support::stub::{Asked, EVENTS, Reply, Stub, http};
use tokio::sync::mpsc;

fn execute(id: &str) -> String {
    json!({ "kind": "execute", "head": {}, "data": { "task": { "id": id, "version": 0 } } })
        .to_string()
}

fn promise(id: &str, state: &str, value: &str) -> Value {
    json!({ "promise": {
        "id": id, "state": state, "param": {}, "value": { "data": value }, "tags": {},
        "timeoutAt": 9, "createdAt": 1, "settledAt": 2,
    }})
}

/// What a message is about.
fn id(message: &Message) -> &str {
    match message {
        Message::Execute(task) => task.id.as_str(),
        Message::Unblock(record) => record.id.as_str(),
    }
}

/// A peer whose n-th stream of messages carries the n-th of these texts; the last one goes on.
async fn peer(streams: Vec<Vec<u8>>) -> Stub {
    let opened = AtomicUsize::new(0);
    Stub::start(move |asked| {
        assert_eq!(asked.method, "GET", "{}", asked.path);
        let number = opened.fetch_add(1, Ordering::Relaxed);
        let bytes = [EVENTS, streams.get(number).map_or(b"", Vec::as_slice)].concat();
        if number + 1 < streams.len() {
            Reply::Bytes(bytes)
        } else {
            Reply::Hang(bytes)
        }
    })
    .await
}

/// The messages of a peer up to the one about `last`, and how many gaps there were.
async fn hear(stub: &Stub, last: &str) -> (Vec<String>, u64) {
    let network = Http::new(&HttpOptions::new(stub.url())).unwrap();
    let gaps = network.gaps().unwrap();
    let mut messages = network.attach("g".into(), "p".into()).await.unwrap();
    let mut heard = Vec::new();
    while heard.last().is_none_or(|heard| heard != last) {
        heard.push(id(&messages.recv().await.unwrap()).to_owned());
    }
    let gaps = *gaps.borrow();
    (heard, gaps)
}

#[tokio::test]
async fn messages_arrive_however_they_are_written() {
    let line = execute("a");
    let folded = line.replacen(',', ",\ndata: ", 1);
    let unblock = json!({ "kind": "unblock", "head": {}, "data": promise("a", "resolved", "é😀") });
    let table = [
        ("as servers write it", format!("data: {line}\n\n")),
        ("without a blank", format!("data:{line}\n\n")),
        ("CR LF", format!("data: {line}\r\n\r\n")),
        ("CR", format!("data: {line}\r\r")),
        ("BOM", format!("\u{feff}data: {line}\n\n")),
        ("several lines", format!("data: {folded}\n\n")),
        (
            "other fields",
            format!("event: message\nid: 7\nretry: 10\ndata: {line}\n\n"),
        ),
        (
            "comments",
            format!("{}data: {line}\n\n", ": keep-alive\n\n".repeat(50_000)),
        ),
        (
            "one long comment",
            format!(":{}\n\ndata: {line}\n\n", "x".repeat(20 << 20)),
        ),
        ("not ASCII", format!("data: {unblock}\n\n")),
        (
            "unknown kinds",
            format!("data: {{\"kind\":\"dance\",\"head\":{{}},\"data\":{{}}}}\n\ndata: {line}\n\n"),
        ),
    ];
    for (name, text) in table {
        let (heard, gaps) = hear(&peer(vec![text.into_bytes()]).await, "a").await;
        assert_eq!((heard, gaps), (vec!["a".to_owned()], 0), "{name}");
    }
}

#[tokio::test]
async fn a_message_may_come_one_byte_at_a_time() {
    let (feed, fed) = mpsc::unbounded_channel();
    let fed = std::sync::Mutex::new(Some(fed));
    let stub = Stub::start(move |_| Reply::Fed(fed.lock().unwrap().take().unwrap())).await;
    feed.send(EVENTS.to_vec()).unwrap();
    let text = json!({ "kind": "unblock", "head": {}, "data": promise("a", "resolved", "é😀") });
    for byte in format!("data: {text}\r\n\r\n").into_bytes() {
        feed.send(vec![byte]).unwrap();
    }
    assert_eq!(hear(&stub, "a").await, (vec!["a".to_owned()], 0));
}

#[tokio::test]
async fn what_is_no_message_costs_only_itself() {
    let broken = [
        "data: {\"kind\":\"execute\"}\n\n",
        "data: nonsense\n\n",
        "data\n\n",
    ];
    for text in broken {
        let stream = format!("{text}data: {}\n\n", execute("a"));
        // Something may have been lost: that is a gap like any other.
        let (heard, gaps) = hear(&peer(vec![stream.into_bytes()]).await, "a").await;
        assert_eq!((heard, gaps), (vec!["a".to_owned()], 1), "{text}");
    }
}

#[tokio::test]
async fn a_stream_of_three_messages_may_be_cut_anywhere() {
    let stream: String = ["a", "b", "c"]
        .map(|id| format!("data: {}\n\n", execute(id)))
        .concat();
    let ends: Vec<usize> = stream
        .match_indices("\n\n")
        .map(|(at, end)| at + end.len())
        .collect();
    let cut_at = |cut: usize| {
        let (head, ends) = (stream.as_bytes()[..cut].to_vec(), ends.clone());
        async move {
            let after = format!("data: {}\n\n", execute("last"));
            let stub = peer(vec![head, after.into_bytes()]).await;
            let (heard, gaps) = hear(&stub, "last").await;
            let whole = ends.iter().filter(|end| **end <= cut).count();
            let expected: Vec<&str> = ["a", "b", "c"][..whole]
                .iter()
                .copied()
                .chain(["last"])
                .collect();
            assert_eq!(heard, expected, "cut at {cut}");
            assert_eq!(gaps, 1, "cut at {cut}");
        }
    };
    join_all((0..=stream.len()).map(cut_at)).await;
}

#[tokio::test]
async fn the_stream_is_asked_for_by_group_and_process_with_the_token() {
    let stub = peer(vec![Vec::new()]).await;
    let url = format!("{}/base", stub.url());
    let network = Http::new(&HttpOptions::new(url).token("s3cret")).unwrap();
    let messages = network.attach("a b".into(), "p/1".into()).await.unwrap();
    let asked = stub.asked();
    assert_eq!(asked.len(), 1, "it is open when attaching is over");
    assert_eq!(asked[0].path, "/base/poll/a%20b/p%2F1");
    assert_eq!(asked[0].header("accept"), Some("text/event-stream"));
    assert_eq!(asked[0].header("authorization"), Some("Bearer s3cret"));
    drop(messages);
}

#[tokio::test]
async fn what_is_no_stream_is_refused() {
    let events = "content-type: text/event-stream";
    let table: [(&str, &str, NetworkErrorKind); 5] = [
        (
            "404 Not Found",
            "content-type: text/html",
            NetworkErrorKind::NotResonate,
        ),
        (
            "200 OK",
            "content-type: application/json",
            NetworkErrorKind::NotResonate,
        ),
        (
            "401 Who",
            "content-type: text/plain",
            NetworkErrorKind::Unauthorized,
        ),
        (
            "503 Full",
            "content-type: text/plain",
            NetworkErrorKind::Busy,
        ),
        ("204 Nothing", events, NetworkErrorKind::NotResonate),
    ];
    for (status, header, kind) in table {
        let stub = Stub::start(move |_| Reply::Bytes(http(status, &[header], b""))).await;
        let network = Http::new(&HttpOptions::new(stub.url())).unwrap();
        let error = network.attach("g".into(), "p".into()).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{status} {header}: {error}");
        assert!(error.to_string().contains("/poll/g/p"), "{error}");
    }
}

#[tokio::test]
async fn after_a_gap_whoever_waits_asks_again() {
    let streams = Arc::new(AtomicUsize::new(0));
    let opened = Arc::clone(&streams);
    let (cut, cuts) = mpsc::unbounded_channel();
    let cuts = std::sync::Mutex::new(Some(cuts));
    let listening = Arc::new(AtomicUsize::new(0));
    let listened = Arc::clone(&listening);
    let script = move |asked: &Asked| {
        if asked.method == "GET" {
            opened.fetch_add(1, Ordering::Relaxed);
            return match cuts.lock().unwrap().take() {
                Some(cuts) => Reply::Fed(cuts),
                None => Reply::Hang(EVENTS.to_vec()),
            };
        }
        match asked.kind().as_str() {
            "promise.register_listener" => {
                // It settles in the gap: no message tells.
                let settled = listened.fetch_add(1, Ordering::Relaxed) > 0;
                let state = if settled { "resolved" } else { "pending" };
                Reply::Bytes(asked.answer(200, &promise("x", state, "NDI=")))
            }
            _ => Reply::Bytes(asked.answer(404, &json!("not found"))),
        }
    };
    let stub = Stub::start(script).await;
    cut.send(EVENTS.to_vec()).unwrap();
    let resonate = Resonate::connect(stub.url()).await.unwrap();
    let handle = tokio::spawn(resonate.get::<u32>("x"));
    while listening.load(Ordering::Relaxed) == 0 {
        tokio::task::yield_now().await;
    }
    drop(cut);
    assert_eq!(handle.await.unwrap().unwrap(), 42);
    assert_eq!(streams.load(Ordering::Relaxed), 2);
    assert_eq!(listening.load(Ordering::Relaxed), 2);
}
