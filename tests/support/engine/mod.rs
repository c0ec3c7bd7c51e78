//! The engine under test: every store, every step checked, and scripts to say what should happen.

mod answer;
mod bench;
mod harness;
mod line;
mod script;
mod workload;

pub use answer::{message_words, words};
pub use harness::{EngineHarness, StoreFactory, stores};
pub use line::read_request;
pub use script::{check, check_with};
pub use workload::{Action, Workload};
