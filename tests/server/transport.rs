//! Messages on their way (protocol §8.7): on our own server, and on the one that
//! `RESONATE_TEST_URL` names.

use std::collections::BTreeSet;
use std::sync::Once;

use serde_json::{Value, json};
use support::http::{Case, Client, Heard, Sink, Stream, Target, unique};

const LATER: i64 = 9_999_999_999_999;
/// What some cases need.
const CLOCK: &str = "its clock would have to be set";

/// Whether a server in the environment was emptied.
static EMPTIED: Once = Once::new();

/// A server that delivers, a client of it, and a group that nobody else is in.
struct Post {
    target: Target,
    client: Client,
    group: String,
}

impl Post {
    fn new() -> Self {
        let target = Target::find();
        let client = target.client();
        if !target.is_own() {
            // A paused server of the older generations delivers nothing; and what other tests
            // left there would all fall due at once.
            EMPTIED.call_once(|| {
                for kind in ["debug.reset", "debug.stop"] {
                    let _where_it_can = client.call(kind, &json!({}));
                }
            });
        }
        let group = unique("g");
        Self {
            target,
            client,
            group,
        }
    }

    /// A server of our own whose clock stands, empty, at 0.
    fn paused() -> Self {
        let post = Self::new();
        for kind in ["debug.start", "debug.reset"] {
            assert_eq!(post.client.call(kind, &json!({})).status, 200);
        }
        post
    }

    fn stream(&self, group: &str, pid: &str) -> Stream {
        let path = format!("/poll/{group}/{pid}");
        Stream::open(self.target.address(), &path, "").expect("a stream opens")
    }

    fn own(&self, pid: &str) -> Stream {
        self.stream(&self.group, pid)
    }

    /// Offers a new task at an address of this group: `any@`, `uni@/a`.
    fn offer(&self, to: &str) -> String {
        let (cast, pid) = to.split_once('@').expect("an address has an @");
        let id = unique("w");
        self.offer_at(&id, &format!("poll://{cast}@{}{pid}", self.group));
        id
    }

    fn offer_at(&self, id: &str, address: &str) {
        let tags = json!({"resonate:target": address});
        let create = json!({"id": id, "timeoutAt": LATER, "tags": tags});
        let reply = self.client.call("promise.create", &create);
        assert_eq!(reply.status, 200, "{reply:?}");
    }

    fn tick(&self, time: i64) {
        let reply = self.client.call("debug.tick", &json!({"time": time}));
        assert_eq!(reply.status, 200, "{reply:?}");
    }

    /// Offers a task to one process and hears what comes before it.
    fn before(&self, stream: &Stream, pid: &str) -> Vec<String> {
        let last = format!("{} 0", self.offer(&format!("uni@/{pid}")));
        let tasks = std::iter::repeat_with(|| stream.task());
        tasks.take_while(|task| *task != last).collect()
    }
}

#[test]
fn a_stream_carries_an_offer_as_one_event() {
    let _case = Case::begin("107");
    let post = Post::new();
    let stream = post.own("a");
    assert_eq!(stream.head.status, 200, "case 107");
    let content_type = stream.head.header("content-type").unwrap_or_default();
    assert!(
        content_type.starts_with("text/event-stream"),
        "case 107: {content_type}"
    );
    assert_eq!(
        stream.head.header("cache-control"),
        Some("no-cache"),
        "case 107"
    );
    let id = post.offer("any@");
    let (message, raw) = stream.message();
    assert!(
        raw.starts_with("data: {") && raw.ends_with("}\n\n"),
        "case 107: {raw:?}"
    );
    assert_eq!(raw.lines().count(), 2, "case 107: {raw:?}");
    assert_eq!(message["kind"], "execute", "case 107");
    assert_eq!(
        message["data"],
        json!({"task": {"id": id, "version": 0}}),
        "case 107"
    );
    let server_url = message["head"]["serverUrl"].as_str();
    assert!(
        server_url.is_some_and(|url| url.starts_with("http://")),
        "case 107: {message}"
    );
    if post.target.is_own() {
        assert_eq!(server_url, Some(&*post.target.url), "case 107");
    }
}

#[test]
fn two_streams_of_a_group_share_its_offers() {
    const OFFERS: usize = 60;

    let _case = Case::begin("108");
    let post = Post::new();
    let (a, b) = (post.own("a"), post.own("b"));
    // Fewer than may wait for one stream: servers send them in batches, to either at random.
    let offered: BTreeSet<_> = (0..OFFERS)
        .map(|_| format!("{} 0", post.offer("any@")))
        .collect();
    let (a, b) = (post.before(&a, "a"), post.before(&b, "b"));
    assert!(
        !a.is_empty() && !b.is_empty(),
        "case 108: {} and {}",
        a.len(),
        b.len()
    );
    assert_eq!(a.len() + b.len(), OFFERS, "case 108");
    let heard: BTreeSet<_> = a.into_iter().chain(b).collect();
    assert_eq!(heard, offered, "case 108");
}

