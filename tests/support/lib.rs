//! What the tests share.

pub mod engine;
pub mod failing;
pub mod machine;
pub mod model;
pub mod random;
pub mod script;
pub mod twin;
