//! An application's failure, written so that every SDK can read it.

use std::fmt;

use super::Json;

/// What a function's own error is on the wire (protocol §5.2):
/// `{"__type":"error","name","message","data"?}`.
///
/// `data` carries the error itself, so that a caller that knows its type gets it back.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The error's type, in a word.
    pub name: String,
    /// A sentence for a person.
    pub message: String,
    /// The error itself, as JSON.
    pub data: Option<Json>,
    /// Whether the error declared itself final: retrying cannot help. Not written.
    pub is_final: bool,
}

impl Failure {
    /// A failure without data.
    #[must_use]
    pub fn new(name: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            message: message.into(),
            data: None,
            is_final: false,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}
