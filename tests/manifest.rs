//! What a deploy may change, and what would strand the executions that run.
#![allow(clippy::unwrap_used, dead_code)]

use resonate::manifest::{
    Change, FunctionManifest, Manifest, ParamManifest, ResultManifest, Shape,
};
use resonate::{Registry, Result};
use resonate_core::registry::shape::Probe;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The order of the first deploy.
#[derive(Serialize, Deserialize)]
struct Order {
    id: String,
    cents: u64,
    lines: Vec<Line>,
    class: Class,
}

#[derive(Serialize, Deserialize)]
struct Line {
    sku: String,
    note: Option<String>,
}

#[derive(Serialize, Deserialize)]
enum Class {
    Plain,
    Express(u8),
}

/// Orders of later deploys, each with one change.
mod later {
    use super::{Class, Deserialize, Line};

    /// Another name, the fields in another order, one under another Rust name.
    #[derive(Deserialize)]
    pub(crate) struct Purchase {
        pub(crate) class: Class,
        pub(crate) cents: u64,
        #[serde(rename = "id")]
        pub(crate) number: String,
        pub(crate) lines: Vec<Line>,
    }

    #[derive(Deserialize)]
    pub(crate) struct WithOptional {
        pub(crate) id: String,
        pub(crate) cents: u64,
        pub(crate) lines: Vec<Line>,
        pub(crate) class: Class,
        pub(crate) coupon: Option<String>,
        #[serde(default)]
        pub(crate) gift: bool,
    }

    #[derive(Deserialize)]
    pub(crate) struct WithRequired {
        pub(crate) id: String,
        pub(crate) cents: u64,
        pub(crate) lines: Vec<Line>,
        pub(crate) class: Class,
        pub(crate) currency: String,
    }

    #[derive(Deserialize)]
    pub(crate) struct WithText {
        pub(crate) id: String,
        pub(crate) cents: String,
        pub(crate) lines: Vec<Line>,
        pub(crate) class: Class,
    }

    #[derive(Deserialize)]
    pub(crate) struct Without {
        pub(crate) id: String,
        pub(crate) lines: Vec<Line>,
        pub(crate) class: Class,
    }

    #[derive(Deserialize)]
    pub(crate) struct WithClass {
        pub(crate) id: String,
        pub(crate) cents: u64,
        pub(crate) lines: Vec<Line>,
        pub(crate) class: MoreClasses,
    }

    #[derive(Deserialize)]
    pub(crate) enum MoreClasses {
        Plain,
        Express(u8),
        Overnight,
    }

    #[derive(Deserialize)]
    pub(crate) struct WithFewerClasses {
        pub(crate) id: String,
        pub(crate) cents: u64,
        pub(crate) lines: Vec<Line>,
        pub(crate) class: FewerClasses,
    }

    #[derive(Deserialize)]
    pub(crate) enum FewerClasses {
        Plain,
    }
}

/// `place(order: P) -> Result<R>`.
fn place<P: DeserializeOwned, R: DeserializeOwned>() -> FunctionManifest {
    FunctionManifest {
        name: "place".to_owned(),
        version: 1,
        kind: "workflow".to_owned(),
        params: vec![param::<P>("order")],
        result: ResultManifest {
            ty: "Result<_>".to_owned(),
            ok: Probe::of::<R>().shape(),
            error: None,
        },
        place: None,
    }
}

fn param<P: DeserializeOwned>(name: &str) -> ParamManifest {
    ParamManifest {
        name: name.to_owned(),
        ty: "_".to_owned(),
        shape: Probe::of::<P>().shape(),
    }
}

fn changes(was: FunctionManifest, is: FunctionManifest) -> Vec<Change> {
    let manifest = |function| Manifest {
        functions: vec![function],
    };
    manifest(is).changes_since(&manifest(was))
}

/// Asserts what is said of a change, and whether it breaks.
#[track_caller]
fn assert_change(was: FunctionManifest, is: FunctionManifest, breaks: bool, texts: &[&str]) {
    let found = changes(was, is);
    let said: Vec<_> = found.iter().map(ToString::to_string).collect();
    assert_eq!(said, texts);
    assert_eq!(found.iter().any(Change::breaks), breaks, "{said:?}");
}

#[test]
fn a_type_that_moves_or_is_renamed_is_the_same() {
    assert_change(
        place::<Order, Order>(),
        place::<later::Purchase, later::Purchase>(),
        false,
        &[],
    );
}

#[test]
fn an_argument_fits_when_what_was_sent_can_still_be_read() {
    let was = || place::<Order, u64>();
    assert_change(
        was(),
        place::<later::WithOptional, u64>(),
        false,
        &["`place` version 1: parameter `order` is another type\n    \
           + order.coupon?: option<string>  (fits)\n    + order.gift?: bool  (fits)"],
    );
    assert_change(
        was(),
        place::<later::Without, u64>(),
        false,
        &["`place` version 1: parameter `order` is another type\n    - order.cents: u64  (fits)"],
    );
    assert_change(
        was(),
        place::<later::WithClass, u64>(),
        false,
        &["`place` version 1: parameter `order` is another type\n    \
           + order.class::Overnight: ()  (fits)"],
    );
}

