//! An application's failure, written so that every SDK can read it.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde_json::value::RawValue;

use super::{Json, json};
use crate::excerpt::Excerpt;

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

    /// The failure as the value of a rejected promise.
    #[must_use]
    pub fn to_json(&self) -> Json {
        #[derive(Serialize)]
        struct Written<'f> {
            #[serde(rename = "__type")]
            kind: &'static str,
            name: &'f str,
            message: &'f str,
            #[serde(skip_serializing_if = "Option::is_none")]
            data: Option<&'f RawValue>,
        }
        json::write(&Written {
            kind: "error",
            name: &self.name,
            message: &self.message,
            data: self.data.as_deref(),
        })
    }

    /// The failure that the value of a rejected promise stands for. Everything stands for one:
    /// what no SDK wrote as an error (a person rejected the promise, say) becomes the failure's
    /// data whole, and its message as far as it has one.
    ///
    /// ```
    /// use resonate_core::payload::Failure;
    ///
    /// let json = serde_json::from_str(r#"{"__type":"error","message":"no funds"}"#).unwrap();
    /// assert_eq!(Failure::from_json(json).message, "no funds");
    /// ```
    #[must_use]
    pub fn from_json(json: &RawValue) -> Self {
        let members = Members::of(json);
        match members.text("__type").as_deref() {
            Some("error") => members.failure("Error", json),
            Some("aggregate_error") => members.failure("AggregateError", json),
            _ => Self {
                data: Some(json.to_owned()),
                ..Self::new("Error", loose_message(&members, json))
            },
        }
    }

    /// The failure of a promise that was rejected with no value at all.
    #[must_use]
    pub fn without_payload() -> Self {
        Self::new("Error", "rejected without a value")
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// The members of a JSON object, unread; none for any other JSON. Stacks and pickles stay unread.
struct Members(BTreeMap<String, Json>);

impl Members {
    fn of(json: &RawValue) -> Self {
        Self(serde_json::from_str(json.get()).unwrap_or_default())
    }

    fn text(&self, member: &str) -> Option<String> {
        serde_json::from_str(self.0.get(member)?.get()).ok()
    }

    fn failure(&self, default_name: &str, json: &RawValue) -> Failure {
        let message = self.text("message").filter(|message| !message.is_empty());
        let message = message.or_else(|| self.inner_messages());
        Failure {
            name: self.text("name").unwrap_or_else(|| default_name.into()),
            message: message.unwrap_or_else(|| unknown(json)),
            data: self.0.get("data").cloned(),
            is_final: false,
        }
    }

    /// What the errors of an aggregate say.
    fn inner_messages(&self) -> Option<String> {
        let errors: Vec<Json> = serde_json::from_str(self.0.get("errors")?.get()).ok()?;
        let messages: Vec<String> = errors
            .iter()
            .map(|error| loose_message(&Self::of(error), error))
            .collect();
        (!messages.is_empty()).then(|| messages.join("; "))
    }
}

/// The best message that a JSON text of unknown make has.
fn loose_message(members: &Members, json: &RawValue) -> String {
    serde_json::from_str(json.get())
        .ok()
        .or_else(|| members.text("message"))
        .unwrap_or_else(|| unknown(json))
}

fn unknown(json: &RawValue) -> String {
    format!("unknown error: {}", Excerpt(json.get()))
}
