//! Durable execution for async Rust.

extern crate self as resonate;

mod function;
mod placeholder;

pub use function::{
    DurableArg, DurableError, DurableOk, DurableResult, Environment, ErrorOf, Function, HasBody,
    OkOf,
};
pub use placeholder::*;
pub use resonate_core::payload::Retry;
pub use resonate_core::registry::{Entry, Kind};
