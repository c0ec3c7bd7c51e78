//! What a call may say about itself, and what it says when it is silent.

use std::time::Duration;

use resonate_core::Tags;
use resonate_core::payload::Retry;
use resonate_core::registry::Defaults;
#[cfg(feature = "runtime")]
use resonate_core::{Millis, tags::DELAY};

use crate::error::{Error, Kind, Result};

/// How long a call may take when nobody says.
pub(crate) const DEFAULT_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    pub(crate) timeout: Option<Duration>,
    pub(crate) target: Option<String>,
    pub(crate) retry: Option<Retry>,
    pub(crate) id: Option<String>,
    /// Whether the caller's own process takes a remote call up, if it can.
    pub(crate) prefers_here: bool,
    /// How long to wait before it is offered for the first time.
    pub(crate) delay: Option<Duration>,
    labels: Tags,
}

impl Options {
    pub(crate) fn tag(&mut self, key: String, value: String) {
        self.labels = std::mem::take(&mut self.labels).with(key, value);
    }

    /// The same options; what is not said is taken from the function's defaults.
    pub(crate) fn or(mut self, defaults: &Defaults) -> Self {
        self.timeout = self.timeout.or(defaults.timeout);
        self.retry = self.retry.or(defaults.retry);
        self.target = self.target.or_else(|| defaults.target.map(str::to_owned));
        self
    }

    pub(crate) fn timeout_or_default(&self) -> Duration {
        self.timeout.unwrap_or(DEFAULT_TIMEOUT)
    }

    /// These labels and the deadline of a call that is made now: its time begins when it is
    /// offered.
    #[cfg(feature = "runtime")]
    pub(crate) fn timing(&self, labels: Tags, now: Millis) -> (Tags, Millis) {
        let timeout = self.timeout_or_default();
        match self.delay.map(|delay| now.after(delay)) {
            None => (labels, now.after(timeout)),
            Some(start) => (
                labels.with(DELAY, start.get().to_string()),
                start.after(timeout),
            ),
        }
    }

    /// The user's labels.
    ///
    /// # Errors
    /// When one of them is reserved.
    pub(crate) fn labels(&self) -> Result<Tags> {
        match self
            .labels
            .iter()
            .find(|(key, _)| key.starts_with("resonate:"))
        {
            None => Ok(self.labels.clone()),
            Some((key, _)) => Err(Error::of(
                Kind::Config,
                format!(
                    "the tag `{key}` is reserved: keys of your own do not start with `resonate:`"
                ),
            )),
        }
    }
}
