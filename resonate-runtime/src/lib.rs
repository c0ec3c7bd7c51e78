//! Durable execution for async Rust.
//!
//! An ordinary `async fn`, marked [`#[resonate::function]`](function), becomes a durable
//! function: its steps are recorded, it survives a crash, a deploy or a lost machine, and it goes
//! on where it stopped, in any process that has its code. The package is `resonate-runtime`, the
//! library `resonate`.
//!
//! ```
//! use resonate::prelude::*;
//!
//! /// A leaf: its result is recorded, and not computed again.
//! #[resonate::function]
//! async fn charge(order: String, cents: u64) -> Result<String> {
//!     Ok(format!("receipt for {order}: {cents}"))
//! }
//!
//! /// A workflow: after a crash it runs again from the top, and finds what it did.
//! #[resonate::function]
//! async fn checkout(ctx: &Context, order: String) -> Result<String> {
//!     let receipt = charge::run(ctx, order, 500).await?;
//!     ctx.sleep(Duration::from_millis(1)).await?;
//!     Ok(receipt)
//! }
//!
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! let resonate = Resonate::memory().await?; // or Resonate::open("orders.db")
//! let receipt = checkout::run(resonate.id("order-17"), "order-17".into()).await?;
//! assert_eq!(receipt, "receipt for order-17: 500");
//! # Ok::<(), Error>(()) }).unwrap();
//! ```
//!
//! # What a stub offers
//!
//! The attribute puts a type beside the function, under the same name:
//!
//! | | inside, with `ctx: &Context` | outside, with `resonate.id("order-17")` |
//! |---|---|---|
//! | here, wait | `charge::run(ctx, ..).await?` | `charge::run(id, ..).await?` |
//! | some worker, wait | `charge::rpc(ctx, ..).await?` | `charge::rpc(id, ..).await?` |
//! | start, handle at once | `charge::run(ctx, ..).spawn()` | the same |
//! | start, handle when recorded | `charge::begin_run(ctx, ..).await?` | the same |
//! | outlives its caller | `charge::detached(ctx, ..).await?` | |
//! | again and again | | `charge::schedule(&resonate, "nightly", "0 3 * * *", ..).await?` |
//!
//! The function itself stays an ordinary function. Calling it plainly, `charge(..).await`, runs
//! its body and records nothing.
//!
//! # Functions that other programs run
//!
//! [`#[resonate::declare]`](declare) declares a function without its body, in a crate that callers
//! and workers share. Such a crate takes `resonate-runtime` with `default-features = false`, and
//! compiles without an async runtime. The body names its declaration, and the compiler compares
//! the two:
//!
//! ```
//! use resonate::prelude::*;
//!
//! mod billing_api {
//!     /// Charges a card, once.
//!     #[resonate::declare(name = "billing/charge", version = 2)]
//!     pub async fn charge(card: String, cents: u64) -> resonate::Result<String>;
//! }
//!
//! // In the worker's crate:
//! #[resonate::function(implements = billing_api::charge)]
//! async fn charge(card: String, cents: u64) -> Result<String> {
//!     Ok(format!("{cents} from {card}"))
//! }
//! resonate::serves!(billing_api::charge);
//!
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! # let resonate = Resonate::memory().await?;
//! // Anywhere else:
//! let receipt = billing_api::charge::rpc(resonate.id("order-17"), "visa".into(), 500).await?;
//! assert_eq!(receipt, "500 from visa");
//! # Ok::<(), Error>(()) }).unwrap();
//! ```
//!
//! # Functions that belong together
//!
//! [`#[resonate::service]`](service) makes every `async fn` of an `impl` block durable. Their
//! names are `service/function`, and their stubs are in a module:
//!
//! ```
//! use resonate::prelude::*;
//!
//! struct Orders;
//!
//! #[resonate::service(stubs = orders, timeout = "2h")]
//! impl Orders {
//!     /// `orders/place`, version 2.
//!     #[function(version = 2)]
//!     pub async fn place(ctx: &Context, item: String) -> Result<String> {
//!         Ok(orders::pack::run(ctx, item).await?)
//!     }
//!
//!     async fn pack(item: String) -> Result<String> {
//!         Ok(Self::label(&item))
//!     }
//!
//!     /// A plain function stays one.
//!     fn label(item: &str) -> String {
//!         format!("one {item}")
//!     }
//! }
//!
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! let resonate = Resonate::memory().await?;
//! let placed = orders::place::run(resonate.id("order-17"), "teapot".into()).await?;
//! assert_eq!(placed, "one teapot");
//! let by_name: String = resonate.id("order-18").rpc("orders/place", ("cup",)).await?;
//! assert_eq!(by_name, "one cup");
//! # Ok::<(), Error>(()) }).unwrap();
//! ```
//!
//! On a trait it declares, for a crate that callers and workers share; on an `impl` of that trait
//! it says that these are the bodies. The compiler misses what is not implemented:
//!
//! ```
//! use resonate::prelude::*;
//!
//! mod api {
//!     use resonate::prelude::*;
//!
//!     #[resonate::service(name = "invoices")]
//!     pub trait Invoices {
//!         /// Writes an invoice.
//!         async fn write(ctx: &Context, order: String) -> Result<String>;
//!     }
//! }
//!
//! // In the worker's crate:
//! struct Paper;
//!
//! #[resonate::service]
//! impl api::Invoices for Paper {
//!     async fn write(ctx: &Context, order: String) -> Result<String> {
//!         Ok(format!("{order} in {}", ctx.id()))
//!     }
//! }
//! resonate::serves!(api::invoices::write);
//!
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! # let resonate = Resonate::memory().await?;
//! // Anywhere else:
//! let invoice = api::invoices::write::rpc(resonate.id("invoice-1"), "order-17".into()).await?;
//! assert_eq!(invoice, "order-17 in invoice-1");
//! # Ok::<(), Error>(()) }).unwrap();
//! ```
//!
//! # What a workflow may do
//!
//! A workflow's body runs again from the top whenever it is resumed, so it has to ask for the
//! same steps in the same order. It awaits durable futures only: calls, [`Context::sleep`],
//! [`Context::promise`], [`Context::step`]; `join!`, `select!` and `FuturesUnordered` over them
//! all work, and the order in which results were seen is recorded where it matters. Its own I/O
//! goes into steps; time, randomness and ids come from `ctx`. Code that asks for something else
//! than was recorded is stopped with both sides printed, and nothing is lost: see
//! [`Resonate::faults`]. A test finds that out before a deploy: [`replay()`] runs the code against
//! executions that were recorded with [`Handle::export`].
//!
//! # What is promised
//!
//! A step whose result was recorded is never run again. Until then it runs at least once, and
//! may run again after a crash: give outside services an idempotency key, such as
//! [`Context::uuid`] or [`Info::id`].

