//! A call on a schedule.

use std::time::Duration;

use resonate_core::payload::Retry;

use super::Target;
use crate::Resonate;

/// A schedule of a function that has not been created yet.
///
/// The version is the stub's, so a later one does not change what the schedule calls. Creating
/// a schedule that exists changes nothing, and where its definition differs a warning says so:
/// [`replace`](Self::replace) puts this one in its place.
#[must_use = "a schedule is created when it is awaited"]
#[derive(Debug)]
pub struct Scheduled<'c> {
    pub(super) resonate: &'c Resonate,
    pub(super) id: String,
    pub(super) cron: String,
    pub(super) target: Target,
    pub(super) replaces: bool,
}

impl<'c> Scheduled<'c> {
    pub(crate) fn new(resonate: &'c Resonate, id: String, cron: String, target: Target) -> Self {
        Self {
            resonate,
            id,
            cron,
            target,
            replaces: false,
        }
    }

    /// How long each run may take, from its occurrence; 24 hours without it.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.target.options.timeout = Some(timeout);
        self
    }

    /// Where the runs are offered: a group, or an address.
    pub fn target(mut self, target: impl Into<String>) -> Self {
        self.target.options.target = Some(target.into());
        self
    }

    /// Which version of the function each run calls, instead of the stub's own.
    pub fn version(mut self, version: u32) -> Self {
        self.target.version = Some(version);
        self
    }

    /// When a failed attempt of a run is repeated, instead of the function's own policy.
    pub fn retry(mut self, retry: Retry) -> Self {
        self.target.options.retry = Some(retry);
        self
    }

    /// Deletes a schedule of this id that is defined otherwise, and creates this one in its
    /// place. What the old one started goes on. The two are two requests: between them there is
    /// neither, and this call is to be made again if it fails.
    pub fn replace(mut self) -> Self {
        self.replaces = true;
        self
    }

    /// A tag of the runs' promises; keys that start with `resonate:` are reserved.
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.target.options.tag(key.into(), value.into());
        self
    }
}
