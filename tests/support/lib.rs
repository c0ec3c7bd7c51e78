//! What the tests share.

pub mod model;
pub mod random;
pub mod script;
pub mod twin;
