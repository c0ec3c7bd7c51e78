//! The Python SDK: alone on our server, and with ours.
//!
//! It is installed by the tests. With `RESONATE_TEST_URL` they run against that server.
#![allow(clippy::unwrap_used)]

mod interop;

use interop::{common_scenarios, scenarios};
use support::peers::Sdk;

const SDK: Sdk = Sdk::Python;

common_scenarios!(SDK);
scenarios! { SDK =>
    alone::each_version_is_called_by_its_number,
    calls::their_number_picks_our_version,
    calls::their_keywords_are_our_parameters,
}
