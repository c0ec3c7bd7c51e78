//! Requests as frames: the edge checks of a server, and what a client sends.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::data::{Data, decode, resource_ids};
use crate::Millis;
use crate::excerpt::Excerpt;
use crate::object::Object;
use crate::payload::Json;
use crate::protocol::{Refusal, Request, Status, VERSION};

/// The frame of `request`, with a correlation id that the answer will repeat and, where the
/// server asks for one, a token (bare, without `Bearer`).
#[must_use]
pub fn encode_request(corr_id: &str, auth: Option<&str>, request: &Request) -> String {
    #[derive(Serialize)]
    struct Head<'h> {
        #[serde(rename = "corrId")]
        corr_id: &'h str,
        version: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        auth: Option<&'h str>,
    }
    #[derive(Serialize)]
    struct Written<'h> {
        kind: &'static str,
        head: Head<'h>,
        data: Data<'h>,
    }
    super::write(&Written {
        kind: request.kind(),
        head: Head {
            corr_id,
            version: VERSION,
            auth,
        },
        data: Data { request, corr_id },
    })
}

/// A request frame that passed the first edge checks; its data is not read yet.
///
/// It stands between [`open`] and [`Envelope::decode`], where a server checks the token
/// (protocol §1.4: authentication comes before an unknown kind, and that before the data).
#[derive(Clone, Debug)]
pub struct Envelope {
    /// The kind that it names; may be unknown.
    pub kind: String,
    /// The correlation id, to be repeated.
    pub corr_id: String,
    /// The token, bare.
    pub auth: Option<String>,
    /// What the clock should say; only for a server in debug mode.
    pub debug_time: Option<Millis>,
    /// Which origin the request belongs to: a routing hint.
    pub origin: Option<String>,
    data: Json,
}

/// A request frame, read whole.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The kind, to be repeated.
    pub kind: String,
    /// The correlation id, to be repeated.
    pub corr_id: String,
    /// The token, bare.
    pub auth: Option<String>,
    /// What the clock should say; only for a server in debug mode.
    pub debug_time: Option<Millis>,
    /// Which origin the request belongs to: a routing hint.
    pub origin: Option<String>,
    /// What is asked.
    pub request: DecodedRequest,
}

/// What a frame asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecodedRequest {
    /// One of the protocol's requests.
    Request(Box<Request>),
    /// One for a server in debug mode; others refuse it with 403.
    Debug(DebugRequest),
}

/// The `debug.*` requests (protocol §2.18).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DebugRequest {
    /// Pause what the server does on its own.
    Start,
    /// Resume it.
    Stop,
    /// Delete everything.
    Reset,
    /// Show everything.
    Snap,
    /// Run every timer that is due at an instant.
    Tick {
        /// The instant.
        time: Millis,
    },
}

/// A frame that is refused at the edge, with as much of its head as could be saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectedFrame {
    /// Its kind, or `unknown`.
    pub kind: String,
    /// Its correlation id, or `0`.
    pub corr_id: String,
    /// Why.
    pub refusal: Refusal,
}

impl fmt::Display for RejectedFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", Excerpt(&self.kind), self.refusal)
    }
}

impl std::error::Error for RejectedFrame {}

/// Reads a request frame whole: [`open`], then [`Envelope::decode`].
///
/// # Errors
/// The refusal to answer with, always 400. Which values are allowed is checked by the engine.
pub fn decode_request(bytes: &[u8]) -> Result<Frame, RejectedFrame> {
    open(bytes)?.decode()
}

/// Reads a request frame up to its data: edge checks 1 to 4 of protocol §1.4.
///
/// # Errors
/// The refusal to answer with, always 400.
pub fn open(bytes: &[u8]) -> Result<Envelope, RejectedFrame> {
    let Object(Read { kind, head, data }) = serde_json::from_slice(bytes)
        .map_err(|cause| reject(bytes, &format!("Invalid request envelope: {cause}")))?;
    let Object(head) = head;
    let envelope = Envelope {
        kind,
        corr_id: head.corr_id,
        auth: head.auth,
        debug_time: head.debug_time,
        origin: head.origin,
        data,
    };
    if envelope.kind.is_empty() {
        return Err(envelope.refuse("Invalid request envelope: kind is empty"));
    }
    if !envelope.data.get().starts_with('{') {
        return Err(envelope.refuse("Invalid request envelope: data is not an object"));
    }
    if head.version != VERSION {
        return Err(envelope.refuse(&format!(
            "Unsupported protocol version `{}`; supported: {VERSION}",
            Excerpt(&head.version)
        )));
    }
    Ok(envelope)
}

#[derive(Deserialize)]
struct Read {
    kind: String,
    head: Object<ReadHead>,
    data: Json,
}

#[derive(Deserialize)]
struct ReadHead {
    #[serde(rename = "corrId")]
    corr_id: String,
    version: String,
    auth: Option<String>,
    #[serde(rename = "resonate:debug_time")]
    debug_time: Option<Millis>,
    #[serde(rename = "resonate:origin")]
    origin: Option<String>,
}

/// A refusal of a text that is no envelope, under the kind and correlation id that it seems to
/// have.
fn reject(bytes: &[u8], message: &str) -> RejectedFrame {
    let seen: serde_json::Value = serde_json::from_slice(bytes).unwrap_or_default();
    let text =
        |value: &serde_json::Value, otherwise: &str| value.as_str().unwrap_or(otherwise).to_owned();
    RejectedFrame {
        kind: text(&seen["kind"], "unknown"),
        corr_id: text(&seen["head"]["corrId"], "0"),
        refusal: Refusal::new(Status::BadRequest, message),
    }
}

impl Envelope {
    /// Whether it is one of `debug.*`, known or not: to be refused with 403 before its data is
    /// read, unless in debug mode.
    #[must_use]
    pub fn is_debug(&self) -> bool {
        self.kind.starts_with("debug.")
    }

    /// The ids that the request concerns, by which a server judges whether its caller may ask
    /// (protocol §1.5). None where the kind or the data leave that open.
    #[must_use]
    pub fn resource_ids(&self) -> Vec<String> {
        resource_ids(&self.kind, &self.data)
    }

    /// Reads the data: edge checks 6 and 7 of protocol §1.4.
    ///
    /// # Errors
    /// The refusal to answer with: 400 for an unknown kind and for the first problem of the data.
    pub fn decode(self) -> Result<Frame, RejectedFrame> {
        let request = match decode(&self.kind, &self.data) {
            Some(Ok(request)) => request,
            Some(Err(cause)) => return Err(self.refuse(&format!("Invalid request: {cause}"))),
            None => {
                let message = format!("Unknown operation: {}", Excerpt(&self.kind));
                return Err(self.refuse(&message));
            }
        };
        Ok(Frame {
            kind: self.kind,
            corr_id: self.corr_id,
            auth: self.auth,
            debug_time: self.debug_time,
            origin: self.origin,
            request,
        })
    }

    fn refuse(self, message: &str) -> RejectedFrame {
        RejectedFrame {
            kind: self.kind,
            corr_id: self.corr_id,
            refusal: Refusal::new(Status::BadRequest, message),
        }
    }
}
