//! A call that outlives its caller.

use std::time::Duration;

use super::Target;
use crate::Context;

/// A call that outlives its caller; it resolves to the id of its promise once that is recorded.
#[must_use = "a detached call is made when it is awaited"]
#[derive(Debug)]
pub struct Detached<'c> {
    pub(super) context: &'c Context,
    pub(super) target: Target,
}

impl<'c> Detached<'c> {
    pub(crate) fn new(context: &'c Context, target: Target) -> Self {
        Self { context, target }
    }

    /// How long the call may take; 24 hours without it. Its caller's deadline does not limit it.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.target.options.timeout = Some(timeout);
        self
    }

    /// Where the call is offered: a group, or an address.
    pub fn target(mut self, target: impl Into<String>) -> Self {
        self.target.options.target = Some(target.into());
        self
    }

    /// Which version of the function to call, instead of the stub's own.
    pub fn version(mut self, version: u32) -> Self {
        self.target.version = Some(version);
        self
    }

    /// How long to wait before the call is offered to a worker for the first time; its timeout
    /// counts from then. The Resonate Server takes this and, up to 0.9.8 and its main of
    /// June 2026, offers at once all the same.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.target.options.delay = Some(delay);
        self
    }

    /// A tag of the call's promise; keys that start with `resonate:` are reserved.
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.target.options.tag(key.into(), value.into());
        self
    }
}
