//! The only file that knows the cron dialect.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};

use crate::Millis;

/// A cron line, in UTC.
#[derive(Clone, Debug)]
pub struct Cron(cron::Schedule);

/// A text that is not a cron line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CronError(String);

impl fmt::Display for CronError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CronError {}

impl FromStr for Cron {
    type Err = CronError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let line = if text.split_whitespace().count() == 5 {
            format!("0 {text}")
        } else {
            text.to_owned()
        };
        line.parse::<cron::Schedule>()
            .map(Self)
            .map_err(|error| CronError(format!("`{text}` is not a cron line: {error}")))
    }
}

impl Cron {
    /// The first occurrence strictly after `after`.
    #[must_use]
    pub fn next_after(&self, after: Millis) -> Option<Millis> {
        let after = DateTime::<Utc>::from_timestamp_millis(after.get())?;
        self.0
            .after(&after)
            .next()
            .map(|next| Millis::new(next.timestamp_millis()))
    }
}
