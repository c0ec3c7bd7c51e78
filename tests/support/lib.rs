//! What the tests share.

pub mod failing;
pub mod model;
pub mod random;
