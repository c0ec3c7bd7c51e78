//! Functions as people really write them: names that collide, macros, scopes, conditions.
//!
//! Most of this is tested by compiling it; the tests ask whether it was registered.
#![allow(clippy::unwrap_used, dead_code, unreachable_pub, unused_qualifications)]
#![allow(clippy::too_many_arguments, clippy::non_minimal_cfg)]

use futures_util::FutureExt;
use resonate::{Context, Function, Registry, Result};
use serde::{Deserialize, Serialize};

/// Arguments with the names of the macro's own locals and parameters.
#[resonate::function]
async fn names(
    ctx: &Context,
    args: u8,
    env: u8,
    resonate: u8,
    id: u8,
    cron: u8,
    value: u8,
    misfit: u8,
    arg0: u8,
    returned: u8,
    is_final: u8,
) -> Result<u8> {
    let _ = ctx;
    Ok(args + env + resonate + id + cron + value + misfit + arg0 + returned + is_final)
}

/// The environment under any name, and an argument called `ctx`.
#[resonate::function]
async fn other_names(environment: &Context, ctx: u8) -> Result<u8> {
    Ok(names::run(environment, ctx, 0, 0, 0, 0, 0, 0, 0, 0, 0).await?)
}

/// An argument called like the function.
#[resonate::function]
async fn next(day: u8, next: u8) -> Result<u8> {
    Ok(day + next)
}

/// Functions called like what the macro generates.
mod collisions {
    use resonate::{Context, Result};

    #[resonate::function]
    pub async fn run(ctx: &Context) -> Result<()> {
        rpc::run(ctx).await?;
        Ok(())
    }

    #[resonate::function]
    pub async fn rpc() -> Result<()> {
        Ok(())
    }

    #[resonate::function]
    pub async fn body(error: u8) -> Result<u8> {
        Ok(error)
    }

    #[resonate::function]
    pub async fn register(entry: String, error: String) -> Result<String> {
        Ok(entry + &error)
    }
}

#[resonate::function]
async fn r#type(r#match: String, r#fn: u8) -> Result<String> {
    Ok(r#match.repeat(usize::from(r#fn)))
}

#[resonate::function(name = "größe² / «x» 注文")]
async fn unicode(名: String) -> Result<String> {
    Ok(名)
}

/// A module where the prelude's names mean something else.
mod shadows {
    #[derive(serde::Serialize, serde::Deserialize)]
    pub struct String;
    pub struct Option;
    pub struct Box;
    pub struct Entry;
    pub struct Duration;
    pub trait Into {}
    #[expect(non_snake_case)]
    pub fn Some() {}
    pub type Result<T> = resonate::Result<T>;
    pub fn is_final() {}

    #[resonate::function(name = "shadows", timeout = "2h", target = "x")]
    pub async fn shadowed(text: String) -> Result<String> {
        is_final();
        Some();
        Ok(text)
    }
}

/// A user's own type that happens to be called like the runtime's.
mod own_context {
    #[derive(serde::Serialize, serde::Deserialize)]
    pub struct Context {
        pub tenant: String,
    }

    #[resonate::function(name = "own_context")]
    pub async fn tenant(context: Context) -> resonate::Result<String> {
        Ok(context.tenant)
    }
}

/// The runtime's types under other names, and the result behind an alias.
mod aliases {
    use resonate::Context as Ctx;

    type Answer = Result<u8, resonate::Error>;

    #[resonate::function(name = "aliases")]
    pub async fn aliased(ctx: &Ctx, mut number: u8) -> Answer {
        let _ = ctx;
        number += 1;
        Ok(number)
    }
}

macro_rules! leaf {
    ($name:ident, $wire:literal, $version:expr, $arg:ident: $ty:ty) => {
        #[resonate::function(name = $wire, version = $version)]
        async fn $name($arg: $ty, fixed: u8) -> Result<$ty> {
            let _ = fixed;
            Ok($arg)
        }
    };
}

leaf!(made, "made by a macro", 3, word: String);
leaf!(made_too, "made by a macro", 4, args: Vec<u8>);

#[cfg(all())]
#[resonate::function]
async fn present_before() -> Result<()> {
    Ok(())
}

