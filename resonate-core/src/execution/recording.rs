//! A recording: what is recorded of one execution, decoded, in one text that people read and
//! compare, and that a replay takes.

mod members;
mod order;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};

use super::{Asked, IdGrammar};
use crate::payload::{Codec, CodecError, Json};
use crate::protocol::{PromiseRecord, PromiseState};
use crate::{Millis, PromiseId, Tags, Value, tags};

/// The format that this crate writes, and the newest that it reads.
const FORMAT: u32 = 1;

/// What is recorded of one execution: its own promise, and that of every step it began.
///
/// A recording is a text, JSON (format 1), made to be kept in a repository. Formats that were
/// written once are read for ever.
///
/// ```text
/// {
///   "recording": 1,                                        the format
///   "id": "order-17",                                      the execution's own promise
///   "ids": "colon",                                        how ids are joined: `colon` or `dot`
///   "promises": [                                          its own, then each step's, by id
///     {
///       "id": "order-17:0",
///       "state": "resolved",                               pending, resolved, rejected,
///                                                          rejected_canceled, rejected_timedout
///       "param": {"func":"charge","args":[500],"version":1},
///       "value": "receipt 1",                              the result, or the error
///       "tags": {"resonate:scope":"local"},
///       "createdAt": 1000000000000,                        Unix time in milliseconds
///       "timeoutAt": 1000086400000,
///       "settledAt": 1000000000001
///     }
///   ]
/// }
/// ```
///
/// The steps are those of the execution itself and of the workflows that it called as local steps.
/// A call of another execution is there with its result, the steps of that execution are not.
/// A detached call also says whose step it is, as `caller`.
///
/// **It holds arguments and results as plain text**, also where the engine keeps them encrypted.
/// What must not be in a repository must not be in a recording.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Recording {
    #[serde(rename = "recording")]
    format: u32,
    id: PromiseId,
    ids: IdGrammar,
    promises: Vec<RecordedPromise>,
}

/// One promise of a recording.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RecordedPromise {
    id: PromiseId,
    state: PromiseState,
    /// Whose step it is, where its tags do not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    caller: Option<PromiseId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    param: Option<Json>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<Json>,
    #[serde(serialize_with = "on_one_line")]
    tags: Tags,
    created_at: Millis,
    timeout_at: Millis,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    settled_at: Option<Millis>,
}

fn on_one_line<S: Serializer>(tags: &Tags, serializer: S) -> Result<S::Ok, S::Error> {
    let line = serde_json::value::to_raw_value(tags).map_err(serde::ser::Error::custom)?;
    line.serialize(serializer)
}

/// A step of a recording, as a promise, and the body that began it.
#[derive(Clone, Debug)]
pub struct RecordedStep {
    /// Its promise.
    pub record: Arc<PromiseRecord>,
    /// The promise of the body whose step it is; none for the execution's own promise.
    pub body: Option<PromiseId>,
}

impl Recording {
    /// The recording of the execution of `root`, among promises of its origin.
    ///
    /// # Errors
    /// When the codec cannot read what a promise holds.
    pub fn of(
        root: &Arc<PromiseRecord>,
        found: Vec<Arc<PromiseRecord>>,
        ids: IdGrammar,
        codec: &dyn Codec,
    ) -> Result<Self, UnreadablePromise> {
        let mut promises = vec![RecordedPromise::of(root, None, codec)?];
        for member in members::of(root, found, ids) {
            promises.push(RecordedPromise::of(&member.record, member.caller, codec)?);
        }
        promises[1..].sort_by_cached_key(|promise| order::key(promise.id.as_str()));
        Ok(Self {
            format: FORMAT,
            id: root.id.clone(),
            ids,
            promises,
        })
    }

    /// The id of the execution.
    #[must_use]
    pub fn id(&self) -> &str {
        self.id.as_str()
    }

    /// How many promises are recorded beside the execution's own: its steps, and its version where
    /// it was started without one.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.promises.len().saturating_sub(1)
    }

    /// How its ids are joined.
    #[must_use]
    pub fn ids(&self) -> IdGrammar {
        self.ids
    }

    /// Its promises as an engine keeps them, the execution's own first.
    ///
    /// # Errors
    /// When the codec cannot write what a promise holds.
    pub fn records(&self, codec: &dyn Codec) -> Result<Vec<RecordedStep>, CodecError> {
        let records = self.promises.iter().map(|promise| {
            let is_root = promise.id == self.id;
            let parent = promise.tags.get(tags::PARENT).map(PromiseId::from);
            Ok(RecordedStep {
                record: Arc::new(promise.record(codec)?),
                body: promise.caller.clone().or(parent).filter(|_| !is_root),
            })
        });
        records.collect()
    }
}

