//! Durable execution for async Rust.

extern crate self as resonate;

mod call;
mod client;
mod clock;
mod context;
mod counters;
mod dependencies;
mod error;
mod function;
mod handle;
pub mod network;
mod private;
#[cfg(feature = "http")]
pub mod server;
mod worker;

/// What generated code may name; no part of the public interface.
#[doc(hidden)]
pub mod __private {
    pub use crate::private::*;
}

pub use call::{Begin, Call, CallFuture, Caller, Detached, Scheduled};
pub use client::{
    Builder, DurablePromise, OnFault, Promises, Resonate, Schedule, Schedules, Start, Worker,
};
pub use clock::{Clock, SystemClock};
pub use context::{Context, Info, Named, PromiseCall, Sleep, StepCall};
pub use counters::Counters;
pub use error::{CallError, Error, Result};
pub use function::{
    BlockingEnvironment, DurableArg, DurableError, DurableOk, DurableResult, Environment, ErrorOf,
    Final, Function, HasBody, OkOf,
};
pub use handle::Handle;
pub use resonate_core::payload::{Codec, CodecError, Encryptor, Retry};
pub use resonate_core::protocol::PromiseState;
pub use resonate_core::registry::{Entry, Kind, Registry, RegistryError};
pub use resonate_macros::function;
#[cfg(feature = "http")]
pub use server::Server;
pub use worker::{Fault, FaultKind};

/// What a program that uses durable functions wants in scope.
pub mod prelude {
    pub use std::time::Duration;

    pub use crate::{CallError, Context, Error, Handle, Info, Resonate, Result, Retry};
}
