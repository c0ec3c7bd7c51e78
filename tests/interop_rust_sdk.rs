//! The official Rust SDK: alone on our server, and with ours.
//!
//! It is built by the tests. With `RESONATE_TEST_URL` they run against that server.
#![allow(clippy::unwrap_used)]

mod interop;
#[path = "interop/leases.rs"]
mod leases;

use interop::{common_scenarios, scenarios};
use support::peers::Sdk;

const SDK: Sdk = Sdk::Rust;

common_scenarios!(SDK);
scenarios! { SDK =>
    leases::two_executions_outlive_their_leases,
    own::without_a_number_they_get_our_latest_version,
}

mod own {
    use serde_json::json;

    use crate::interop::Bench;

    pub(crate) async fn without_a_number_they_get_our_latest_version(bench: &Bench) {
        let (peer, (_ours, group)) = (bench.theirs().await, bench.ours().await);
        let id = bench.unique("edition");
        let unsaid = peer.rpc(&id, &group, "rust_edition", json!(["edition"]));
        assert_eq!(unsaid.await, Ok(json!("edition 2")));
    }
}
