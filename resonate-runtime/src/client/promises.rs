//! Durable promises by hand.

use std::time::{Duration, SystemTime};

use resonate_core::execution::IdGrammar;
use resonate_core::payload::{Failure, Json};
use resonate_core::protocol::{
    PromiseCreate, PromiseGet, PromiseRecord, PromiseSearch, PromiseSettle, PromiseState, Request,
    Response, Settlement,
};
use resonate_core::{PromiseId, Tags, Value};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Core, Resonate, unexpected};
use crate::context::to_system_time;
use crate::error::{Error, Kind, Result};

/// Durable promises by hand: what a webhook, an operator or a test needs.
#[derive(Debug)]
pub struct Promises<'c> {
    core: &'c Core,
}

/// A durable promise as it was when it was read.
#[derive(Clone, Debug)]
pub struct DurablePromise {
    record: std::sync::Arc<PromiseRecord>,
    value: Option<Json>,
}

impl DurablePromise {
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

    /// When it is settled by its own deadline.
    #[must_use]
    pub fn deadline(&self) -> SystemTime {
        to_system_time(self.record.timeout_at)
    }

    /// Its label `key`.
    #[must_use]
    pub fn tag(&self, key: &str) -> Option<&str> {
        self.record.tags.get(key)
    }

    /// Its outcome: the value if it was resolved, the error's JSON if it was rejected.
    ///
    /// # Errors
    /// When it is not a `T`.
    pub fn value<T: DeserializeOwned>(&self) -> Result<T> {
        let text = self.value.as_ref().map_or("null", |json| json.get());
        serde_json::from_str(text).map_err(|cause| {
            let wanted = std::any::type_name::<T>();
            let message = format!(
                "the value of promise `{}` is not a `{wanted}`: {cause}",
                self.id()
            );
            Error::of(Kind::Payload, message).because(cause)
        })
    }
}

impl<'c> Promises<'c> {
    pub(super) fn new(resonate: &'c Resonate) -> Self {
        Self {
            core: &resonate.core,
        }
    }

    /// Creates a promise that anybody may settle, or reads the one that has this id.
    ///
    /// # Errors
    /// When the id cannot be one, or the engine cannot be reached.
    pub async fn create(&self, id: &str, timeout: Duration) -> Result<DurablePromise> {
        let request = PromiseCreate {
            id: self.core.root_id(id)?,
            timeout_at: self.core.clock.now().after(timeout),
            param: Value::default(),
            tags: Tags::default().with(resonate_core::tags::EXTERNAL, "true"),
        };
        self.one(Request::PromiseCreate(request)).await
    }

    /// Reads a promise.
    ///
    /// # Errors
    /// When there is none of this id, or the engine cannot be reached.
    pub async fn get(&self, id: &str) -> Result<DurablePromise> {
        self.one(Request::PromiseGet(PromiseGet {
            id: self.core.any_id(id)?,
        }))
        .await
    }

    /// Settles a promise with a value. One that is settled already stays as it is: look at the
    /// returned state.
    ///
    /// # Errors
    /// When there is none of this id, the value cannot be written as JSON, or the engine cannot
    /// be reached.
    pub async fn resolve(&self, id: &str, value: &impl Serialize) -> Result<DurablePromise> {
        let json = serde_json::value::to_raw_value(value).map_err(|cause| {
            Error::of(
                Kind::Payload,
                format!("the value cannot be written as JSON: {cause}"),
            )
        })?;
        self.settle(id, Settlement::Resolved, self.core.encode(&json)?)
            .await
    }

    /// Settles a promise with an error. One that is settled already stays as it is.
    ///
    /// # Errors
    /// When there is none of this id, or the engine cannot be reached.
    pub async fn reject(&self, id: &str, message: &str) -> Result<DurablePromise> {
        let json = Failure::new("Error", message).to_json();
        self.settle(id, Settlement::Rejected, self.core.encode(&json)?)
            .await
    }

    /// Cancels a promise, and with it the execution that would settle it: work of it that is under
    /// way stops, in another process with that one's next heartbeat. One that is settled already
    /// stays as it is.
    ///
    /// # Errors
    /// When there is none of this id, or the engine cannot be reached.
    pub async fn cancel(&self, id: &str) -> Result<DurablePromise> {
        self.settle(id, Settlement::RejectedCanceled, Value::default())
            .await
    }

    /// Promises in this state that carry all of these labels, in the order of their ids; every
    /// page of them.
    ///
    /// # Errors
    /// When the engine cannot be reached.
    pub async fn search(
        &self,
        state: Option<PromiseState>,
        labels: &[(&str, &str)],
    ) -> Result<Vec<DurablePromise>> {
        let tags: Tags = labels.iter().copied().collect();
        let mut search = PromiseSearch {
            state,
            tags: Some(tags).filter(|tags| !tags.is_empty()),
            limit: Some(1000),
            cursor: None,
        };
        let mut found = Vec::new();
        loop {
            let page = self
                .core
                .ask(Request::PromiseSearch(search.clone()))
                .await?;
            let Response::Promises { promises, cursor } = page else {
                return Err(unexpected());
            };
            for record in promises {
                found.push(self.read(record)?);
            }
            if cursor.is_none() {
                return Ok(found);
            }
            search.cursor = cursor;
        }
    }

    async fn settle(&self, id: &str, state: Settlement, value: Value) -> Result<DurablePromise> {
        let id = self.core.any_id(id)?;
        self.one(Request::PromiseSettle(PromiseSettle { id, state, value }))
            .await
    }

    async fn one(&self, request: Request) -> Result<DurablePromise> {
        let Response::Promise(record) = self.core.ask(request).await? else {
            return Err(unexpected());
        };
        // Who settles a promise need not wait to be told so.
        self.core.settled(&record);
        self.read(record)
    }

    fn read(&self, record: std::sync::Arc<PromiseRecord>) -> Result<DurablePromise> {
        let value = self.core.codec.decode(&record.value).map_err(|cause| {
            let message = format!("the value of promise `{}`: {cause}", record.id);
            Error::of(Kind::Payload, message).because(cause)
        })?;
        Ok(DurablePromise { record, value })
    }
}

impl Core {
    /// The id of a root, as this client writes it: with its prefix, unless it has that already.
    pub(crate) fn root_id(&self, id: &str) -> Result<PromiseId> {
        self.grammar()
            .validate_root(id)
            .map_err(|cause| Error::of(Kind::Config, cause.to_string()).because(cause))?;
        Ok(self.prefixed(id))
    }

    /// The id of a root or of a step of one, as this client writes it.
    pub(crate) fn any_id(&self, id: &str) -> Result<PromiseId> {
        // What separates a root from its steps is fine here.
        let plain = id.replace([':', '.'], "-");
        IdGrammar::Colon
            .validate_root(&plain)
            .map_err(|cause| Error::of(Kind::Config, cause.to_string()).because(cause))?;
        Ok(self.prefixed(id))
    }

    fn prefixed(&self, id: &str) -> PromiseId {
        let prefix = self.settings.prefix.as_deref().unwrap_or_default();
        let has_it = id.starts_with(self.grammar().with_prefix(prefix, "").as_str());
        if has_it {
            id.into()
        } else {
            self.grammar().with_prefix(prefix, id)
        }
    }
}
