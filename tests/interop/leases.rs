//! Work that takes longer than a lease, for SDKs that renew theirs.

use std::time::Duration;

use serde_json::{Value, json};
use support::http::{Case, Client};
use support::peers::{Journal, eventually};

use crate::interop::Bench;

const LEASE: Duration = Duration::from_secs(2);

pub(crate) async fn two_executions_outlive_their_leases(bench: &Bench) {
    let Some(clock) = Clock::of(bench) else {
        return Case::not_played("124", "its clock would have to be set");
    };
    let group = bench.unique(bench.sdk.word());
    let peer = bench.theirs_in(&group, LEASE).await;
    let (one, two) = (bench.unique("one"), bench.unique("two"));
    let journal = Journal::new();
    let gate = |line: &str| json!([journal.path(), line]);
    let waiting = async {
        journal.line("one").await;
        journal.line("two").await;
        clock.pass_leases_of([&one, &two]).await;
        journal.open_gate();
    };
    let (first, second, ()) = tokio::join!(
        peer.rpc(&one, &group, "gate", gate("one")),
        peer.rpc(&two, &group, "gate", gate("two")),
        waiting,
    );
    assert_eq!((first, second), (Ok(Value::Null), Ok(Value::Null)));
    let runs = (journal.count("one"), journal.count("two"));
    assert_eq!(runs, (1, 1), "each ran once");
}

/// The clock of our server. Once it stands, time passes only when leases have been renewed, so
/// that no machine is too slow.
struct Clock(Client);

impl Clock {
    /// Nothing where the server is somebody else's.
    fn of(bench: &Bench) -> Option<Self> {
        let client = bench.is_on_ours().then(|| Client::new(bench.url()));
        client.map(Self)
    }

    /// Lets almost a whole lease pass again and again, each time after both were renewed.
    async fn pass_leases_of(&self, tasks: [&str; 2]) {
        self.ask("debug.start", &json!({}));
        let lease = i64::try_from(LEASE.as_millis()).unwrap();
        let [one, two] = tasks.map(|task| self.lease_of(task));
        let mut now = one.min(two).expect("both are held") - 1;
        for _ in 0..4 {
            self.ask("debug.tick", &json!({ "time": now }));
            eventually("a renewal of both leases", || async {
                let renewed = |task| self.lease_of(task) == Some(now + lease);
                tasks.iter().all(|task| renewed(task)).then_some(())
            })
            .await;
            now += lease - 1;
        }
        self.ask("debug.stop", &json!({}));
    }

    /// When the lease of a task ends, if it is held.
    fn lease_of(&self, task: &str) -> Option<i64> {
        let held = self.ask("debug.snap", &json!({}));
        let timeouts = held["taskTimeouts"].as_array().unwrap();
        let found = timeouts.iter().find(|it| it["id"] == task);
        found.filter(|it| it["type"] == 1)?["timeout"].as_i64()
    }

    fn ask(&self, kind: &str, data: &Value) -> Value {
        let reply = tokio::task::block_in_place(|| self.0.call(kind, data));
        assert_eq!(reply.status, 200, "{kind}: {reply:?}");
        reply.data()
    }
}
