//! The official Rust SDK: alone on our server, and with ours.
//!
//! It is built by the tests. With `RESONATE_TEST_URL` they run against that server.
#![allow(clippy::unwrap_used)]

mod interop;

use interop::{common_scenarios, scenarios};
use support::peers::Sdk;

const SDK: Sdk = Sdk::Rust;

common_scenarios!(SDK);
scenarios! { SDK =>
    calls::without_a_number_they_get_our_latest_version,
}
