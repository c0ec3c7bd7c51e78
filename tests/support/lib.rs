//! What the tests share.

pub mod cases;
pub mod child;
pub mod engine;
pub mod failing;
pub mod http;
pub mod machine;
pub mod model;
pub mod peers;
pub mod power;
pub mod programs;
pub mod proxy;
pub mod random;
pub mod stub;
pub mod temporary;
pub mod twin;
pub mod workload;
pub mod world;
