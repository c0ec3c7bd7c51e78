//! Work that takes longer than a lease, for SDKs that renew theirs.

use std::time::Duration;

use serde_json::{Value, json};
use support::peers::Journal;

use crate::interop::Bench;

pub(crate) async fn two_executions_outlive_their_leases(bench: &Bench) {
    let group = bench.unique(bench.sdk.word());
    let lease = Duration::from_secs(3);
    let peer = bench.theirs_in(&group, lease).await;
    let (one, two, clock) = (
        bench.unique("one"),
        bench.unique("two"),
        bench.unique("clock"),
    );
    let journal = Journal::new();
    let gate = |line: &str| json!([journal.path(), line]);
    let waiting = async {
        journal.line("one").await;
        journal.line("two").await;
        // Two leases and a little, measured by a durable sleep of the same worker.
        peer.rpc(&clock, &group, "naps", json!([6500, "late"]))
            .await
            .unwrap();
        journal.open_gate();
    };
    let (one, two, ()) = tokio::join!(
        peer.rpc(&one, &group, "gate", gate("one")),
        peer.rpc(&two, &group, "gate", gate("two")),
        waiting,
    );
    assert_eq!((one, two), (Ok(Value::Null), Ok(Value::Null)));
    assert_eq!(
        (journal.count("one"), journal.count("two")),
        (1, 1),
        "each ran once"
    );
}
