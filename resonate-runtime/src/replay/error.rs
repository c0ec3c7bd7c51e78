//! Why a recording does not replay.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use resonate_core::execution::RecordingError;
use resonate_core::registry::RegistryError;

use super::compare::Difference;
use crate::error::Error;
use crate::worker::FaultKind;

/// Why a recording does not replay on the code of this program.
///
/// It prints as sentences with both sides and what to do, also when a test returns it or unwraps
/// it. Results are among them: recordings hold them as plain text.
#[non_exhaustive]
pub enum ReplayError {
    /// The text is no recording.
    Unreadable(RecordingError),
    /// The functions of this program are no registry.
    Registry(RegistryError),
    /// It is a recording of another function than the test is about.
    OtherFunction {
        /// The execution.
        id: String,
        /// The function and version that it runs on.
        recorded: String,
        /// The one that the test names.
        wanted: String,
    },
    /// A worker could not run the execution: the function or the version is not here, what is
    /// recorded does not fit its types, the body panicked, or it asked for another step than was
    /// recorded.
    Fault {
        /// Which of them.
        kind: FaultKind,
        /// As a worker says it.
        message: String,
    },
    /// The code asks for a step of an execution that ended without it.
    Unrecorded {
        /// The step.
        id: String,
        /// What the code asks for.
        asked: String,
    },
    /// The code did not ask for a step that was recorded.
    Unasked {
        /// The step.
        id: String,
        /// What was recorded.
        recorded: String,
    },
    /// The code waits for something, and the recorded execution ended.
    Waits {
        /// The execution, or the workflow that it called as a local step.
        id: String,
        /// The promises that it waits for.
        on: Vec<String>,
    },
    /// The code ends with another result.
    OtherResult {
        /// The execution, or the workflow that it called as a local step.
        id: String,
        /// Where in the result: `.total`, `.lines[3]`; empty for the whole.
        at: String,
        /// What was recorded there.
        recorded: String,
        /// What is there now.
        now: String,
    },
    /// The code awaits something that is not durable, and that does not come.
    Stuck {
        /// The execution, or the workflow that it called as a local step.
        id: String,
        /// How long the replay waited for it.
        waited: Duration,
    },
    /// There is no recording in the folder.
    NoRecordings {
        /// The folder.
        folder: PathBuf,
    },
    /// A file cannot be read.
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// Some recordings of a folder do not replay.
    Several(Vec<(PathBuf, Self)>),
}

impl ReplayError {
    pub(super) fn other_result(id: String, difference: Difference) -> Self {
        let Difference {
            path: at,
            recorded,
            now,
        } = difference;
        Self::OtherResult {
            id,
            at,
            recorded,
            now,
        }
    }
}

const REMEDY: &str =
    "or add a version of the function and keep this one beside it until nothing runs on it";

impl fmt::Display for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => error.fmt(f),
            Self::Registry(error) => error.fmt(f),
            Self::OtherFunction {
                id,
                recorded,
                wanted,
            } => write!(
                f,
                "`{id}` is a recording of {recorded}, and this test is about {wanted}"
            ),
            Self::Fault { message, .. } => f.write_str(message),
            Self::Unrecorded { id, asked } => write!(
                f,
                "the code now asks for {asked} as step `{id}`, and the recorded execution ended \
                 without that step. Take it out, {REMEDY}"
            ),
            Self::Unasked { id, recorded } => write!(
                f,
                "step `{id}` was recorded as {recorded}, and the code does not ask for it any \
                 more. Put the step back, {REMEDY}"
            ),
            Self::Waits { id, on } => write!(
                f,
                "`{id}` was recorded to its end, and the code now waits for `{}`. Put the old code \
                 back, {REMEDY}",
                on.join("`, `")
            ),
            Self::OtherResult {
                id,
                at,
                recorded,
                now,
            } => write!(
                f,
                "`{id}` ends with another result{}\n  recorded  {recorded}\n  now       {now}\n\
                 Put the old code back, {REMEDY}",
                if at.is_empty() {
                    String::from(":")
                } else {
                    format!(", at `{at}`:")
                }
            ),
            Self::Stuck { id, waited } => write!(
                f,
                "`{id}` awaits something that is not durable (a socket, a timer, a channel), and \
                 it did not come in {waited:?}. Do such work in a step"
            ),
            Self::NoRecordings { folder } => write!(
                f,
                "there is no recording in {}: no file whose name ends with `.json`",
                folder.display()
            ),
            Self::Io { path, cause } => write!(f, "{}: {cause}", path.display()),
            Self::Several(failed) => {
                for (at, (path, error)) in failed.iter().enumerate() {
                    let between = if at == 0 { "" } else { "\n\n" };
                    write!(f, "{between}{}: {error}", path.display())?;
                }
                Ok(())
            }
        }
    }
}

// A test that returns this error, or unwraps it, prints its `Debug`: so that is the sentence.
impl fmt::Debug for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ReplayError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unreadable(error) => Some(error),
            Self::Registry(error) => Some(error),
            Self::Io { cause, .. } => Some(cause),
            Self::OtherFunction { .. }
            | Self::Fault { .. }
            | Self::Unrecorded { .. }
            | Self::Unasked { .. }
            | Self::Waits { .. }
            | Self::OtherResult { .. }
            | Self::Stuck { .. }
            | Self::NoRecordings { .. }
            | Self::Several(_) => None,
        }
    }
}

impl From<ReplayError> for Error {
    fn from(error: ReplayError) -> Self {
        Self::new(error)
    }
}
