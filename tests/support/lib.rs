//! What the tests share.

pub mod machine;
pub mod script;
pub mod twin;
