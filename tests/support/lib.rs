//! What the tests share.

pub mod cases;
pub mod child;
pub mod engine;
pub mod failing;
pub mod http;
pub mod machine;
pub mod model;
pub mod power;
pub mod random;
pub mod script;
pub mod twin;
pub mod workload;
