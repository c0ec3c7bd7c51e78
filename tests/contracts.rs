//! Functions that are declared in one crate and have their bodies in another.
#![allow(clippy::unwrap_used)]

use std::fmt;
use std::time::Duration;

use resonate::{Context, Function, HasBody, Kind, Registry, Resonate, Result, Retry};
use resonate_core::registry::{Claim, RegistryError, Site};
use serde::{Deserialize, Serialize};

/// The crate that both sides share.
mod api {
    use super::{Deserialize, Receipt, Retry, Serialize, fmt};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    pub(crate) enum ChargeError {
        Declined { cents: u64 },
    }

    impl fmt::Display for ChargeError {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            let Self::Declined { cents } = self;
            write!(f, "{cents} cents were declined")
        }
    }

    /// Charges a card, once.
    #[resonate::declare(
        name = "billing/charge",
        version = 2,
        timeout = "1h",
        retry = Retry::never()
    )]
    pub(crate) async fn charge(card: String, cents: u64) -> Result<Receipt, ChargeError>;

    /// Nobody here has its body.
    #[resonate::declare(name = "shipping/ship", target = "shipping", stub = Ship)]
    pub(crate) async fn ship(order: String, r#type: Option<u8>) -> resonate::Result<String>;

    #[resonate::declare]
    pub(crate) async fn nothing() -> resonate::Result<()>;
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Receipt {
    of: String,
    cents: u64,
}

/// The body, with a result type under another name for the same type.
#[resonate::function(implements = api::charge, timeout = "30s")]
async fn charge(ctx: &Context, card: String, cents: u64) -> Answer {
    drop(ctx.id().to_owned());
    if cents > 1_000 {
        return Err(api::ChargeError::Declined { cents });
    }
    Ok(Receipt { of: card, cents })
}

type Answer = std::result::Result<Receipt, api::ChargeError>;

/// A caller that knows the declaration only.
#[resonate::function]
async fn checkout(ctx: &Context, card: String, cents: u64) -> Result<String> {
    match api::charge::rpc(ctx, card, cents).await {
        Ok(receipt) => Ok(receipt.of),
        Err(resonate::CallError::Failed(api::ChargeError::Declined { cents })) => {
            Ok(format!("{cents} were too much"))
        }
        Err(other) => Err(other.into()),
    }
}

resonate::serves!(api::charge, checkout);

#[test]
fn name_version_and_defaults_come_from_the_declaration() {
    assert_eq!((charge::NAME, charge::VERSION), ("billing/charge", 2));
    assert_eq!(
        api::charge::DEFAULTS.timeout,
        Some(Duration::from_secs(3_600))
    );
    // What the body says for itself goes first, the rest is as declared.
    assert_eq!(charge::DEFAULTS.timeout, Some(Duration::from_secs(30)));
    assert_eq!(charge::DEFAULTS.retry, Some(Retry::never()));
    assert_eq!(charge::ENTRY.kind, Kind::Workflow);
    let found = Registry::global().get("billing/charge", 2).unwrap();
    assert!(std::ptr::eq(found, charge::ENTRY));
    assert_eq!(api::Ship::DEFAULTS.target, Some("shipping"));
    assert_eq!(api::nothing::NAME, "nothing");
}

#[test]
fn a_declaration_registers_nothing() {
    let names: Vec<_> = Registry::global().iter().map(|it| it.name).collect();
    assert_eq!(names, ["billing/charge", "checkout"]);
}

#[tokio::test]
async fn callers_of_a_declaration_get_its_typed_results_and_errors() {
    let resonate = Resonate::memory().await.unwrap();
    let receipt = api::charge::rpc(resonate.id("order-1"), "visa".to_owned(), 500).await;
    let expected = Receipt {
        of: "visa".to_owned(),
        cents: 500,
    };
    assert_eq!(receipt.unwrap(), expected);
    let refused = api::charge::rpc(resonate.id("order-2"), "visa".to_owned(), 5_000).await;
    let error = refused.unwrap_err().failed().unwrap();
    assert_eq!(error, api::ChargeError::Declined { cents: 5_000 });
    let inside = checkout::run(resonate.id("order-3"), "visa".to_owned(), 5_000).await;
    assert_eq!(inside.unwrap(), "5000 were too much");
}

#[tokio::test]
async fn what_is_declared_elsewhere_is_offered_there() {
    let resonate = Resonate::memory().await.unwrap();
    let begun = api::Ship::begin_rpc(resonate.id("order-4"), "order-4".to_owned(), None)
        .await
        .unwrap();
    let promise = resonate.promises().get(begun.id()).await.unwrap();
    let target = promise.tag("resonate:target");
    assert_eq!(target, Some("poll://any@shipping"));
}

const HERE: Site = Site {
    package: "shop 0.1.0",
    module: "shop::main",
    file: "src/main.rs",
    line: 3,
    doc: "",
};

fn claimed(claim: &'static Claim) -> std::result::Result<(), RegistryError> {
    let ours = Registry::global().iter();
    Registry::from_entries(ours).with_claims([claim]).check()
}

#[test]
fn a_function_that_should_be_here_is_missed_at_start() {
    static MISSING: Claim = Claim::Served {
        name: "shipping/ship",
        version: 1,
        site: HERE,
    };
    static OTHER_VERSION: Claim = Claim::Served {
        name: "billing/charge",
        version: 1,
        site: HERE,
    };
    let refused = claimed(&MISSING).unwrap_err().to_string();
    assert_eq!(
        refused,
        "src/main.rs:3 (shop 0.1.0) says that `shipping/ship` version 1 is linked into this \
         program, but there is none; if its body is in a library that nothing here names, write \
         `resonate::link!(that_library);`"
    );
    let refused = claimed(&OTHER_VERSION).unwrap_err().to_string();
    assert_eq!(
        refused,
        "src/main.rs:3 (shop 0.1.0) says that `billing/charge` version 1 is linked into this \
         program, but there is none of that version, only 2; put the body of that version back \
         beside it"
    );
}

#[test]
fn a_crate_that_brought_no_function_is_missed_at_start() {
    static API_ONLY: Claim = Claim::Linked {
        krate: "billing_api",
        site: HERE,
    };
    static THIS: Claim = Claim::Linked {
        krate: "contracts",
        site: HERE,
    };
    let refused = claimed(&API_ONLY).unwrap_err().to_string();
    assert_eq!(
        refused,
        "src/main.rs:3 (shop 0.1.0) links the crate `billing_api` for its durable functions, but \
         none of it is in this program; link the crate that has the bodies, or, if Cargo.toml \
         gives it another name, write `resonate::link!(billing_api as its_own_name);`"
    );
    claimed(&THIS).unwrap();
}