#[test]
fn an_offer_prefers_the_process_it_names_and_takes_another_without_it() {
    let _case = Case::begin("109 113");
    let post = Post::new();
    let (a, b) = (post.own("a"), post.own("b"));
    let offered: Vec<_> = (0..20)
        .map(|_| format!("{} 0", post.offer("any@/a")))
        .collect();
    assert_eq!(post.before(&a, "a"), offered, "case 109");
    assert_eq!(post.before(&b, "b"), [""; 0], "case 109");
    drop(a);
    // Until the server notices that `a` has gone, its messages are lost.
    let heard = (0..1000).any(|_| {
        post.offer("any@/a");
        b.tasks_so_far() > 0
    });
    assert!(
        heard,
        "cases 109 and 113: nobody else is offered what `a` left"
    );
}

#[test]
fn a_message_to_one_process_reaches_no_other() {
    let _case = Case::begin("110");
    let post = Post::new();
    let (a, b) = (post.own("a"), post.own("b"));
    let id = post.offer("uni@/a");
    assert_eq!(a.task(), format!("{id} 0"), "case 110");
    assert_eq!(post.before(&b, "b"), [""; 0], "case 110");
    let other = post.stream(&unique("g"), "a");
    post.offer("uni@/nobody");
    post.offer("uni@");
    assert_eq!(post.before(&a, "a"), [""; 0], "case 110");
    assert_eq!(other.tasks_so_far(), 0, "case 110");
}

#[test]
fn an_offer_to_a_process_that_is_not_there_is_made_again_when_it_may_be() {
    let Some(_case) = Case::on_ours("110 later", CLOCK) else {
        return;
    };
    let post = Post::paused();
    post.tick(1000);
    let id = post.offer("uni@/a");
    let a = post.own("a");
    assert_eq!(post.before(&a, "a"), [""; 0], "case 110");
    post.tick(31_000);
    let heard = BTreeSet::from([a.task(), a.task()]);
    assert!(heard.contains(&format!("{id} 0")), "case 110: {heard:?}");
}

#[test]
fn groups_are_told_apart_by_case() {
    let _case = Case::begin("111");
    let post = Post::new();
    let (upper, lower) = (post.group.to_uppercase(), post.group.clone());
    let (here, there) = (post.stream(&upper, "a"), post.stream(&lower, "a"));
    let id = unique("w");
    post.offer_at(&id, &format!("poll://any@{upper}"));
    assert_eq!(here.task(), format!("{id} 0"), "case 111");
    assert_eq!(post.before(&there, "a"), [""; 0], "case 111");
}

#[test]
fn an_offer_that_nobody_hears_is_lost_until_the_next() {
    let Some(_case) = Case::on_ours("112", CLOCK) else {
        return;
    };
    let post = Post::paused();
    post.tick(1000);
    let id = post.offer("any@");
    let a = post.own("a");
    assert_eq!(post.before(&a, "a"), [""; 0], "case 112");
    post.tick(30_999);
    assert_eq!(post.before(&a, "a"), [""; 0], "case 112");
    post.tick(31_000);
    let heard: Vec<_> = (0..2).map(|_| a.task()).collect();
    assert!(heard.contains(&format!("{id} 0")), "case 112: {heard:?}");
}

#[test]
fn a_url_is_posted_to_once_until_the_next_offer() {
    let Some(_case) = Case::on_ours("114", CLOCK) else {
        return;
    };
    let post = Post::paused();
    let sink = Sink::answering("500 Internal Server Error");
    post.tick(1000);
    post.offer_at("w", &format!("{}/hook/a%20b?x=1&y=%2F", sink.url));
    let pushed = sink.next();
    assert_eq!(
        pushed.line, "POST /hook/a%20b?x=1&y=%2F HTTP/1.1",
        "case 114"
    );
    assert!(
        pushed.headers.contains("content-type: application/json\n"),
        "case 114: {pushed:?}"
    );
    let expected = json!({
        "kind": "execute",
        "head": {"serverUrl": post.target.url},
        "data": {"task": {"id": "w", "version": 0}},
    });
    assert_eq!(pushed.body, expected, "case 114");
    post.tick(30_999);
    post.offer_at("other", &sink.url);
    assert_eq!(sink.next().body["data"]["task"]["id"], "other", "case 114");
    post.tick(31_000);
    assert_eq!(sink.next().body, expected, "case 114");
}

