//! What the tests share.

pub mod engine;
pub mod failing;
pub mod model;
pub mod random;