impl RecordedPromise {
    fn of(
        record: &PromiseRecord,
        caller: Option<PromiseId>,
        codec: &dyn Codec,
    ) -> Result<Self, UnreadablePromise> {
        let decode = |what, value| {
            codec.decode(value).map_err(|cause| UnreadablePromise {
                id: record.id.clone(),
                what,
                cause,
            })
        };
        Ok(Self {
            id: record.id.clone(),
            state: record.state,
            caller,
            param: decode("input", &record.param)?,
            value: decode("value", &record.value)?,
            tags: record.tags.clone(),
            created_at: record.created_at,
            timeout_at: record.timeout_at,
            settled_at: record.settled_at,
        })
    }

    fn record(&self, codec: &dyn Codec) -> Result<PromiseRecord, CodecError> {
        let encode = |json: &Option<Json>| match json {
            Some(json) => codec.encode(json.get()),
            None => Ok(Value::default()),
        };
        Ok(PromiseRecord {
            id: self.id.clone(),
            state: self.state,
            param: encode(&self.param)?,
            value: encode(&self.value)?,
            tags: self.tags.clone(),
            timeout_at: self.timeout_at,
            created_at: self.created_at,
            settled_at: self.settled_at,
        })
    }
}

impl fmt::Display for Recording {
    /// The text, without a newline at its end.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = serde_json::to_string_pretty(self).map_err(|_| fmt::Error)?;
        f.write_str(&text)
    }
}

impl FromStr for Recording {
    type Err = RecordingError;

    fn from_str(text: &str) -> Result<Self, RecordingError> {
        #[derive(Deserialize)]
        struct Probe {
            recording: Option<u32>,
        }
        let malformed = |cause: serde_json::Error| RecordingError::Malformed {
            cause: cause.to_string(),
        };
        let probe: Probe = serde_json::from_str(text).map_err(malformed)?;
        match probe.recording {
            None => return Err(RecordingError::Foreign),
            Some(FORMAT) => {}
            Some(format) => return Err(RecordingError::Format { format }),
        }
        let recording: Self = serde_json::from_str(text).map_err(malformed)?;
        let own = recording.promises.first();
        if own.is_none_or(|promise| promise.id != recording.id) {
            let id = recording.id;
            return Err(RecordingError::Rootless { id });
        }
        Ok(recording)
    }
}

/// A promise whose payload the client's codec cannot read.
#[derive(Debug)]
pub struct UnreadablePromise {
    /// Which one.
    pub id: PromiseId,
    /// Its `input` or its `value`.
    pub what: &'static str,
    /// What the codec said.
    pub cause: CodecError,
}

impl fmt::Display for UnreadablePromise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, what, cause } = self;
        write!(
            f,
            "the {what} of promise `{id}` cannot be read ({cause}). A client that exports needs \
             the codec and the key of those that wrote it"
        )
    }
}

impl std::error::Error for UnreadablePromise {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.cause)
    }
}

/// A text that is no recording.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecordingError {
    /// It is other JSON.
    Foreign,
    /// It is of a format that this crate does not know.
    Format {
        /// Which one.
        format: u32,
    },
    /// It is no JSON, or a member is missing or of the wrong type.
    Malformed {
        /// What the reader said, with line and column.
        cause: String,
    },
    /// Its first promise is not that of the execution.
    Rootless {
        /// The execution.
        id: PromiseId,
    },
}

impl fmt::Display for RecordingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Foreign => f.write_str(
                "this is JSON, but no recording: it lacks `\"recording\": 1`. `handle.export()` \
                 makes one",
            ),
            Self::Format { format } => write!(
                f,
                "this recording has format {format}, and this program reads format {FORMAT}: it \
                 was made by a newer version of this library"
            ),
            Self::Malformed { cause } => write!(f, "this is no recording: {cause}"),
            Self::Rootless { id } => write!(
                f,
                "this recording is not whole: its first promise has to be `{id}`, the execution's \
                 own"
            ),
        }
    }
}

impl std::error::Error for RecordingError {}

impl RecordedStep {
    /// What the step is, in the words that a replay is compared by.
    #[must_use]
    pub fn asked(&self, codec: &dyn Codec) -> Asked {
        Asked::of(&self.record.tags, &self.record.param, codec)
    }
}
