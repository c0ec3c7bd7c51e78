//! The TypeScript SDK, in both of its dialects of ids: alone on our server, and with ours.
//!
//! It is installed by the tests. With `RESONATE_TEST_URL` they run against that server.
#![allow(clippy::unwrap_used)]

mod interop;

mod version_0_11_4 {
    use support::peers::Sdk;

    use crate::interop::{common_scenarios, scenarios};

    const SDK: Sdk = Sdk::TypeScript("0.11.4");

    common_scenarios!(SDK);
    scenarios! { SDK =>
        alone::each_version_is_called_by_its_number,
        calls::their_number_picks_our_version,
        calls::their_retry_policy_is_followed,
    }
}

mod version_0_11_5 {
    use support::peers::Sdk;

    use crate::interop::{common_scenarios, scenarios};

    const SDK: Sdk = Sdk::TypeScript("0.11.5");

    common_scenarios!(SDK);
    scenarios! { SDK =>
        alone::each_version_is_called_by_its_number,
        calls::their_number_picks_our_version,
        calls::their_retry_policy_is_followed,
    }
}
