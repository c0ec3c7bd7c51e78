//! Their SDK alone, against our server.

use resonate::PromiseState;
use serde_json::{Value, json};
use support::peers::{Journal, eventually};

use super::{Bench, to};

/// What their `nested` makes of 1 and 2: 1 + 2 + 2, again + 2 + 2, and twice more with 1 and 2.
const NESTED: i64 = 21;

pub(crate) async fn a_workflow_calls_here_and_there_at_once(bench: &Bench) {
    let peer = bench.theirs().await;
    let (run, rpc) = (bench.unique("run"), bench.unique("rpc"));
    let (here, there) = tokio::join!(
        peer.call(&run, "nested", json!([1, 2])),
        peer.rpc(&rpc, peer.group(), "nested", json!([1, 2])),
    );
    assert_eq!((here, there), (Ok(json!(NESTED)), Ok(json!(NESTED))));
}

pub(crate) async fn a_sleeper_wakes(bench: &Bench) {
    let peer = bench.theirs().await;
    let id = bench.unique("nap");
    let woken = peer.rpc(&id, peer.group(), "naps", json!([700, "rested"]));
    assert_eq!(woken.await, Ok(json!("rested")));
}

pub(crate) async fn a_detached_call_outlives_its_caller(bench: &Bench) {
    let (peer, (ours, _)) = (bench.theirs().await, bench.ours().await);
    let id = bench.unique("sender");
    let args = json!([peer.group(), "sent"]);
    let sent = peer.rpc(&id, peer.group(), "sends", args).await.unwrap();
    let sent = ours.get::<Value>(sent.as_str().unwrap()).await.unwrap();
    assert_eq!(sent, json!("sent"));
}

pub(crate) async fn a_promise_is_settled_from_outside(bench: &Bench) {
    let (peer, (ours, _)) = (bench.theirs().await, bench.ours().await);
    for settled_by_ours in [true, false] {
        let (id, journal) = (bench.unique("asker"), Journal::new());
        let args = json!([journal.path(), "asked"]);
        let asking = peer.rpc(&id, peer.group(), "asks", args);
        let settling = async {
            let line = journal.line("asked ").await;
            let (_, promise) = line.split_once(' ').unwrap();
            let answer = json!({ "yes": [1, null, "é"] });
            if settled_by_ours {
                ours.promises().resolve(promise, &answer).await.unwrap();
            } else {
                let settle = json!({ "do": "resolve", "id": promise, "value": answer });
                peer.ask(settle).await.unwrap();
            }
            answer
        };
        let (answer, sent) = tokio::join!(asking, settling);
        assert_eq!(answer, Ok(sent), "settled by ours: {settled_by_ours}");
    }
}

pub(crate) async fn a_failure_reaches_the_caller(bench: &Bench) {
    let peer = bench.theirs().await;
    let args = json!(["the bank", "no funds"]);
    for (how, failed) in [
        (
            "rpc",
            peer.rpc(&bench.unique("id"), peer.group(), "fails", args.clone())
                .await,
        ),
        (
            "run",
            peer.call(&bench.unique("id"), "fails", args.clone()).await,
        ),
    ] {
        let message = failed.unwrap_err().message;
        assert!(
            message.ends_with("the bank refused: no funds"),
            "{how}: {message}"
        );
    }
    let (id, args) = (bench.unique("id"), to("fails", peer.group(), &args));
    let caught = peer.rpc(&id, peer.group(), "catches", args).await.unwrap();
    let message = caught["message"].as_str().unwrap();
    assert!(message.ends_with("the bank refused: no funds"), "{message}");
}

pub(crate) async fn the_same_id_a_second_time_joins_the_first(bench: &Bench) {
    let (one, other) = tokio::join!(bench.theirs(), bench.theirs());
    let (id, journal) = (bench.unique("once"), Journal::new());
    let args = json!([journal.path(), "rust_add", one.group()]);
    let (ours, group) = bench.ours().await;
    let args = json!([args[0], args[1], group]);
    let joining = async {
        journal.line("two").await;
        let joined = other.call(&id, "errand", args.clone());
        let got = other.ask(json!({ "do": "get", "id": id }));
        let opened = async { journal.open_gate() };
        let (joined, got, ()) = tokio::join!(joined, got, opened);
        (joined, got)
    };
    let (first, (joined, got)) = tokio::join!(one.call(&id, "errand", args.clone()), joining);
    assert_eq!(
        (first, joined, got),
        (Ok(json!(42)), Ok(json!(42)), Ok(json!(42)))
    );
    assert_eq!(journal.lines(), ["one", "two", "three"]);
    ours.shutdown().await;
}

pub(crate) async fn a_schedule_starts_workflows(bench: &Bench) {
    let (peer, (ours, _)) = (bench.theirs().await, bench.ours().await);
    let id = bench.unique("schedule");
    let schedule = json!({
        "do": "schedule", "id": id, "cron": "* * * * * *", "func": "nested", "args": [1, 2],
    });
    peer.ask(schedule).await.unwrap();
    let tag = [("resonate:schedule", id.as_str())];
    let fired = eventually("two runs of the schedule", || async {
        let promises = ours.promises();
        let found = promises.search(Some(PromiseState::Resolved), &tag);
        let found = found.await.unwrap();
        (found.len() >= 2).then_some(found)
    })
    .await;
    peer.ask(json!({ "do": "unschedule", "id": id }))
        .await
        .unwrap();
    for promise in fired {
        assert_eq!(promise.value::<i64>().unwrap(), NESTED, "{}", promise.id());
    }
    let gone = ours.schedules().get(&id).await.unwrap_err();
    assert!(gone.is_not_found(), "{gone}");
}
