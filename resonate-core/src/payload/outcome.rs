//! How one run of a function's body ended.

use super::{ArgumentError, Failure, Json};

/// How one run of a function's body ended, if it did not panic.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It returned a value.
    Returned(Json),
    /// It returned its own error.
    Failed(Failure),
    /// It was not run: an argument does not fit its parameter.
    Misfit(ArgumentError),
    /// It returned something that cannot be written as JSON; what the encoder said.
    Unwritable(String),
}
