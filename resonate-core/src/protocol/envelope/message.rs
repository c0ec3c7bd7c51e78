//! Messages as frames (protocol §4.1).

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::ascii;
use super::records::OnePromise;
use crate::excerpt::Excerpt;
use crate::object::Object;
use crate::payload::Json;
use crate::protocol::{Message, PromiseRecord, TaskRef};

/// The frame of `message`: one line of ASCII, fit for an event stream and for a push.
///
/// `server_url` is where a worker that was pushed to calls back; only `execute` carries it.
#[must_use]
pub fn encode_message(message: &Message, server_url: &str) -> String {
    ascii::write(&MessageFrame::of(message, server_url))
}

/// A message as it is written.
#[derive(Serialize)]
pub(super) struct MessageFrame<'m> {
    kind: &'static str,
    head: Head<'m>,
    data: Data<'m>,
}

#[derive(Serialize)]
struct Head<'m> {
    #[serde(rename = "serverUrl", skip_serializing_if = "Option::is_none")]
    server_url: Option<&'m str>,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Data<'m> {
    Task(&'m TaskRef),
    Promise(&'m Arc<PromiseRecord>),
}

impl<'m> MessageFrame<'m> {
    pub(super) fn of(message: &'m Message, server_url: &'m str) -> Self {
        let (kind, server_url, data) = match message {
            Message::Execute(task) => ("execute", Some(server_url), Data::Task(task)),
            Message::Unblock(promise) => ("unblock", None, Data::Promise(promise)),
        };
        Self {
            kind,
            head: Head { server_url },
            data,
        }
    }
}

/// Reads a message frame.
///
/// # Errors
/// When it is no message. [`MessageError::UnknownKind`] is to be dropped without noise: a newer
/// server may say more.
pub fn decode_message(text: &str) -> Result<Message, MessageError> {
    #[derive(Deserialize)]
    struct Read {
        kind: String,
        data: Option<Json>,
    }
    #[derive(Deserialize)]
    struct OneTask {
        task: Object<TaskRef>,
    }
    let malformed = |cause: serde_json::Error| MessageError::Malformed {
        cause: cause.to_string(),
        said: Excerpt(text).to_string(),
    };
    let Object(frame): Object<Read> = serde_json::from_str(text).map_err(malformed)?;
    let data = frame.data.as_deref().map_or("null", |data| data.get());
    match frame.kind.as_str() {
        "execute" => serde_json::from_str(data)
            .map(|Object(OneTask { task })| Message::Execute(task.0))
            .map_err(malformed),
        "unblock" => serde_json::from_str(data)
            .map(|Object(OnePromise { promise })| Message::Unblock(promise.0.into()))
            .map_err(malformed),
        _ => Err(MessageError::UnknownKind { kind: frame.kind }),
    }
}

/// A text that is no message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessageError {
    /// It is a message of a kind that is not known here.
    UnknownKind {
        /// Its kind.
        kind: String,
    },
    /// It is not a message frame, or its data is not what its kind carries.
    Malformed {
        /// What the reader said.
        cause: String,
        /// How the text begins.
        said: String,
    },
}

impl fmt::Display for MessageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownKind { kind } => {
                write!(f, "messages of kind `{}` are not known here", Excerpt(kind))
            }
            Self::Malformed { cause, said } => write!(f, "this is not a message: {cause}: {said}"),
        }
    }
}

impl std::error::Error for MessageError {}
