//! What the linker gathers into one program, and what the registry makes of it.
#![allow(clippy::unwrap_used)]

use resonate::{Context, Entry, Function, Kind, Registry, RegistryError, Result};
use resonate_core::registry::{Body, Defaults, Param, Shapes, Site};

/// Greets, politely.
///
/// Only the first line is kept.
#[resonate::function]
pub async fn greet(ctx: &Context, name: String) -> Result<String> {
    Ok(shout::rpc(ctx, name).await?)
}

#[resonate::function]
async fn shout(word: String) -> Result<String> {
    Ok(word.to_uppercase())
}

mod v1 {
    #[resonate::function(name = "charge")]
    pub(super) async fn charge(cents: u64) -> resonate::Result<u64> {
        Ok(cents)
    }
}

mod v2 {
    #[resonate::function(name = "charge", version = 2)]
    pub(super) async fn charge(cents: u64, currency: Option<String>) -> resonate::Result<u64> {
        drop(currency);
        Ok(cents)
    }
}

#[resonate::function(name = "charge", version = 10)]
async fn charge_ten(info: &resonate::Info, card: (String, [u8; 4])) -> Result<u64, String> {
    let _ = info;
    Ok(card.0.len() as u64)
}

#[test]
fn every_function_of_the_program_is_found_by_name_and_version() {
    let registry = Registry::global();
    registry.check_worker().unwrap();
    assert_eq!(registry.len(), 5);
    let all: Vec<_> = registry.iter().map(|it| (it.name, it.version)).collect();
    assert_eq!(
        all,
        [
            ("charge", 1),
            ("charge", 2),
            ("charge", 10),
            ("greet", 1),
            ("shout", 1)
        ]
    );
    for entry in registry.iter() {
        let found = registry.get(entry.name, entry.version).unwrap();
        assert!(std::ptr::eq(found, entry));
    }
    assert!(registry.get("charge", 3).is_none());
    assert!(registry.get("charges", 1).is_none());
}

#[test]
fn versions_of_one_name_live_side_by_side() {
    let registry = Registry::global();
    assert_eq!(registry.versions("charge").collect::<Vec<_>>(), [1, 2, 10]);
    assert_eq!(registry.latest("charge").unwrap().version, 10);
    assert_eq!(registry.versions("nothing").count(), 0);
    assert!(registry.latest("nothing").is_none());
    assert_eq!((v1::charge::NAME, v1::charge::VERSION), ("charge", 1));
    assert_eq!((v2::charge::NAME, v2::charge::VERSION), ("charge", 2));
}

#[test]
fn an_entry_says_what_was_written_and_where() {
    let greet = Registry::global().get("greet", 1).unwrap();
    assert_eq!(greet.kind, Kind::Workflow);
    assert_eq!(greet.signature(), "(name: String) -> Result<String>");
    assert_eq!(greet.site.doc, "Greets, politely.");
    assert_eq!(greet.site.package, "tests 0.0.0");
    assert_eq!(greet.site.module, "registry");
    assert!(
        greet.site.file.ends_with("registry.rs"),
        "{}",
        greet.site.file
    );
    let site = format!("{}:{} (tests 0.0.0)", greet.site.file, greet.site.line);
    assert_eq!(greet.site.to_string(), site);

    let charge = Registry::global().get("charge", 10).unwrap();
    assert_eq!(charge.kind, Kind::Leaf);
    assert_eq!(
        charge.signature(),
        "(card: (String, [u8; 4])) -> Result<u64, String>"
    );
    assert_eq!(charge.site.doc, "");
}

