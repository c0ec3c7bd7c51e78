//! Durable execution for async Rust.

extern crate self as resonate;

mod function;
mod placeholder;
mod private;

/// What generated code may name; no part of the public interface.
#[doc(hidden)]
pub mod __private {
    pub use crate::private::*;
}

pub use function::{
    BlockingEnvironment, DurableArg, DurableError, DurableOk, DurableResult, Environment, ErrorOf,
    Final, Function, HasBody, OkOf,
};
pub use placeholder::*;
pub use resonate_core::payload::Retry;
pub use resonate_core::registry::{Entry, Kind};
pub use resonate_core::registry::{Registry, RegistryError};
pub use resonate_macros::function;
