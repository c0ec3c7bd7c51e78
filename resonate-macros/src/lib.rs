//! The attribute macros of `resonate-runtime`; use them as `resonate::function`.
//!
//! | module | what it does |
//! |---|---|
//! | `args`, `values`, `duration` | read the options |
//! | `item`, `signature` | read the function |
//! | `check`, `types` | say what is wrong with it |
//! | `plan`, `mangle`, `text` | decide names and texts |
//! | `expand`, `stub`, `codec`, `entry`, `fallback`, `visibility` | write the code |
//! | `service` | does all of it for the functions of a block |
#![deny(missing_docs)]
#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "the syntax of Rust has more arms than a macro has cases"
)]

mod args;
mod check;
mod codec;
mod duration;
mod entry;
mod errors;
mod expand;
mod fallback;
mod item;
mod mangle;
mod plan;
mod service;
mod signature;
mod stub;
mod text;
mod types;
mod values;
mod visibility;

#[cfg(test)]
mod snapshots;

use proc_macro::TokenStream;

use args::Attribute;

/// Makes a function durable: other programs, and this one after a crash, can run it by its name.
///
/// The function itself stays as it is. Beside it appears a type of the same name, its stub:
/// `greet::run(ctx, ..)` runs it in this process, `greet::rpc(ctx, ..)` on some worker, each as a
/// durable promise of its own; `greet(ctx, ..)` is still the plain function, without durability.
///
/// # The function
///
/// - It is an `async fn`, or with `blocking` a plain `fn` that runs on a thread of its own.
/// - Its first parameter may be `&Context`, which makes it a workflow that calls other durable
///   functions, or `&Info`, for one that wants to know its own run.
/// - Its other parameters are owned types that serde can write and read back. Their names are
///   part of what other programs see; `_order`, which the body does not use, is `order` to them.
/// - It returns a `Result` whose value and error serde can write and read back.
/// - It stands in a module or in a function, not in an `impl` or a `trait`, and is not generic.
///
/// # Options
///
/// | option | what it says | without it |
/// |---|---|---|
/// | `name = "charge"` | the name that other programs send | the function's own name |
/// | `version = 2` | which code of that name this is, from 1 | 1 |
/// | `timeout = "2h"` | how long an execution may take: ms, s, m, h, d | the client's default |
/// | `retry = Retry::exponential()` | a constant: when a failed attempt is repeated | the client's default |
/// | `target = "payments"` | the group or address where calls are offered | the client's default |
/// | `stub = Charge` | the name of the stub | the function's own name |
/// | `implements = api::charge` | this is the body of that declaration, with its name, version, types and defaults | it is a function of its own |
/// | `blocking` | the function is a plain `fn` that occupies its thread | it is an `async fn` |
/// | `crate = path` | where this crate is | `::resonate` |
///
/// Versions of one name live side by side, in modules or under several identifiers. The same
/// name and version twice is an error of the compiler within a crate, and of the registry's check
/// across crates.
#[proc_macro_attribute]
pub fn function(options: TokenStream, item: TokenStream) -> TokenStream {
    expand::expand(Attribute::Function, options.into(), item.into()).into()
}

/// Declares a durable function that other code runs: in another crate, another program, another
/// language.
///
/// ```ignore
/// /// Charges a card, once.
/// #[resonate::declare(name = "billing/charge", version = 2, target = "billing")]
/// pub async fn charge(card: String, cents: u64) -> Result<Receipt, ChargeError>;
/// ```
///
/// It lists what callers send: owned arguments that serde can write and read back, without the
/// `&Context` that the body may take. What appears is the stub: `charge::rpc`, `begin_rpc`,
/// `detached`, `schedule`. There is no `charge::run`, because the code is not here.
///
/// A crate of declarations needs only `resonate-runtime` with `default-features = false`. The
/// body says which declaration it is for, and the compiler compares their signatures:
///
/// ```ignore
/// #[resonate::function(implements = billing_api::charge)]
/// async fn charge(ctx: &Context, card: String, cents: u64) -> Result<Receipt, ChargeError> {
///     // ..
/// }
/// ```
///
/// # Options
///
/// `name`, `version`, `timeout`, `retry`, `target`, `stub` and `crate`, as those of
/// [`function`](macro@function). What is not given comes from the caller; the target of a function
/// that is not linked into the caller's program is the group `default`.
#[proc_macro_attribute]
pub fn declare(options: TokenStream, item: TokenStream) -> TokenStream {
    expand::expand(Attribute::Declare, options.into(), item.into()).into()
}

/// Makes the functions of a `trait` or an `impl` block durable, each as
/// [`function`](macro@function) or [`declare`](macro@declare) makes one.
///
/// Every `async fn` of the block is one; `#[function(..)]` at it gives it options. Their names are
/// those of the service and the function, `orders/place`, and their stubs are in a module:
/// `orders::place::run(ctx, ..)`. There is no `self`, because there is no value in a fresh process;
/// what a function needs it takes from [`Context::dependency`].
///
/// [`Context::dependency`]: https://docs.rs/resonate-runtime/latest/resonate/struct.Context.html
///
/// # On an `impl` block: functions that belong together
///
/// ```ignore
/// struct Orders;
///
/// #[resonate::service(stubs = orders)]
/// impl Orders {
///     /// `orders/place`: called as `orders::place::run(..)`, `orders::place::rpc(..)`.
///     #[function(version = 2)]
///     pub async fn place(ctx: &Context, item: String) -> Result<String> {
///         orders::pack::run(ctx, item).await
///     }
///
///     async fn pack(item: String) -> Result<String> {
///         Ok(Self::label(&item))
///     }
///
///     /// A plain function stays one.
///     fn label(item: &str) -> String {
///         format!("one {item}")
///     }
/// }
/// ```
///
/// # On a trait, and on an `impl` of it: a contract and its bodies
///
/// ```ignore
/// // In a crate that callers and workers share:
/// #[resonate::service(name = "invoices", target = "billing")]
/// pub trait Invoices {
///     /// `invoices/write`: called as `invoices::write::rpc(..)`.
///     async fn write(ctx: &Context, order: String) -> Result<String>;
/// }
///
/// // In the worker:
/// struct Paper;
///
/// #[resonate::service]
/// impl Invoices for Paper {
///     async fn write(ctx: &Context, order: String) -> Result<String> {
///         // ..
///     }
/// }
/// ```
///
/// The compiler misses a function that is not implemented, and compares the signatures. An `impl`
/// without the attribute does not compile. `#[resonate::service(stubs = paper)]` on it gives
/// stubs that have `run`, too: `paper::write::run(ctx, ..)`.
///
/// # Options of the service
///
/// | option | what it says | without it |
/// |---|---|---|
/// | `name = "orders"` | the first half of its functions' names | the name of `stubs` |
/// | `stubs = orders` | the module of its stubs | of a trait: its `name` |
/// | `timeout`, `retry`, `target`, `crate` | what they say at a function, for all of them | the same |
///
/// # Options of one function
///
/// `name` is the second half of its name. `version`, `timeout`, `retry`, `target`, `stub` and
/// `blocking` say what they say in [`function`](macro@function); a trait's function has no
/// `blocking`, and its implementation takes name and version from it.
#[proc_macro_attribute]
pub fn service(options: TokenStream, item: TokenStream) -> TokenStream {
    service::expand(options.into(), &item.into()).into()
}