#[resonate::function]
#[cfg(all())]
#[cfg_attr(all(), doc = "Conditional.")]
async fn present_after() -> Result<()> {
    Ok(())
}

#[resonate::function]
#[cfg(any())]
async fn absent() -> Result<Missing> {
    missing()
}

/// Types that a body declares can be used by functions in it.
fn in_a_body() -> (&'static str, u32) {
    #[derive(Serialize, Deserialize)]
    struct Local(u8);

    #[resonate::function(version = 7)]
    async fn local(local: Local) -> Result<u8> {
        Ok(local.0)
    }

    drop(local(Local(1)));
    (local::NAME, local::VERSION)
}

/// A module named like its one function.
mod greet {
    pub mod inner {
        /// Paths from where the function stands.
        #[resonate::function(name = "greet", stub = Greet)]
        pub async fn greet(name: super::Name, other: self::Name) -> resonate::Result<u8> {
            let _ = name;
            Ok(other.0)
        }

        #[derive(serde::Serialize, serde::Deserialize)]
        pub struct Name(pub u8);
    }

    pub use inner::Name;
}

use greet::inner::{Greet, greet};

#[resonate::function]
async fn factorial(ctx: &Context, n: u64) -> Result<u64> {
    if n == 0 {
        return Ok(1);
    }
    let rest = if n.is_multiple_of(2) {
        factorial::rpc(ctx, n - 1).await?
    } else {
        factorial::run(ctx, n - 1).await?
    };
    Ok(n * rest)
}

/// The crate under another path.
mod facade {
    pub mod renamed {
        pub use resonate::*;
    }

    #[renamed::function(crate = renamed, name = "facade")]
    pub async fn through(word: String) -> renamed::Result<String> {
        Ok(word)
    }
}

/// Private argument types of a private function; a function nobody calls.
struct Order;

impl Serialize for Order {
    fn serialize<S: serde::Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        to.serialize_unit()
    }
}

impl<'de> Deserialize<'de> for Order {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        <()>::deserialize(from).map(|()| Self)
    }
}

#[resonate::function]
async fn private(order: Order) -> Result<Order> {
    Ok(order)
}

#[test]
fn all_of_them_are_registered_under_their_names() {
    let registry = Registry::global();
    registry.check().unwrap();
    let names: Vec<_> = registry
        .iter()
        .map(|it| format!("{} {}", it.name, it.version))
        .collect();
    let expected = "aliases 1, body 1, facade 1, factorial 1, greet 1, größe² / «x» 注文 1, \
        local 7, made by a macro 3, made by a macro 4, names 1, next 1, other_names 1, \
        own_context 1, present_after 1, present_before 1, private 1, register 1, rpc 1, run 1, \
        shadows 1, type 1, unused 1";
    assert_eq!(names.join(", "), expected);
}

/// Arguments that the body does not use, one of them beside one that it does.
#[resonate::function]
async fn unused(_order: u8, _item: u8, item: u8) -> Result<u8> {
    Ok(item)
}

#[test]
fn parameters_are_known_by_their_plain_names() {
    let registry = Registry::global();
    for (name, signature) in [
        ("unused", "(order: u8, _item: u8, item: u8) -> Result<u8>"),
        ("type", "(match: String, fn: u8) -> Result<String>"),
        ("größe² / «x» 注文", "(名: String) -> Result<String>"),
        (
            "made by a macro",
            "(args: Vec<u8>, fixed: u8) -> Result<Vec<u8>>",
        ),
        (
            "greet",
            "(name: super::Name, other: self::Name) -> resonate::Result<u8>",
        ),
        ("aliases", "(number: u8) -> Answer"),
    ] {
        assert_eq!(registry.latest(name).unwrap().signature(), signature);
    }
}

#[test]
fn the_functions_themselves_are_as_before() {
    let called = greet(greet::inner::Name(1), greet::Name(2)).now_or_never();
    assert_eq!(called.unwrap().unwrap(), 2);
    assert_eq!(next(1, 2).now_or_never().unwrap().unwrap(), 3);
    let greet = "a variable";
    assert_eq!(greet.len(), 10);
    assert_eq!(Greet::NAME, "greet");
    assert_eq!(in_a_body(), ("local", 7));
    assert_eq!(
        made("x".to_owned(), 1).now_or_never().unwrap().unwrap(),
        "x"
    );
}
