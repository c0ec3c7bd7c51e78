//! The Python SDK: alone on our server, and with ours.
//!
//! It is installed by the tests. With `RESONATE_TEST_URL` they run against that server.
#![allow(clippy::unwrap_used)]

mod interop;
#[path = "interop/leases.rs"]
mod leases;
#[path = "interop/versions.rs"]
mod versions;

use interop::{common_scenarios, scenarios};
use support::peers::Sdk;

const SDK: Sdk = Sdk::Python;

common_scenarios!(SDK);
scenarios! { SDK =>
    leases::two_executions_outlive_their_leases,
    own::their_keywords_are_our_parameters,
    versions::each_version_is_called_by_its_number,
    versions::their_number_picks_our_version,
}

mod own {
    use serde_json::json;

    use crate::interop::Bench;

    pub(crate) async fn their_keywords_are_our_parameters(bench: &Bench) {
        let (peer, (_ours, group)) = (bench.theirs().await, bench.ours().await);
        for (args, kwargs, answer) in [
            (
                json!([]),
                json!({ "name": "Ada", "marks": 1 }),
                "hello Ada!",
            ),
            (
                json!([]),
                json!({ "marks": 2, "greeting": "hi", "name": "Ada" }),
                "hi Ada!!",
            ),
            (json!(["Ada", "hi"]), json!({ "marks": 0 }), "hi Ada"),
            (
                json!(["Ada"]),
                json!({ "marks": 1, "unknown": true }),
                "hello Ada!",
            ),
        ] {
            let greeted = peer.ask(json!({
                "do": "rpc", "id": bench.unique("greet"), "target": group,
                "func": "rust_greet", "args": args, "kwargs": kwargs,
            }));
            assert_eq!(greeted.await, Ok(json!(answer)), "{args} {kwargs}");
            if args == json!([]) {
                let inner = json!(["rust_greet", group, kwargs]);
                let id = bench.unique("names");
                let greeted = peer.rpc(&id, peer.group(), "names", inner).await;
                assert_eq!(greeted, Ok(json!(answer)), "inside a workflow: {kwargs}");
            }
        }
    }
}
