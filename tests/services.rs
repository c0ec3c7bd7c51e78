//! Services: the durable functions of an `impl` block, of a trait, and of an `impl` of it.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::time::Duration;

use resonate::{CallError, Context, Function, HasBody, Info, Kind, Registry, Resonate, Result};
use resonate::{Retry, manifest::Manifest};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Functions that belong together, with private types and helpers.
mod shop {
    use super::{Context, Deserialize, Info, Result, Retry, Serialize};

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(crate) struct Orders {
        pub(crate) items: Vec<String>,
    }

    #[derive(Serialize, Deserialize)]
    struct Label(String);

    /// What a shop does.
    #[resonate::service(stubs = orders, timeout = "2h", retry = Retry::never())]
    impl Orders {
        /// The greatest order.
        pub(crate) const ITEMS_MAX: usize = 2;

        /// Places an order, as [`Orders`] are placed.
        #[function(version = 2, timeout = "1h")]
        pub(crate) async fn place(ctx: &Context, mut item: String) -> Result<Self> {
            item.push('!');
            let Label(label) = orders::pack::run(ctx, item).await?;
            let pressed = orders::Pressed::run(ctx, 3).await?;
            Ok(Self {
                items: vec![label, pressed.to_string()],
            })
        }

        /// Places an order, as it was before.
        #[resonate::function(name = "place", stub = place_before)]
        pub(super) async fn place_before(item: String) -> Result<Self> {
            Ok(Self { items: vec![item] })
        }

        async fn pack(info: &Info, item: String) -> Result<Label> {
            Ok(Label(Self::label(&item, info.id())))
        }

        /// Occupies its thread.
        #[function(blocking, stub = Pressed)]
        fn press(number: u64) -> Result<u64> {
            Ok(number * number)
        }

        /// A plain function stays one.
        fn label(item: &str, id: &str) -> String {
            format!("{item} of {id}")
        }
    }
}

/// The crate that callers and workers share.
mod api {
    use super::{Context, Deserialize, Serialize, fmt};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    pub(crate) enum WriteError {
        NoPaper { sheets: u8 },
    }

    impl fmt::Display for WriteError {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            let Self::NoPaper { sheets } = self;
            write!(f, "{sheets} sheets are too few")
        }
    }

    #[resonate::service(name = "invoices", retry = super::Retry::never())]
    pub(crate) trait Invoices: Sized {
        /// Writes an invoice.
        #[function(version = 3, timeout = "30s")]
        async fn write(ctx: &Context, order: String, r#type: u8) -> Result<String, WriteError>;

        async fn send(to: String) -> resonate::Result<()>;

        /// Nobody here has its body.
        #[cfg(any())]
        async fn burn(never: Never) -> resonate::Result<()>;
    }

    /// Nobody here implements this one.
    #[resonate::service(name = "tax office", stubs = taxes, target = "taxes")]
    pub(crate) trait Taxes {
        #[function(name = "file", stub = File)]
        async fn file_return(year: u16) -> resonate::Result<String>;
    }
}

use std::fmt;

struct Paper;

