//! Durable execution for async Rust.

extern crate self as resonate;
