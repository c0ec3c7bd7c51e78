//! Durable promises without I/O.
//!
//! This crate is the sans-I/O half of Resonate for Rust: it knows no runtime, socket, clock or
//! source of randomness. Time comes in as an argument ([`Millis`]), requests come in as typed
//! values, and what should happen next comes out.
//!
//! | floor | module | what it is |
//! |---|---|---|
//! | 0 | [`protocol`] | requests, responses, records and messages of the wire protocol |
//! | 0 | [`id`], [`tags`], [`address`], [`time`], [`value`] | the words they are made of |
//! | 1 | [`model`], [`store`] | what is kept, and where |
//! | 1 | [`payload`] | how arguments, results and errors are written |
//! | 2 | [`engine`] | the machine: 21 requests and 6 internal steps |
//! | 2 | [`execution`] | the bookkeeping of one run of one task |
//! | – | [`registry`] | every durable function linked into this program |
#![deny(missing_docs)]

pub mod address;
pub mod cron;
pub mod engine;
mod excerpt;
pub mod execution;
pub mod id;
pub mod model;
mod object;
pub mod payload;
pub mod protocol;
pub mod registry;
pub mod store;
pub mod tags;
pub mod time;
pub mod value;

pub use address::Address;
pub use id::{ProcessId, PromiseId, ScheduleId, TaskVersion};
pub use tags::Tags;
pub use time::Millis;
pub use value::Value;

/// Shared text: ids, tags and payloads are cloned often and changed never.
pub type Text = std::sync::Arc<str>;
