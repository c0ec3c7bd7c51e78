//! Durable execution for async Rust.