#[test]
fn the_table_is_aligned() {
    let registry = Registry::from_entries([
        entry("settle/all", 12, Kind::Workflow, 7),
        entry("größe", 1, Kind::Leaf, 123),
    ]);
    let expected = [
        "function    version  kind      signature                         written at",
        "größe       1        leaf      (name: String) -> Result<String>  src/billing.rs:123 (billing 0.1.0)",
        "settle/all  12       workflow  (name: String) -> Result<String>  src/billing.rs:7 (billing 0.1.0)",
    ];
    let table = registry.to_string();
    assert_eq!(table.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn a_name_and_version_for_two_pieces_of_code_are_refused_with_both_places() {
    let registry = Registry::from_entries([
        entry("greet", 1, Kind::Leaf, 8),
        entry("other", 1, Kind::Leaf, 9),
        entry("greet", 1, Kind::Leaf, 2),
        entry("greet", 2, Kind::Leaf, 3),
    ]);
    let refused = registry.check().unwrap_err();
    assert_eq!(
        refused.to_string(),
        "`greet` version 1 is defined 2 times: src/billing.rs:2 (billing 0.1.0), \
         src/billing.rs:8 (billing 0.1.0); give one of them another name or version"
    );
    let RegistryError::Duplicate {
        name,
        version,
        sites,
    } = refused
    else {
        panic!("{refused:?}");
    };
    assert_eq!((name, version, sites.len()), ("greet", 1, 2));
}

#[test]
fn a_function_that_is_linked_twice_is_one_function() {
    let registry = Registry::from_entries([
        entry("greet", 1, Kind::Leaf, 2),
        entry("greet", 1, Kind::Leaf, 2),
    ]);
    registry.check().unwrap();
    assert_eq!(registry.len(), 1);
}

#[test]
fn functions_without_a_name_or_a_version_are_refused() {
    let unnamed = Registry::from_entries([entry("", 1, Kind::Leaf, 4)]);
    assert_eq!(
        unnamed.check().unwrap_err().to_string(),
        "the durable function at src/billing.rs:4 (billing 0.1.0) has no name"
    );
    let zero = Registry::from_entries([entry("greet", 0, Kind::Leaf, 4)]);
    let refused = zero.check().unwrap_err().to_string();
    assert!(
        refused.contains("`greet`") && refused.contains("version 0"),
        "{refused}"
    );
}

#[test]
fn only_a_worker_needs_a_function() {
    let empty = Registry::from_entries([]);
    assert!(empty.is_empty());
    empty.check().unwrap();
    let refused = empty.check_worker().unwrap_err();
    assert_eq!(refused, RegistryError::Empty);
    assert!(
        refused
            .to_string()
            .contains("resonate::link!(that_library);")
    );
}

#[test]
fn an_unknown_name_is_answered_with_the_nearest() {
    let names = [
        "chargeCard",
        "charge-card",
        "chargeCart",
        "refund",
        "orders/place",
        "a",
        "ab",
        "größe",
        "charge",
        "discharge",
    ];
    let registry = Registry::from_entries(names.map(|name| entry(name, 1, Kind::Leaf, 1)));
    for (asked, nearest) in [
        (
            "charge_card",
            &["charge-card", "chargeCard", "chargeCart"][..],
        ),
        ("chargecard", &["charge-card", "chargeCard", "chargeCart"]),
        ("refnud", &["refund"]),
        ("Orders.Place", &["orders/place"]),
        ("grösse", &["größe"]),
        ("charg", &["charge"]),
        ("something else", &[]),
        ("", &[]),
    ] {
        assert_eq!(registry.nearest(asked), nearest, "{asked}");
    }
}

#[test]
fn several_versions_are_one_suggestion() {
    let registry = Registry::from_entries([
        entry("greet", 1, Kind::Leaf, 1),
        entry("greet", 2, Kind::Leaf, 2),
    ]);
    assert_eq!(registry.nearest("gret"), ["greet"]);
}

#[test]
fn each_of_ten_thousand_functions_is_found_and_nothing_else() {
    let function = |number: u32| {
        let name = format!("area-{}/{}", number % 17, number / 2);
        entry(Box::leak(name.into()), 1 + number % 2, Kind::Leaf, number)
    };
    let entries: Vec<_> = (0..10_000).map(function).collect();
    let registry = Registry::from_entries(entries.iter().rev().copied());
    registry.check_worker().unwrap();
    for entry in entries {
        let found = registry.get(entry.name, entry.version).unwrap();
        assert!(std::ptr::eq(found, entry));
        assert!(registry.get(entry.name, entry.version + 2).is_none());
        assert!(registry.get(&entry.name[1..], entry.version).is_none());
    }
    assert!(Registry::default().get("greet", 1).is_none());
}

/// A function that no macro wrote.
fn entry(name: &'static str, version: u32, kind: Kind, line: u32) -> &'static Entry {
    Box::leak(Box::new(Entry {
        name,
        version,
        kind,
        params: &[Param {
            name: "name",
            ty: "String",
        }],
        result: "Result<String>",
        shapes: Shapes::NONE,
        defaults: Defaults::NONE,
        site: Site {
            package: "billing 0.1.0",
            module: "billing",
            file: "src/billing.rs",
            line,
            doc: "",
        },
        body: Body::Blocking(|_, _| unreachable!("nothing runs it")),
    }))
}
