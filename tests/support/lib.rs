//! What the tests share.

pub mod child;
pub mod failing;
pub mod model;
pub mod power;
pub mod random;
pub mod workload;
