//! A durable promise as it was read.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use resonate_core::Value;
use resonate_core::payload::{Codec, Failure, Json};
use resonate_core::protocol::{PromiseRecord, PromiseState};
use serde::de::DeserializeOwned;

use super::super::Core;
use crate::context::to_system_time;
use crate::error::{Error, Kind, Result};

/// A durable promise as it was when it was read. What it holds is decoded when it is asked for.
#[derive(Clone)]
pub struct DurablePromise {
    record: Arc<PromiseRecord>,
    codec: Arc<dyn Codec>,
}

impl DurablePromise {
    pub(super) fn new(core: &Core, record: Arc<PromiseRecord>) -> Self {
        let codec = Arc::clone(&core.codec);
        Self { record, codec }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        self.record.id.as_str()
    }

    /// Where it stands.
    #[must_use]
    pub fn state(&self) -> PromiseState {
        self.record.state
    }

    /// When it was created.
    #[must_use]
    pub fn created_at(&self) -> SystemTime {
        to_system_time(self.record.created_at)
    }

    /// When it was settled; `None` while it is pending.
    #[must_use]
    pub fn settled_at(&self) -> Option<SystemTime> {
        self.record.settled_at.map(to_system_time)
    }

    /// When it is settled by its own deadline.
    #[must_use]
    pub fn deadline(&self) -> SystemTime {
        to_system_time(self.record.timeout_at)
    }

    /// Its tag `key`.
    #[must_use]
    pub fn tag(&self, key: &str) -> Option<&str> {
        self.record.tags.get(key)
    }

    /// Its tags, in the order of their keys; those of the protocol start with `resonate:`.
    pub fn tags(&self) -> impl Iterator<Item = (&str, &str)> {
        self.record.tags.iter()
    }

    /// What it was created with: the data of a promise by hand, the invocation of a call.
    ///
    /// # Errors
    /// When it cannot be decoded, or is not a `T`.
    pub fn data<T: DeserializeOwned>(&self) -> Result<T> {
        self.read("data", &self.record.param)
    }

    /// Its outcome: the value if it was resolved, the error's JSON if it was rejected, nothing
    /// (`()`, or `None` of an `Option`) while it is pending.
    ///
    /// # Errors
    /// When it cannot be decoded, or is not a `T`.
    pub fn value<T: DeserializeOwned>(&self) -> Result<T> {
        self.read("value", &self.record.value)
    }

    /// What it was rejected with, as a sentence; `None` unless it was rejected.
    ///
    /// # Errors
    /// When it cannot be decoded.
    pub fn rejection(&self) -> Result<Option<String>> {
        if self.record.state != PromiseState::Rejected {
            return Ok(None);
        }
        let json = self.decode("value", &self.record.value)?;
        let failure = json.map_or_else(Failure::without_payload, |json| Failure::from_json(&json));
        Ok(Some(failure.message))
    }

    fn read<T: DeserializeOwned>(&self, what: &str, value: &Value) -> Result<T> {
        let json = self.decode(what, value)?;
        let text = json.as_ref().map_or("null", |json| json.get());
        serde_json::from_str(text).map_err(|cause| {
            let (id, wanted) = (self.id(), std::any::type_name::<T>());
            let message = format!("the {what} of promise `{id}` is not a `{wanted}`: {cause}");
            Error::of(Kind::Payload, message).because(cause)
        })
    }

    fn decode(&self, what: &str, value: &Value) -> Result<Option<Json>> {
        self.codec.decode(value).map_err(|cause| {
            let message = format!("the {what} of promise `{}`: {cause}", self.id());
            Error::of(Kind::Payload, message).because(cause)
        })
    }
}

impl fmt::Debug for DurablePromise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DurablePromise")
            .field("id", &self.id())
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}
