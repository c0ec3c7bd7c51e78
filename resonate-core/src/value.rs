//! A payload as the protocol carries it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Text;

/// Headers and data of a promise's `param` or `value`, opaque to the engine.
///
/// An absent member stays absent and an empty one stays empty: `{}`, `{"headers":{}}` and
/// `{"data":""}` are three different values and come back as they were sent (protocol §2.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Value {
    /// Free-form metadata; SDKs leave it empty or absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headers: Option<BTreeMap<String, String>>,
    /// The payload text: base64 of JSON by the convention that all SDKs share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Text>,
}

impl Value {
    /// A value that carries `data` and no headers.
    #[must_use]
    pub fn of(data: impl Into<Text>) -> Self {
        Self {
            headers: None,
            data: Some(data.into()),
        }
    }

    /// Whether neither headers nor data are present.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.headers.is_none() && self.data.is_none()
    }
}
