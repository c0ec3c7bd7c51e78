//! What the client makes of wrong answers: errors that name the URL, the cause and the remedy.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use resonate::Resonate;
use resonate::network::{Http, HttpOptions, Network as _, NetworkError, NetworkErrorKind as Kind};
use resonate_core::protocol::{Answer, PromiseCreate, PromiseGet, Request};
use resonate_core::{Millis, Tags, Value};
use serde_json::json;
use support::stub::{Asked, Reply, Stub, http};

const TIMEOUT: Duration = Duration::from_millis(300);

fn get(id: &str) -> Request {
    Request::PromiseGet(PromiseGet { id: id.into() })
}

fn record(id: &str) -> serde_json::Value {
    json!({ "promise": {
        "id": id, "state": "pending", "param": {}, "value": {}, "tags": {},
        "timeoutAt": 9, "createdAt": 1,
    }})
}

fn open(stub: &Stub) -> Http {
    Http::new(&HttpOptions::new(stub.url()).request_timeout(TIMEOUT)).unwrap()
}

async fn ask(network: &Http, request: Request) -> Result<Answer, NetworkError> {
    let answers = network.call(vec![request]).await?;
    Ok(answers.into_iter().next().unwrap())
}

type Script = fn(&Asked) -> Reply;

/// A wrong answer, and what the error has to say.
struct Case {
    name: &'static str,
    script: Script,
    kind: Kind,
    permanent: bool,
    says: &'static [&'static str],
}

fn html(status: &str) -> Reply {
    let page = b"<html><body>Bad\nthings</body></html>";
    Reply::Bytes(http(status, &["content-type: text/html"], page))
}

/// The right answer, but for one text in it.
fn altered(asked: &Asked, from: &str, to: &str) -> Reply {
    let right = String::from_utf8(asked.answer(200, &record("p"))).unwrap();
    let (_, body) = right.split_once("\r\n\r\n").unwrap();
    let wrong = body.replacen(from, to, 1);
    assert_ne!(body, wrong, "{from}");
    Reply::Bytes(http("200 OK", &[], wrong.as_bytes()))
}

const TRANSIENT: bool = false;
const PERMANENT: bool = true;

