//! A payload as the protocol carries it.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use crate::Text;
use crate::object::Object;

/// Headers and data of a promise's `param` or `value`, opaque to the engine.
///
/// An absent member stays absent and an empty one stays empty: `{}`, `{"headers":{}}` and
/// `{"data":""}` are three different values and come back as they were sent (protocol §2.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Value {
    /// Free-form metadata; SDKs leave it empty or absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headers: Option<BTreeMap<String, String>>,
    /// The payload text: base64 of JSON by the convention that all SDKs share.
    #[serde(skip_serializing_if = "Option::is_none")]
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

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Members {
            headers: Option<BTreeMap<String, String>>,
            data: Option<Text>,
        }
        let Object(Members { headers, data }) = Object::deserialize(deserializer)?;
        Ok(Self { headers, data })
    }
}
