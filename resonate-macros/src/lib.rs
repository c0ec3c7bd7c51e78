//! The attribute macros of `resonate-runtime`.