#[test]
fn an_argument_breaks_when_what_was_sent_cannot_be_read() {
    let was = || place::<Order, u64>();
    assert_change(
        was(),
        place::<later::WithRequired, u64>(),
        true,
        &["`place` version 1: parameter `order` is another type\n    + order.currency: string"],
    );
    assert_change(
        was(),
        place::<later::WithText, u64>(),
        true,
        &["`place` version 1: parameter `order` is another type\n    \
           ~ order.cents: u64 -> string"],
    );
    assert_change(
        was(),
        place::<later::WithFewerClasses, u64>(),
        true,
        &["`place` version 1: parameter `order` is another type\n    - order.class::Express: u8"],
    );
}

#[test]
fn a_result_is_read_by_callers_of_before_too() {
    let was = || place::<u64, Order>();
    assert_change(
        was(),
        place::<u64, later::WithOptional>(),
        false,
        &["`place` version 1: the result is another type\n    \
           + result.coupon?: option<string>  (fits)\n    + result.gift?: bool  (fits)"],
    );
    assert_change(
        was(),
        place::<u64, later::Without>(),
        true,
        &["`place` version 1: the result is another type\n    - result.cents: u64"],
    );
    assert_change(
        was(),
        place::<u64, later::WithClass>(),
        true,
        &["`place` version 1: the result is another type\n    + result.class::Overnight: ()"],
    );
}

#[test]
fn parameters_keep_their_names_and_places() {
    let with = |params: Vec<ParamManifest>| FunctionManifest {
        params,
        ..place::<u64, u64>()
    };
    let was = || with(vec![param::<String>("order"), param::<u64>("cents")]);
    assert_change(
        was(),
        with(vec![param::<String>("id"), param::<u64>("cents")]),
        true,
        &[
            "`place` version 1: parameter `order` is now called `id`, and callers may send \
           arguments by name",
        ],
    );
    assert_change(
        was(),
        with(vec![param::<String>("order")]),
        true,
        &["`place` version 1: parameter `cents` is gone"],
    );
    let more = |last| with(vec![param::<String>("order"), param::<u64>("cents"), last]);
    assert_change(
        was(),
        more(param::<Option<String>>("note")),
        false,
        &["`place` version 1: parameter `note: _` is new, and may be missing"],
    );
    assert_change(
        was(),
        more(param::<String>("note")),
        true,
        &["`place` version 1: parameter `note: _` is new, and calls made before do not send it"],
    );
}

#[test]
fn versions_may_come_and_not_go() {
    let version = |version| FunctionManifest {
        version,
        ..place::<u64, u64>()
    };
    let manifest = |versions: &[u32]| Manifest {
        functions: versions.iter().copied().map(version).collect(),
    };
    for (was, is, breaks, said) in [
        (
            &[1][..],
            &[1, 2][..],
            false,
            &["`place` version 2 is new"][..],
        ),
        (
            &[1, 2],
            &[2],
            true,
            &["`place` version 1 is gone; what is left of it: 2"],
        ),
        (
            &[1],
            &[3],
            true,
            &[
                "`place` version 1 is gone; what is left of it: 3",
                "`place` version 3 is new",
            ],
        ),
        (&[1], &[], true, &["`place` version 1 is gone"]),
    ] {
        let changes = manifest(is).changes_since(&manifest(was));
        let texts: Vec<_> = changes.iter().map(ToString::to_string).collect();
        assert_eq!(texts, said);
        assert_eq!(changes.iter().any(Change::breaks), breaks);
    }
}

#[test]
fn without_shapes_the_written_types_are_compared() {
    let with = |ty: &str| {
        let mut function = place::<u64, u64>();
        let param = function.params.first_mut().unwrap();
        param.shape = None;
        ty.clone_into(&mut param.ty);
        function
    };
    assert_change(with("Order"), with("Order"), false, &[]);
    assert_change(
        with("Order"),
        with("Vec<Order>"),
        true,
        &["`place` version 1: parameter `order` is another type\n    ~ order: Order -> Vec<Order>"],
    );
}

/// Places an order.
#[resonate::function(name = "shop/place", version = 3)]
async fn ours(ctx: &resonate::Context, order: Order, gift: Option<bool>) -> Result<u64, String> {
    let _ = (ctx, gift);
    Ok(order.cents)
}

#[test]
fn the_manifest_of_a_program_says_what_its_functions_take_and_give() {
    let manifest = Registry::global().manifest();
    let [ours] = manifest.functions.as_slice() else {
        panic!("{manifest:?}");
    };
    let names = (ours.name.as_str(), ours.version, ours.kind.as_str());
    assert_eq!(names, ("shop/place", 3, "workflow"));
    let shape = |shape: &Option<Shape>| shape.as_ref().unwrap().to_string();
    assert_eq!(ours.params[0].ty, "Order");
    assert_eq!(
        shape(&ours.params[0].shape),
        "{cents: u64, class: Express(u8) | Plain, id: string, \
         lines: [{note?: option<string>, sku: string}]}"
    );
    assert_eq!(shape(&ours.params[1].shape), "option<bool>");
    assert_eq!(shape(&ours.result.ok), "u64");
    assert_eq!(shape(&ours.result.error), "string");
    let place = ours.place.as_ref().unwrap();
    assert_eq!(
        (place.module.as_str(), place.package.as_str()),
        ("manifest", "tests 0.0.0")
    );
    let json = serde_json::to_string(&manifest).unwrap();
    assert_eq!(serde_json::from_str::<Manifest>(&json).unwrap(), manifest);
}
