//! Workers that end as `kill -9` ends them, in the middle of a workflow.

use std::process::{Command, Stdio};
use std::time::Duration;

use resonate::Resonate;
use serde_json::json;
use support::peers::Journal;

use super::{Bench, LEASE};

/// How long the dead hold their leases. Those who go on have the usual ones: no machine is too
/// slow to renew them.
const SHORT: Duration = Duration::from_secs(3);
const URL: &str = "INTEROP_URL";
const GROUP: &str = "INTEROP_GROUP";

pub(crate) async fn their_worker_is_killed_and_the_next_one_goes_on(bench: &Bench) {
    let (ours, our_group) = bench.ours().await;
    let (id, journal, group) = (
        bench.unique("errand"),
        Journal::new(),
        bench.unique("killed"),
    );
    let mut first = bench.theirs_in(&group, SHORT).await;
    let call = ours.id(&id);
    let call = call.rpc::<i64>("errand", (journal.path(), "rust_add", &our_group));
    let waiting = call.target(&group).spawn();
    journal.line("two").await;
    first.kill().await;
    journal.open_gate();
    let second = bench.theirs_in(&group, LEASE).await;
    assert_eq!(waiting.await.unwrap(), 42);
    finished(&journal);
    // It is over for them too.
    assert_eq!(
        second.ask(json!({ "do": "get", "id": id })).await,
        Ok(json!(42))
    );
}

pub(crate) async fn our_worker_is_killed_and_the_next_one_goes_on(bench: &Bench) {
    let peer = bench.theirs().await;
    let (id, journal, group) = (
        bench.unique("errand"),
        Journal::new(),
        bench.unique("killed"),
    );
    let mut first = our_process(bench, &group);
    bench.reached(&group, "rust_add").await;
    let args = json!([journal.path(), "add", peer.group()]);
    let waiting = peer.rpc(&id, &group, "rust_errand", args);
    let killing = async {
        journal.line("two").await;
        first.kill().unwrap();
        first.wait().unwrap();
        journal.open_gate();
        bench.ours_in(&group).await
    };
    let (sum, second) = tokio::join!(waiting, killing);
    assert_eq!(sum, Ok(json!(42)));
    finished(&journal);
    assert_eq!(second.get::<i64>(&id).await.unwrap(), 42);
}

/// What was recorded was not done again; what was cut off was.
fn finished(journal: &Journal) {
    assert_eq!(journal.count("one"), 1, "{:?}", journal.lines());
    assert_eq!(journal.count("three"), 1, "{:?}", journal.lines());
    assert!(journal.count("two") >= 2, "{:?}", journal.lines());
}

/// This very program again, as a worker of ours.
fn our_process(bench: &Bench, group: &str) -> std::process::Child {
    Command::new(std::env::current_exe().unwrap())
        .args([&bench.our_worker, "--exact", "--ignored", "--nocapture"])
        .env(URL, bench.url())
        .env(GROUP, group)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Serves until the test that started this process ends.
pub(crate) async fn work() {
    let read = |name| std::env::var(name).expect("a test starts this as its child");
    let builder = Resonate::builder().url(read(URL)).group(read(GROUP));
    let worker = builder.lease(SHORT).build().await.unwrap();
    let parent = tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new()));
    parent.await.unwrap().unwrap();
    worker.shutdown().await;
}
