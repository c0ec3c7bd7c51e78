//! What is tried with every other SDK: theirs alone, ours with theirs, and both killed.

pub(crate) mod alone;
pub(crate) mod calls;
pub(crate) mod functions;
pub(crate) mod kills;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use resonate::Resonate;
use serde_json::{Value, json};
use support::peers::{Peer, Sdk, TestServer, eventually};

/// A lease that runs out in no test.
const LEASE: Duration = Duration::from_secs(60);

/// Makes a test of each scenario, for one SDK.
macro_rules! scenarios {
    ($sdk:expr => $($part:ident :: $scenario:ident),+ $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $scenario() {
                let bench = $crate::interop::Bench::new($sdk, module_path!()).await;
                $part::$scenario(&bench).await;
            }
        )+
    };
}

/// Makes a test of each scenario that every SDK passes.
macro_rules! common_scenarios {
    ($sdk:expr) => {
        use $crate::interop::{alone, calls, kills};

        $crate::interop::scenarios! { $sdk =>
            alone::a_workflow_calls_here_and_there_at_once,
            alone::a_sleeper_wakes,
            alone::a_detached_call_outlives_its_caller,
            alone::a_promise_is_settled_from_outside,
            alone::a_failure_reaches_the_caller,
            alone::the_same_id_a_second_time_joins_the_first,
            alone::a_schedule_starts_workflows,
            calls::values_come_back_as_they_were_sent,
            calls::ours_calls_theirs,
            calls::ours_awaits_theirs_inside_a_workflow,
            calls::their_failure_reaches_ours,
            calls::theirs_calls_ours,
            calls::our_failure_reaches_theirs,
            calls::workflows_call_each_other_in_turns,
            calls::ours_joins_their_execution_and_theirs_joins_ours,
            calls::each_worker_of_a_mixed_group_does_what_it_can,
            kills::their_worker_is_killed_and_the_next_one_goes_on,
            kills::our_worker_is_killed_and_the_next_one_goes_on,
        }

        /// Not a test: the process that other tests start as a worker of ours, to be killed.
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        #[ignore = "other tests start it, as a process of its own"]
        async fn our_worker() {
            kills::work().await;
        }
    };
}

pub(crate) use {common_scenarios, scenarios};

/// One test's server, and what distinguishes its ids from those of all other tests.
pub(crate) struct Bench {
    pub(crate) sdk: Sdk,
    server: TestServer,
    token: String,
    next: AtomicU64,
    /// The test, in this program, that serves as a worker of ours.
    our_worker: String,
}

impl Bench {
    /// `module` is where the tests are.
    pub(crate) async fn new(sdk: Sdk, module: &str) -> Self {
        static BENCHES: AtomicU64 = AtomicU64::new(0);
        let started = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis();
        let bench = BENCHES.fetch_add(1, Ordering::Relaxed);
        Self {
            sdk,
            server: TestServer::start().await,
            token: format!("{started:x}-{}-{bench}", std::process::id()),
            next: AtomicU64::new(0),
            our_worker: match module.split_once("::") {
                Some((_program, path)) => format!("{path}::our_worker"),
                None => "our_worker".to_owned(),
            },
        }
    }

    pub(crate) fn url(&self) -> &str {
        self.server.url()
    }

    /// Whether the server is our own, made for this test.
    pub(crate) fn is_on_ours(&self) -> bool {
        self.server.is_ours()
    }

    /// An id, or a group, that nobody else has.
    pub(crate) fn unique(&self, word: &str) -> String {
        let next = self.next.fetch_add(1, Ordering::Relaxed);
        format!("{word}-{}-{next}", self.token)
    }

    /// A client and worker of ours in a group of its own, and the group.
    pub(crate) async fn ours(&self) -> (Resonate, String) {
        let group = self.unique("rust");
        (self.ours_in(&group).await, group)
    }

    pub(crate) async fn ours_in(&self, group: &str) -> Resonate {
        let builder = Resonate::builder().url(self.url()).group(group);
        builder.build().await.unwrap()
    }

    /// One of theirs in a group of its own, once it can be reached.
    pub(crate) async fn theirs(&self) -> Peer {
        let group = self.unique(self.sdk.word());
        self.theirs_in(&group, LEASE).await
    }

    pub(crate) async fn theirs_in(&self, group: &str, lease: Duration) -> Peer {
        let peer = Peer::start(self.sdk, self.url(), group, lease).await;
        self.reached(group, "add").await;
        peer
    }

    /// Waits until a worker of the group answers a call of `func`, which takes two numbers: a
    /// call that was made before it listened may wait for long.
    pub(crate) async fn reached(&self, group: &str, func: &str) {
        let builder = Resonate::builder().url(self.url()).client_only();
        let caller = builder.group(self.unique("probe")).build().await.unwrap();
        eventually(&format!("an answer of {group}"), || async {
            let probe = caller.id(self.unique("probe"));
            let call = probe.rpc::<i64>(func, (1, 1)).target(group);
            let answer = tokio::time::timeout(Duration::from_secs(2), call).await;
            answer.is_ok_and(|sum| sum.unwrap() == 2).then_some(())
        })
        .await;
        caller.shutdown().await;
    }
}

/// The arguments of a call, with those that name a function and where it is.
pub(crate) fn to(func: &str, target: &str, args: &Value) -> Value {
    json!([func, target, args])
}
