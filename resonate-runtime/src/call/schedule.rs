//! A call on a schedule.

use std::time::Duration;

use super::Target;
use crate::Resonate;

/// A schedule of a function that has not been created yet.
///
/// The version is the stub's, so a later one does not change what the schedule calls. Creating
/// a schedule that exists changes nothing, even when its definition differs.
#[must_use = "a schedule is created when it is awaited"]
#[derive(Debug)]
pub struct Scheduled<'c> {
    pub(super) resonate: &'c Resonate,
    pub(super) id: String,
    pub(super) cron: String,
    pub(super) target: Target,
}

impl<'c> Scheduled<'c> {
    pub(crate) fn new(resonate: &'c Resonate, id: String, cron: String, target: Target) -> Self {
        Self {
            resonate,
            id,
            cron,
            target,
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

    /// A label of the runs' promises; keys that start with `resonate:` are reserved.
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.target.options.tag(key.into(), value.into());
        self
    }
}
