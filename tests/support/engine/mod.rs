//! The engine under test: every store, every step checked, and scripts to say what should happen.

mod answer;
mod harness;
mod line;
mod script;

pub use answer::{message_words, words};
pub use harness::{EngineHarness, StoreFactory, stores};
pub use script::{check, check_with};
