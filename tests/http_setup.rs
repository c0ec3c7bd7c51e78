//! How a client finds out about its server: the form of ids, its place among workers, a server
//! that is not there yet, and one whose certificate is its own. A program of its own, for it has
//! no durable function.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use resonate::network::{Http, HttpOptions};
use resonate::prelude::*;
use resonate_core::execution::IdGrammar;
use serde_json::json;
use support::stub::{Asked, EVENTS, Reply, Stub, http};

/// A server that takes the ids of steps only if what follows the root's is one of these.
async fn strict(separators: &'static str) -> Stub {
    Stub::start(move |asked| {
        if asked.method == "GET" {
            return Reply::Hang(EVENTS.to_vec());
        }
        let fence = &asked.json()["data"];
        let child = fence["action"]["data"]["id"].as_str().unwrap_or_default();
        let rest = child.strip_prefix(fence["id"].as_str().unwrap_or_default());
        let taken = rest.is_some_and(|rest| rest.starts_with(|c| separators.contains(c)));
        if asked.kind() == "task.fence" && !taken {
            let message = "Promise ID must be prefixed by resonate:origin";
            return Reply::Bytes(asked.answer(400, &json!(message)));
        }
        Reply::Bytes(asked.answer(404, &json!("not found")))
    })
    .await
}

#[tokio::test]
async fn the_form_of_ids_is_learned_from_the_server_without_changing_anything_there() {
    let table = [
        (":.", Some(IdGrammar::Colon), "eu.x"),
        (":", Some(IdGrammar::Colon), "eu.x"),
        (".", Some(IdGrammar::Dot), "eu:x"),
        ("", None, "eu.x"),
    ];
    for (separators, learned, id) in table {
        let stub = strict(separators).await;
        let network = Http::new(&HttpOptions::new(stub.url())).unwrap();
        for prefix in ["", "eu"] {
            assert_eq!(
                network.id_grammar(prefix).await.unwrap(),
                learned,
                "{separators}"
            );
        }
        let resonate = Resonate::builder()
            .url(stub.url())
            .prefix("eu")
            .build()
            .await
            .unwrap();
        resonate.promises().get("x").await.unwrap_err();
        let asked = stub.asked();
        let last = asked.last().unwrap().json();
        assert_eq!(last["data"]["id"], id, "{separators}");
        let kinds: Vec<String> = asked.iter().map(Asked::kind).collect();
        assert!(
            kinds
                .iter()
                .all(|kind| ["", "promise.get", "task.fence"].contains(&&**kind)),
            "{kinds:?}"
        );
        for fence in asked
            .iter()
            .map(Asked::json)
            .filter(|frame| frame["kind"] == "task.fence")
        {
            assert_eq!(
                fence["data"]["version"], 0,
                "no task was ever claimed at this version"
            );
        }
    }
}

#[tokio::test]
async fn a_form_of_ids_set_by_hand_is_not_asked_for() {
    let stub = strict("").await;
    let builder = Resonate::builder().url(stub.url()).prefix("eu");
    let resonate = builder.id_grammar(IdGrammar::Dot).build().await.unwrap();
    resonate.promises().get("x").await.unwrap_err();
    let asked = stub.asked();
    assert!(asked.iter().all(|asked| asked.kind() != "task.fence"));
    assert_eq!(asked.last().unwrap().json()["data"]["id"], "eu:x");
}

#[tokio::test]
async fn a_process_that_takes_no_work_does_not_hear_in_the_group_of_those_that_do() {
    // There is no function in this program, so that it could not do any.
    let stub = strict(":").await;
    let resonate = Resonate::builder()
        .url(stub.url())
        .group("g")
        .pid("p")
        .build();
    let resonate = resonate.await.unwrap();
    resonate.get::<()>("x").await.unwrap_err();
    let asked = stub.asked();
    let stream = asked.iter().find(|asked| asked.method == "GET").unwrap();
    assert_eq!(stream.path, "/poll/g.clients/p");
    let listens = asked
        .iter()
        .find(|asked| asked.kind() == "promise.register_listener");
    assert_eq!(
        listens.unwrap().json()["data"]["address"],
        "poll://uni@g.clients/p"
    );
}

#[tokio::test]
async fn a_server_that_is_down_may_be_waited_for_but_not_one_that_refuses() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let stub = Stub::start(move |asked| {
        if count.fetch_add(1, Ordering::Relaxed) < 2 {
            return Reply::Bytes(http("503 Starting", &[], b""));
        }
        if asked.method == "GET" {
            return Reply::Hang(EVENTS.to_vec());
        }
        Reply::Bytes(asked.answer(404, &json!("not found")))
    })
    .await;
    let impatient = Resonate::connect(stub.url()).await.unwrap_err();
    assert!(impatient.is_unreachable(), "{impatient}");
    let waiting = Resonate::builder().url(stub.url()).wait_for_server(true);
    waiting.build().await.unwrap().shutdown().await;

    for status in ["401 Who", "404 Not Here", "308 There"] {
        let stub = Stub::start(move |_| Reply::Bytes(http(status, &[], b"<html>"))).await;
        let waiting = Resonate::builder().url(stub.url()).wait_for_server(true);
        let error = waiting.build().await.unwrap_err().to_string();
        assert!(error.contains(status.split(' ').next().unwrap()), "{error}");
    }
}

#[tokio::test]
async fn an_engine_is_either_here_or_there() {
    let both = Resonate::builder().url("http://localhost:1").path("x.db");
    let error = both.build().await.unwrap_err();
    assert!(
        error.is_config() && error.to_string().contains("name one"),
        "{error}"
    );
    assert!(!std::path::Path::new("x.db").exists());
}