#[test]
fn a_listener_at_a_url_is_told_once() {
    let Some(_case) = Case::on_ours("a listener at a URL", CLOCK) else {
        return;
    };
    let post = Post::paused();
    let sink = Sink::answering("200 OK");
    let create = json!({"id": "p", "timeoutAt": LATER});
    assert_eq!(post.client.call("promise.create", &create).status, 200);
    let listen = json!({"awaited": "p", "address": sink.url});
    for _ in 0..2 {
        let reply = post.client.call("promise.register_listener", &listen);
        assert_eq!(reply.status, 200);
    }
    let settle = json!({"id": "p", "state": "resolved", "value": {"data": "Ng=="}});
    let settled = post.client.call("promise.settle", &settle).data();
    let pushed = sink.next();
    assert_eq!(
        pushed.body,
        json!({"kind": "unblock", "head": {}, "data": settled})
    );
    post.offer_at("w", &sink.url);
    assert_eq!(sink.next().body["kind"], "execute");
}

#[test]
fn a_stream_is_ascii_and_one_line_whatever_it_says() {
    let _case = Case::begin("115");
    let post = Post::new();
    let a = post.own("a");
    let id = unique("p");
    let text = "é😀\u{2028}\n\r\n\tend\u{0}\u{7f}";
    let create = json!({
        "id": id, "timeoutAt": LATER, "param": {"headers": {"ü": text}, "data": text},
        "tags": {"resonate:external": "true", "größe": text},
    });
    assert_eq!(post.client.call("promise.create", &create).status, 200);
    let address = format!("poll://uni@{}/a", post.group);
    let listen = json!({"awaited": id, "address": address});
    assert_eq!(
        post.client
            .call("promise.register_listener", &listen)
            .status,
        200
    );
    let settle = json!({"id": id, "state": "rejected", "value": {"data": text}});
    let settled = post.client.call("promise.settle", &settle).data();
    let (message, raw) = a.message();
    assert_eq!(message["kind"], "unblock", "case 115");
    assert_eq!(message["data"], settled, "case 115");
    assert_eq!(settled["promise"]["value"]["data"], text, "case 115");
    if post.target.is_own() {
        assert!(raw.is_ascii(), "case 115: {raw:?}");
        assert_eq!(raw.matches("data:").count(), 1, "case 115: {raw:?}");
        assert_eq!(raw.matches(['\n', '\r']).count(), 2, "case 115: {raw:?}");
    }
}

#[test]
fn a_silent_stream_says_that_it_is_alive() {
    let Some(_case) = Case::on_ours("116", "it would have to say so often") else {
        return;
    };
    use resonate::server::Limits;
    use support::http::TestServer;

    let limits = Limits {
        keep_alive: std::time::Duration::from_millis(5),
        ..Limits::default()
    };
    let server = TestServer::start(|builder| builder.limits(limits));
    let stream = Stream::open(server.address(), "/poll/g/a", "").expect("a stream opens");
    for _ in 0..3 {
        let heard = stream.next();
        assert_eq!(
            heard,
            Some(Heard::Silence(": keep-alive\n\n".to_owned())),
            "case 116"
        );
    }
    let tags = json!({"resonate:target": "poll://any@g"});
    let create = json!({"id": "w", "timeoutAt": LATER, "tags": tags});
    assert_eq!(server.client().call("promise.create", &create).status, 200);
    assert_eq!(stream.task(), "w 0", "case 116");
}

#[test]
fn a_stale_offer_is_refused_with_a_conflict() {
    let _case = Case::begin("117");
    let post = Post::new();
    let a = post.own("a");
    let id = post.offer("any@");
    assert_eq!(a.task(), format!("{id} 0"), "case 117");
    let acquire = json!({"id": id, "version": 0, "pid": "a", "ttl": 60_000});
    let status = |data: &Value| post.client.call("task.acquire", data).status;
    assert_eq!(status(&acquire), 200, "case 117");
    assert_eq!(status(&acquire), 409, "case 117");
}

#[test]
fn of_two_streams_of_one_name_the_newer_is_told() {
    let only = "generations before prefer the older";
    let Some(_case) = Case::on_ours("two streams of one name", only) else {
        return;
    };
    let post = Post::new();
    let older = post.own("a");
    let newer = post.own("a");
    let id = post.offer("uni@/a");
    assert_eq!(newer.task(), format!("{id} 0"));
    assert_eq!(older.tasks_so_far(), 0);
}

#[test]
fn the_segments_of_a_stream_are_decoded() {
    let _case = Case::begin("segments of /poll are decoded");
    let post = Post::new();
    // The generations before keep addresses encoded, so that these would never meet there.
    let (segment, pid) = match post.target.is_own() {
        true => ("a%2Fb%c3%a9", "a/bé"),
        false => ("%61b", "ab"),
    };
    let stream = post.stream(&post.group.replacen('g', "%67", 1), segment);
    let id = unique("w");
    post.offer_at(&id, &format!("poll://uni@{}/{pid}", post.group));
    assert_eq!(stream.task(), format!("{id} 0"));
}
