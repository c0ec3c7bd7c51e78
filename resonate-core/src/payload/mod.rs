//! How arguments, results and errors are written: JSON, so that workers in other languages can
//! read them.

mod args;
mod failure;
mod outcome;
mod retry;

pub use args::{Args, ArgumentError, Json};
pub use failure::Failure;
pub use outcome::Outcome;
pub use retry::Retry;
