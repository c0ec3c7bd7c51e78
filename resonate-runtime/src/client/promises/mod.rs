//! Durable promises by hand.

mod create;
mod durable;

use std::sync::Arc;

use resonate_core::execution::IdGrammar;
use resonate_core::payload::{Failure, Json};
use resonate_core::protocol::{
    PromiseGet, PromiseRecord, PromiseSearch, PromiseSettle, PromiseState, Request, Response,
    Settlement,
};
use resonate_core::{PromiseId, Tags, Value};
use serde::Serialize;

pub use create::NewPromise;
pub use durable::DurablePromise;

use super::pages::{PAGE, Pages};
use super::{Core, Resonate, unexpected};
use crate::error::{Error, Kind, Result};
use crate::function::DurableError;
use crate::private::failure_of;

/// Durable promises by hand: what a webhook, an operator or a test needs.
#[derive(Debug)]
pub struct Promises<'c> {
    core: &'c Core,
}

impl<'c> Promises<'c> {
    pub(super) fn new(resonate: &'c Resonate) -> Self {
        Self {
            core: &resonate.core,
        }
    }

    /// Reads a promise.
    ///
    /// # Errors
    /// When there is none of this id, or the engine cannot be reached.
    pub async fn get(&self, id: &str) -> Result<DurablePromise> {
        let id = self.core.any_id(id)?;
        one(self.core, Request::PromiseGet(PromiseGet { id })).await
    }

    /// Settles a promise with a value. One that is settled already stays as it is: look at the
    /// returned state.
    ///
    /// # Errors
    /// When there is none of this id, the value cannot be written as JSON, or the engine cannot
    /// be reached.
    pub async fn resolve(&self, id: &str, value: &impl Serialize) -> Result<DurablePromise> {
        let json = json_of(value)?;
        self.settle(id, Settlement::Resolved, self.core.encode(&json)?)
            .await
    }

    /// Settles a promise with an error that is a sentence. One that is settled already stays as
    /// it is.
    ///
    /// # Errors
    /// When there is none of this id, or the engine cannot be reached.
    pub async fn reject(&self, id: &str, message: &str) -> Result<DurablePromise> {
        let json = Failure::new("Error", message).to_json();
        self.settle(id, Settlement::Rejected, self.core.encode(&json)?)
            .await
    }

    /// Settles a promise with an error of the application's own: who awaits it gets that error
    /// back, typed. One that is settled already stays as it is.
    ///
    /// # Errors
    /// When there is none of this id, the error cannot be written as JSON, or the engine cannot
    /// be reached.
    pub async fn reject_with(&self, id: &str, error: &impl DurableError) -> Result<DurablePromise> {
        let failure = failure_of(error).map_err(|cause| unwritable(&cause))?;
        self.settle(
            id,
            Settlement::Rejected,
            self.core.encode(&failure.to_json())?,
        )
        .await
    }

    /// Cancels a promise, and with it the execution that would settle it. One that is settled
    /// already stays as it is.
    ///
    /// # Errors
    /// When there is none of this id, or the engine cannot be reached.
    pub async fn cancel(&self, id: &str) -> Result<DurablePromise> {
        self.settle(id, Settlement::RejectedCanceled, Value::default())
            .await
    }

    /// Promises in this state that carry all of these tags, in the order of their ids.
    ///
    /// # Errors
    /// When awaited: the engine cannot be reached.
    pub fn search(
        &self,
        state: Option<PromiseState>,
        tags: &[(&str, &str)],
    ) -> Pages<'c, DurablePromise> {
        let tags: Tags = tags.iter().copied().collect();
        found(self.core, state, tags, DurablePromise::new)
    }

    async fn settle(&self, id: &str, state: Settlement, value: Value) -> Result<DurablePromise> {
        let id = self.core.any_id(id)?;
        let settle = PromiseSettle { id, state, value };
        one(self.core, Request::PromiseSettle(settle)).await
    }
}

/// Promises that stand so and carry these tags, each as `read` makes it.
pub(super) fn found<'c, T: 'c>(
    core: &'c Core,
    state: Option<PromiseState>,
    tags: Tags,
    read: fn(&Core, Arc<PromiseRecord>) -> T,
) -> Pages<'c, T> {
    let tags = Some(tags).filter(|tags| !tags.is_empty());
    Pages::new(move |cursor| {
        let request = Request::PromiseSearch(PromiseSearch {
            state,
            tags: tags.clone(),
            limit: Some(PAGE),
            cursor,
        });
        Box::pin(async move {
            let Response::Promises { promises, cursor } = core.ask(request).await? else {
                return Err(unexpected());
            };
            let read = |record| read(core, record);
            Ok((promises.into_iter().map(read).collect(), cursor))
        })
    })
}

async fn one(core: &Core, request: Request) -> Result<DurablePromise> {
    let Response::Promise(record) = core.ask(request).await? else {
        return Err(unexpected());
    };
    // Who settles a promise need not wait to be told so.
    core.settled(&record);
    Ok(DurablePromise::new(core, record))
}

fn json_of(value: &impl Serialize) -> Result<Json> {
    serde_json::value::to_raw_value(value)
        .map_err(|cause| unwritable(&cause.to_string()).because(cause))
}

fn unwritable(cause: &str) -> Error {
    let message = format!("the value cannot be written as JSON: {cause}");
    Error::of(Kind::Payload, message)
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