#[rustfmt::skip]
const CASES: &[Case] = &[
    Case { name: "500 without an envelope", script: |_| Reply::Bytes(http("500 Oops", &[], b"")), kind: Kind::Failed, permanent: TRANSIENT, says: &["HTTP 500", "without a body", "overloaded or down"] },
    Case { name: "502 HTML of a proxy", script: |_| html("502 Bad Gateway"), kind: Kind::Failed, permanent: TRANSIENT, says: &["HTTP 502", "<html><body>Bad things", "what stands before it"] },
    Case { name: "501 HTML of a web server that knows no POST", script: |_| html("501 Not Implemented"), kind: Kind::NotResonate, permanent: TRANSIENT, says: &["HTTP 501", "correct the URL"] },
    Case { name: "503", script: |_| html("503 Unavailable"), kind: Kind::Busy, permanent: TRANSIENT, says: &["HTTP 503"] },
    Case { name: "504", script: |_| html("504 Timeout"), kind: Kind::TimedOut, permanent: TRANSIENT, says: &["HTTP 504"] },
    Case { name: "404 of a web server", script: |_| html("404 Not Found"), kind: Kind::NotResonate, permanent: TRANSIENT, says: &["HTTP 404", "correct the URL"] },
    Case { name: "405 without a body", script: |_| Reply::Bytes(http("405 No", &["allow: GET"], b"")), kind: Kind::NotResonate, permanent: TRANSIENT, says: &["HTTP 405", "8001"] },
    Case { name: "410 of an old interface", script: |_| Reply::Bytes(http("410 Gone", &[], br#"{"error":"upgrade"}"#)), kind: Kind::NotResonate, permanent: TRANSIENT, says: &["upgrade"] },
    Case { name: "200 HTML", script: |_| html("200 OK"), kind: Kind::NotResonate, permanent: TRANSIENT, says: &["correct the URL"] },
    Case { name: "200 without a body", script: |_| Reply::Bytes(http("200 OK", &[], b"")), kind: Kind::NotResonate, permanent: TRANSIENT, says: &["correct the URL"] },
    Case { name: "401 of a proxy", script: |_| html("401 Who"), kind: Kind::Unauthorized, permanent: PERMANENT, says: &["HTTP 401", "RESONATE_TOKEN"] },
    Case { name: "401 in an envelope", script: |asked| Reply::Bytes(asked.answer(401, &json!("Unauthorized"))), kind: Kind::Unauthorized, permanent: PERMANENT, says: &["Unauthorized (401)", "RESONATE_TOKEN"] },
    Case { name: "403 of a proxy", script: |_| html("403 No"), kind: Kind::Forbidden, permanent: PERMANENT, says: &["HTTP 403", "operator"] },
    Case { name: "413", script: |_| Reply::Bytes(http("413 Too Large", &["content-type: text/plain"], b"length limit exceeded")), kind: Kind::TooLarge, permanent: PERMANENT, says: &["HTTP 413", "length limit exceeded", "Keep large values elsewhere"] },
    Case { name: "a redirect", script: |_| Reply::Bytes(http("308 There", &["location: https://elsewhere/"], b"")), kind: Kind::Redirected, permanent: PERMANENT, says: &["HTTP 308", "https://elsewhere/", "Set the URL that it leads to"] },
    Case { name: "a redirect to nowhere", script: |_| Reply::Bytes(http("300 Pick", &[], b"")), kind: Kind::Redirected, permanent: PERMANENT, says: &["HTTP 300"] },
    Case { name: "garbage instead of HTTP", script: |_| Reply::Bytes(b"\x15\x03\x01\x00\x02\x02\x46 nonsense\r\n\r\n".to_vec()), kind: Kind::NotResonate, permanent: TRANSIENT, says: &["does not speak HTTP"] },
    Case { name: "garbage in a body", script: |_| Reply::Bytes(http("200 OK", &[], b"\x1f\x8b\x08\x00\xff\xfe")), kind: Kind::NotResonate, permanent: TRANSIENT, says: &["correct the URL"] },
    Case { name: "JSON that is cut", script: |asked| { let whole = asked.answer(200, &record("p")); let text = String::from_utf8(whole).unwrap(); let body = text.split_once("\r\n\r\n").unwrap().1; Reply::Bytes(http("200 OK", &[], &body.as_bytes()[..body.len() / 2])) }, kind: Kind::Malformed, permanent: TRANSIENT, says: &["cuts, mixes up or changes answers"] },
    Case { name: "a body that is cut", script: |asked| { let whole = asked.answer(200, &record("p")); Reply::Bytes(whole[..whole.len() - 9].to_vec()) }, kind: Kind::Unreachable, permanent: TRANSIENT, says: &["cut off"] },
    Case { name: "a head that is cut", script: |_| Reply::Bytes(b"HTTP/1.1 200 OK\r\ncontent-".to_vec()), kind: Kind::Unreachable, permanent: TRANSIENT, says: &["cut off"] },
    Case { name: "nothing at all", script: |_| Reply::Bytes(Vec::new()), kind: Kind::Unreachable, permanent: TRANSIENT, says: &["cut off", "does it want `https`?"] },
    Case { name: "no answer in time", script: |_| Reply::Hang(Vec::new()), kind: Kind::TimedOut, permanent: TRANSIENT, says: &["no answer within 300ms", "`.request_timeout(..)`"] },
    Case { name: "half an answer in time", script: |asked| { let whole = asked.answer(200, &record("p")); Reply::Hang(whole[..whole.len() - 9].to_vec()) }, kind: Kind::TimedOut, permanent: TRANSIENT, says: &["no answer within"] },
    Case { name: "another correlation id", script: |asked| altered(asked, "\"corrId\":\"", "\"corrId\":\"x"), kind: Kind::Malformed, permanent: TRANSIENT, says: &["expected the answer to promise.get", "mixes up"] },
    Case { name: "another kind", script: |asked| altered(asked, "promise.get", "promise.put"), kind: Kind::Malformed, permanent: TRANSIENT, says: &["promise.put"] },
    Case { name: "a status of no meaning", script: |asked| altered(asked, "\"status\":200", "\"status\":204"), kind: Kind::Malformed, permanent: TRANSIENT, says: &["204"] },
    Case { name: "no status", script: |asked| altered(asked, "\"status\":200", "\"stat\":200"), kind: Kind::Malformed, permanent: TRANSIENT, says: &["status"] },
    Case { name: "an unknown state", script: |asked| altered(asked, "pending", "pondering"), kind: Kind::Malformed, permanent: TRANSIENT, says: &["pondering"] },
    Case { name: "the answer to another request", script: |asked| altered(asked, "\"promise\":{", "\"task\":{"), kind: Kind::Malformed, permanent: TRANSIENT, says: &["promise.get"] },
];

#[tokio::test]
async fn a_wrong_answer_is_an_error_that_names_url_cause_and_remedy() {
    for case in CASES {
        let stub = Stub::start(case.script).await;
        let error = ask(&open(&stub), get("p")).await.unwrap_err();
        let (name, said) = (case.name, error.to_string());
        assert_eq!(error.kind(), case.kind, "{name}: {said}");
        assert_eq!(error.is_permanent(), case.permanent, "{name}: {said}");
        assert!(
            said.contains(stub.url()) && said.contains("promise.get"),
            "{name}: {said}"
        );
        for text in case.says {
            assert!(said.contains(text), "{name} does not say {text:?}: {said}");
        }
    }
}

#[tokio::test]
async fn how_long_a_peer_wants_to_be_left_alone_is_told() {
    let table = [
        ("429 Slow", "retry-after: 7", Some(7)),
        ("503 Busy", "retry-after: 1", Some(1)),
        (
            "503 Busy",
            "retry-after: Wed, 21 Oct 2026 07:28:00 GMT",
            None,
        ),
        ("500 Oops", "x: y", None),
    ];
    for (status, header, expected) in table {
        let stub = Stub::start(move |_| Reply::Bytes(http(status, &[header], b""))).await;
        let error = ask(&open(&stub), get("p")).await.unwrap_err();
        assert!(!error.is_permanent());
        assert_eq!(
            error.wait(),
            expected.map(Duration::from_secs),
            "{status} {header}"
        );
    }
}

#[tokio::test]
async fn refusals_and_failures_of_the_server_are_answers() {
    for status in [400, 403, 404, 409, 422, 500, 503] {
        let stub = Stub::start(move |asked| Reply::Bytes(asked.answer(status, &json!("no")))).await;
        let refusal = ask(&open(&stub), get("p")).await.unwrap().unwrap_err();
        assert_eq!((refusal.status.code(), &*refusal.message), (status, "no"));
    }
}

#[tokio::test]
async fn an_answer_of_ten_megabytes_is_read_and_an_endless_one_is_not() {
    let large = "x".repeat(10 << 20);
    let text = large.clone();
    let stub = Stub::start(move |asked| {
        let mut record = record("p");
        record["promise"]["value"]["data"] = json!(text);
        Reply::Bytes(asked.answer(200, &record))
    })
    .await;
    let network = Http::new(&HttpOptions::new(stub.url())).unwrap();
    let Ok(resonate_core::protocol::Response::Promise(read)) =
        ask(&network, get("p")).await.unwrap()
    else {
        panic!("no promise");
    };
    assert_eq!(read.value.data.as_deref().unwrap().len(), large.len());

    let endless = b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n{";
    let stub = Stub::start(move |_| Reply::Hang(endless.to_vec())).await;
    let error = ask(&open(&stub), get("p")).await.unwrap_err();
    assert_eq!(error.kind(), Kind::TooLarge, "{error}");
}

#[tokio::test]
async fn a_request_that_no_server_takes_is_not_sent() {
    let stub = Stub::start(|asked| Reply::Bytes(asked.answer(200, &record("p")))).await;
    let create = |bytes| {
        Request::PromiseCreate(PromiseCreate {
            id: "p".into(),
            timeout_at: Millis::new(9),
            param: Value {
                headers: None,
                data: Some("x".repeat(bytes).into()),
            },
            tags: Tags::default(),
        })
    };
    let network = open(&stub);
    let error = ask(&network, create(2 << 20)).await.unwrap_err();
    assert_eq!(error.kind(), Kind::TooLarge);
    assert!(
        error.is_permanent() && error.to_string().contains("2 MiB"),
        "{error}"
    );
    assert!(stub.asked().is_empty());
    assert!(ask(&network, create((2 << 20) - 1000)).await.is_ok());
}

#[tokio::test]
async fn requests_carry_their_own_ids_the_token_twice_and_go_below_the_urls_path() {
    let stub = Stub::start(|asked| Reply::Bytes(asked.answer(200, &record("p")))).await;
    let url = format!("{}/base/", stub.url());
    let options = HttpOptions::new(url).token("s3cret");
    assert!(!format!("{options:?}").contains("s3cret"));
    let network = Http::new(&options).unwrap();
    let answers = network
        .call(vec![get("a"), get("b"), get("c")])
        .await
        .unwrap();
    assert_eq!(answers.len(), 3);

    let asked = stub.asked();
    let mut corr_ids = Vec::new();
    for (asked, id) in asked.iter().zip(["a", "b", "c"]) {
        assert_eq!((&*asked.method, &*asked.path), ("POST", "/base/"));
        assert_eq!(asked.header("authorization"), Some("Bearer s3cret"));
        assert_eq!(asked.header("content-type"), Some("application/json"));
        let frame = asked.json();
        assert_eq!(frame["head"]["auth"], "s3cret");
        assert_eq!(frame["data"]["id"], id, "in order");
        corr_ids.push(frame["head"]["corrId"].as_str().unwrap().to_owned());
    }
    corr_ids.dedup();
    assert_eq!(corr_ids.len(), 3);
}

#[tokio::test]
async fn independent_calls_do_not_wait_for_each_other() {
    let stub = Stub::start(|asked| {
        if asked.json()["data"]["id"] == "slow" {
            Reply::Hang(Vec::new())
        } else {
            Reply::Bytes(asked.answer(200, &record("p")))
        }
    })
    .await;
    let network = Http::new(&HttpOptions::new(stub.url())).unwrap();
    let slow = network.call(vec![get("slow")]);
    let quick = async {
        for _ in 0..10 {
            ask(&network, get("quick")).await.unwrap().unwrap();
        }
    };
    tokio::select! {
        _ = slow => panic!("nobody answers this"),
        () = quick => {}
    }
}

#[tokio::test]
async fn after_closing_nothing_is_asked() {
    let stub = Stub::start(|asked| Reply::Bytes(asked.answer(200, &record("p")))).await;
    let network = open(&stub);
    network.close().await;
    let error = ask(&network, get("p")).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Closed);
    assert!(network.attach("g".into(), "p".into()).await.is_err());
    assert!(stub.asked().is_empty());
}

#[tokio::test]
async fn a_server_that_cannot_be_used_is_refused_at_the_start() {
    let builder = |url: &str| Resonate::builder().url(url).request_timeout(TIMEOUT);
    for case in CASES {
        let stub = Stub::start(case.script).await;
        let error = builder(stub.url()).build().await.unwrap_err();
        let (name, said) = (case.name, error.to_string());
        assert!(said.contains(stub.url()), "{name}: {said}");
        assert!(
            error.is_unreachable() || error.is_refused(),
            "{name}: {error:#?}"
        );
        for text in case.says {
            let text = text.replace("promise.put", "promise.get");
            let said = said.replace("promise.put", "promise.get");
            assert!(said.contains(&text), "{name} does not say {text:?}: {said}");
        }
    }
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let table = [
        (
            url.as_str(),
            "refused",
            "Start the server, or correct the URL",
        ),
        (
            "http://nobody.invalid:8001",
            "nobody.invalid",
            "correct the URL",
        ),
        (
            "localhost:8001",
            "no scheme",
            "write `http://localhost:8001`",
        ),
    ];
    for (url, cause, remedy) in table {
        let said = builder(url).build().await.unwrap_err().to_string();
        for text in [url, cause, remedy] {
            assert!(said.contains(text), "{url} does not say {text:?}: {said}");
        }
    }
    let old = |asked: &Asked| {
        let refusal = json!("Unsupported protocol version 2026-04-01; supported: 2031-01-01");
        Reply::Bytes(asked.answer(400, &refusal))
    };
    let stub = Stub::start(old).await;
    let said = builder(stub.url()).build().await.unwrap_err().to_string();
    for text in [
        stub.url(),
        "2031-01-01",
        "This client speaks the protocol of 2026-04-01",
    ] {
        assert!(said.contains(text), "{text:?}: {said}");
    }
}
