//! A promise by hand that has not been created yet.

use std::future::IntoFuture;
use std::time::Duration;

use resonate_core::Value;
use resonate_core::protocol::{PromiseCreate, Request};
use resonate_core::registry::BoxFuture;
use resonate_core::tags::EXTERNAL;
use serde::Serialize;

use super::super::Core;
use super::{DurablePromise, Promises, json_of};
use crate::call::Options;
use crate::error::Result;

/// A promise by hand that has not been created yet: it is created when this is awaited.
#[must_use = "a promise is created when it is awaited"]
#[derive(Debug)]
pub struct NewPromise<'c> {
    core: &'c Core,
    id: String,
    timeout: Duration,
    data: Result<Value>,
    options: Options,
}

impl<'c> Promises<'c> {
    /// A promise that anybody may settle, until `timeout` from now settles it. Where one has this
    /// id, that one is read and left as it is.
    ///
    /// ```
    /// use resonate::prelude::*;
    ///
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// let resonate = Resonate::memory().await?;
    /// let day = Duration::from_secs(24 * 60 * 60);
    /// let asked = resonate.promises().create("refund-17", day).data(&("order-17", 500)).tag("team", "billing").await?;
    /// assert_eq!(asked.data::<(String, u64)>()?, ("order-17".into(), 500));
    /// # Ok::<(), Error>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    /// When awaited: the id cannot be one, the data cannot be written as JSON, a tag is reserved,
    /// or the engine cannot be reached.
    pub fn create(&self, id: &str, timeout: Duration) -> NewPromise<'c> {
        NewPromise {
            core: self.core,
            id: id.to_owned(),
            timeout,
            data: Ok(Value::default()),
            options: Options::default(),
        }
    }
}

impl NewPromise<'_> {
    /// What whoever settles it may want to know, as JSON.
    pub fn data(mut self, data: &impl Serialize) -> Self {
        self.data = json_of(data).and_then(|json| self.core.encode(&json));
        self
    }

    /// A tag of the promise; keys that start with `resonate:` are reserved.
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.options.tag(key.into(), value.into());
        self
    }
}

impl<'c> IntoFuture for NewPromise<'c> {
    type Output = Result<DurablePromise>;
    type IntoFuture = BoxFuture<'c, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let request = PromiseCreate {
                id: self.core.root_id(&self.id)?,
                timeout_at: self.core.clock.now().after(self.timeout),
                param: self.data?,
                tags: self.options.labels()?.with(EXTERNAL, "true"),
            };
            super::one(self.core, Request::PromiseCreate(request)).await
        })
    }
}
