//! The TypeScript SDK, in both of its dialects of ids: alone on our server, and with ours.
//!
//! It is installed by the tests. With `RESONATE_TEST_URL` they run against that server.
#![allow(clippy::unwrap_used)]

mod interop;
#[path = "interop/leases.rs"]
mod leases;
#[path = "interop/polyglot.rs"]
mod polyglot;
#[path = "interop/versions.rs"]
mod versions;

mod own {
    use serde_json::json;
    use support::peers::Journal;

    use crate::interop::Bench;

    pub(crate) async fn their_retry_policy_is_followed(bench: &Bench) {
        let (peer, (_ours, group)) = (bench.theirs().await, bench.ours().await);
        for (attempts, outcome) in [(3, Ok(json!(3))), (2, Err("attempt 2"))] {
            let journal = Journal::new();
            let stumbled = peer.ask(json!({
                "do": "rpc", "id": bench.unique("stumbles"), "target": group,
                "func": "rust_stumbles", "args": [journal.path(), 3], "attempts": attempts,
            }));
            let stumbled = stumbled.await.map_err(|refused| refused.message);
            assert_eq!(stumbled, outcome.map_err(str::to_owned));
            assert_eq!(journal.count("attempt"), attempts);
        }
    }
}

mod version_0_11_4 {
    use support::peers::Sdk;

    use crate::interop::{common_scenarios, scenarios};
    use crate::{own, versions};

    const SDK: Sdk = Sdk::TypeScript("0.11.4");

    common_scenarios!(SDK);
    scenarios! { SDK =>
        own::their_retry_policy_is_followed,
        versions::each_version_is_called_by_its_number,
        versions::their_number_picks_our_version,
    }
}

mod version_0_11_5 {
    use support::peers::Sdk;

    use crate::interop::{common_scenarios, scenarios};
    use crate::{leases, own, versions};

    const SDK: Sdk = Sdk::TypeScript("0.11.5");

    common_scenarios!(SDK);
    scenarios! { SDK =>
        // Its predecessor renews no lease: its heartbeats name no task.
        leases::two_executions_outlive_their_leases,
        own::their_retry_policy_is_followed,
        versions::each_version_is_called_by_its_number,
        versions::their_number_picks_our_version,
    }
}