#![cfg_attr(
    not(feature = "runtime"),
    allow(
        dead_code,
        unused_imports,
        rustdoc::broken_intra_doc_links,
        reason = "a contract describes calls, and the runtime makes them"
    )
)]

extern crate self as resonate;

mod call;
#[cfg(feature = "runtime")]
mod client;
#[cfg(feature = "runtime")]
mod clock;
#[cfg(feature = "runtime")]
mod context;
#[cfg(not(feature = "runtime"))]
mod contract;
#[cfg(feature = "runtime")]
mod counters;
#[cfg(feature = "runtime")]
mod dependencies;
mod error;
mod function;
#[cfg(feature = "runtime")]
mod handle;
mod linking;
#[cfg(feature = "manifest")]
pub mod manifest;
#[cfg(feature = "runtime")]
pub mod network;
mod private;
#[cfg(feature = "runtime")]
mod replay;
#[cfg(feature = "http")]
pub mod server;
#[cfg(feature = "runtime")]
mod worker;

/// What generated code may name; no part of the public interface.
#[doc(hidden)]
pub mod __private {
    pub use crate::private::*;
}

#[cfg(feature = "runtime")]
pub use call::CallFuture;
pub use call::{Begin, Call, Caller, Detached, Scheduled};
#[cfg(feature = "runtime")]
pub use client::{
    Builder, DurablePromise, NewPromise, OnFault, Pages, Promises, Resonate, Schedule, Schedules,
    Start, Task, Tasks, Worker,
};
#[cfg(feature = "runtime")]
pub use clock::{Clock, SystemClock};
#[cfg(feature = "runtime")]
pub use context::{Context, Info, Named, PromiseCall, Sleep, StepCall};
#[cfg(not(feature = "runtime"))]
pub use contract::{Context, Info, Resonate, Start};
#[cfg(feature = "runtime")]
pub use counters::Counters;
pub use error::{CallError, Error, Result};
pub use function::{
    BlockingEnvironment, DurableArg, DurableError, DurableOk, DurableResult, Environment, ErrorOf,
    Final, Function, HasBody, OkOf,
};
#[cfg(feature = "runtime")]
pub use handle::Handle;
#[cfg(feature = "runtime")]
pub use replay::{Replay, ReplayAll, ReplayError, Replayed, replay, replay_all};
pub use resonate_core::execution::IdGrammar;
#[cfg(feature = "runtime")]
pub use resonate_core::execution::{Recording, RecordingError};
pub use resonate_core::payload::{Codec, CodecError, Encryptor, Json, Retry};
pub use resonate_core::protocol::{PromiseState, TaskStatus};
pub use resonate_core::registry::{Entry, Kind, Registry, RegistryError};
#[cfg(feature = "sqlite")]
pub use resonate_core::store::{SqliteOptions, Synchronous};
pub use resonate_core::store::{StoreError, StoreErrorKind};
pub use resonate_core::{Millis, Value};
pub use resonate_macros::{declare, function, service};
#[cfg(feature = "http")]
pub use server::Server;
#[cfg(feature = "runtime")]
pub use worker::{Fault, FaultKind};

/// What a program that uses durable functions wants in scope.
pub mod prelude {
    pub use std::time::Duration;

    #[cfg(feature = "runtime")]
    pub use crate::Handle;
    pub use crate::{CallError, Context, Error, Info, Resonate, Result, Retry};
}

/// The guides' programs are tests too.
#[cfg(all(doctest, feature = "manifest", feature = "sqlite"))]
mod guides {
    #[doc = include_str!("../../docs/deploys.md")]
    mod deploys {}
    #[doc = include_str!("../../docs/operating.md")]
    mod operating {}
    #[doc = include_str!("../../docs/testing.md")]
    mod testing {}
}