#[resonate::service(stubs = paper, timeout = "10s")]
impl api::Invoices for Paper {
    async fn write(
        ctx: &Context,
        order: String,
        r#type: u8,
    ) -> std::result::Result<String, api::WriteError> {
        if r#type == 0 {
            return Err(api::WriteError::NoPaper { sheets: r#type });
        }
        drop(paper::send::run(ctx, order.clone()).await);
        Ok(format!("invoice {type} of {order} by {}", ctx.id()))
    }

    #[function(timeout = "20s")]
    async fn send(to: String) -> Result<()> {
        drop(to);
        Ok(())
    }
}

resonate::serves!(
    api::invoices::write,
    api::invoices::send,
    shop::orders::place
);

#[test]
fn each_function_is_registered_as_one_of_its_service() {
    let registry = Registry::global();
    registry.check().unwrap();
    let listed: Vec<_> = registry
        .iter()
        .map(|it| format!("{} {} {}", it.name, it.version, it.signature()))
        .collect();
    assert_eq!(
        listed,
        [
            "invoices/send 1 (to: String) -> Result<()>",
            "invoices/write 3 (order: String, type: u8) -> \
             std::result::Result<String, api::WriteError>",
            "orders/pack 1 (item: String) -> Result<Label>",
            "orders/place 1 (item: String) -> Result<Orders>",
            "orders/place 2 (item: String) -> Result<Orders>",
            "orders/press 1 (number: u64) -> Result<u64>",
        ]
    );
    let places: std::collections::BTreeSet<_> = registry.iter().map(|it| it.site.line).collect();
    assert_eq!(places.len(), listed.len(), "each has its own line");
}

#[test]
fn options_of_a_function_go_before_those_of_its_service() {
    let (hour, hours) = (Duration::from_secs(3_600), Duration::from_secs(7_200));
    let place = shop::orders::place::DEFAULTS;
    assert_eq!(
        (place.timeout, place.retry),
        (Some(hour), Some(Retry::never()))
    );
    assert_eq!(shop::orders::place_before::DEFAULTS.timeout, Some(hours));
    assert_eq!(api::taxes::File::NAME, "tax office/file");
    assert_eq!(api::taxes::File::DEFAULTS.target, Some("taxes"));
    // The trait's, then what the implementation says of itself, then of one function.
    let declared = api::invoices::write::DEFAULTS;
    assert_eq!(declared.timeout, Some(Duration::from_secs(30)));
    assert_eq!(
        paper::write::DEFAULTS.timeout,
        Some(Duration::from_secs(10))
    );
    assert_eq!(paper::write::DEFAULTS.retry, Some(Retry::never()));
    assert_eq!(paper::send::DEFAULTS.timeout, Some(Duration::from_secs(20)));
    assert_eq!(paper::write::ENTRY.kind, Kind::Workflow);
    assert_eq!(
        (paper::write::NAME, paper::write::VERSION),
        ("invoices/write", 3)
    );
}

#[tokio::test]
async fn functions_of_a_type_call_each_other_as_steps() {
    let resonate = Resonate::memory().await.unwrap();
    let order = shop::orders::place::run(resonate.id("order-1"), "tea".into()).await;
    let items = vec!["tea! of order-1:0".to_owned(), "9".to_owned()];
    assert_eq!(order.unwrap(), shop::Orders { items });
    let before = shop::orders::place_before::rpc(resonate.id("order-2"), "tea".into());
    assert_eq!(before.await.unwrap().items.len(), 1);
    let by_name = resonate
        .id("order-3")
        .rpc::<shop::Orders>("orders/place", ("tea",));
    assert_eq!(by_name.await.unwrap().items.len(), shop::Orders::ITEMS_MAX);
}

#[tokio::test]
async fn callers_of_a_trait_get_what_its_implementation_does() {
    let resonate = Resonate::memory().await.unwrap();
    let written = api::invoices::write::rpc(resonate.id("one"), "order-1".into(), 7).await;
    assert_eq!(written.unwrap(), "invoice 7 of order-1 by one");
    let refused = api::invoices::write::rpc(resonate.id("two"), "order-1".into(), 0).await;
    let Err(CallError::Failed(error)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(error, api::WriteError::NoPaper { sheets: 0 });
    // The implementation's own stubs can run it here.
    let here = paper::write::run(resonate.id("three"), "order-1".into(), 1).await;
    assert_eq!(here.unwrap(), "invoice 1 of order-1 by three");
}

#[tokio::test]
async fn what_nobody_here_implements_is_offered_elsewhere() {
    let resonate = Resonate::memory().await.unwrap();
    let begun = api::taxes::File::begin_rpc(resonate.id("2026"), 2026).await;
    let promise = resonate.promises().get(begun.unwrap().id()).await.unwrap();
    assert_eq!(promise.tag("resonate:target"), Some("poll://any@taxes"));
}

#[tokio::test]
async fn the_functions_themselves_stay_as_they_are() {
    let placed = shop::Orders::place_before("tea".into()).await.unwrap();
    assert_eq!(placed.items, ["tea"]);
    <Paper as api::Invoices>::send("Ada".into()).await.unwrap();
    let ctx = Context::for_test();
    let refused = <Paper as api::Invoices>::write(&ctx, "order-1".into(), 0).await;
    assert_eq!(refused, Err(api::WriteError::NoPaper { sheets: 0 }));
}

#[test]
fn the_manifest_has_them_under_their_names() {
    let manifest: Manifest = Registry::global().manifest();
    let named: BTreeMap<_, _> = manifest
        .functions
        .iter()
        .map(|it| ((it.name.as_str(), it.version), it))
        .collect();
    let write = named[&("invoices/write", 3)];
    let shape = serde_json::to_value(&write.params).unwrap();
    assert_eq!(shape[1]["name"], json!("type"));
}
