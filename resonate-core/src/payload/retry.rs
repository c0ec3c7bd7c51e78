//! When a failed step is tried again, and how that is written.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Number;
use serde_json::value::RawValue;

use super::{Json, json};
use crate::excerpt::Excerpt;

/// When a failed step is tried again. Whatever it says, nothing is tried past the promise's own
/// deadline, and an error that declares itself final is not tried again.
///
/// ```
/// use resonate_core::payload::Retry;
/// use std::time::Duration;
///
/// let retry = Retry::exponential().max_attempts(3);
/// assert_eq!(retry.delay_after(1), Some(Duration::from_secs(1)));
/// assert_eq!(retry.delay_after(2), Some(Duration::from_secs(2)));
/// assert_eq!(retry.delay_after(3), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Retry {
    first: Duration,
    growth: Growth,
    cap: Duration,
    max_attempts: u32,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Growth {
    Never,
    Constant,
    Linear,
    Exponential(f64),
}

impl Retry {
    const fn growing(first: Duration, growth: Growth, cap: Duration) -> Self {
        Self {
            first,
            growth,
            cap,
            max_attempts: u32::MAX,
        }
    }

    /// One attempt.
    #[must_use]
    pub const fn never() -> Self {
        Self::growing(Duration::ZERO, Growth::Never, Duration::ZERO)
    }

    /// The same delay before every further attempt.
    #[must_use]
    pub const fn constant(delay: Duration) -> Self {
        Self::growing(delay, Growth::Constant, Duration::MAX)
    }

    /// A delay that grows by `delay` each time, at most 30 s.
    #[must_use]
    pub const fn linear(delay: Duration) -> Self {
        Self::growing(delay, Growth::Linear, Duration::from_secs(30))
    }

    /// Delays of 1 s, 2 s, 4 s … at most 30 s: the default of a leaf.
    #[must_use]
    pub const fn exponential() -> Self {
        Self::growing(
            Duration::from_secs(1),
            Growth::Exponential(2.0),
            Duration::from_secs(30),
        )
    }

    /// The same policy, with this delay before the second attempt.
    #[must_use]
    pub const fn first_delay(mut self, delay: Duration) -> Self {
        self.first = delay;
        self
    }

    /// The same policy, with no delay longer than this.
    #[must_use]
    pub const fn max_delay(mut self, cap: Duration) -> Self {
        self.cap = cap;
        self
    }

    /// The same policy, with at most this many attempts in all; 0 counts as 1.
    #[must_use]
    pub const fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// How long to wait after attempt number `attempt` (from 1) failed; `None` to give up.
    #[must_use]
    pub fn delay_after(&self, attempt: u32) -> Option<Duration> {
        if attempt >= self.max_attempts {
            return None;
        }
        let factor = match self.growth {
            Growth::Never => return None,
            Growth::Constant => 1.0,
            Growth::Linear => f64::from(attempt),
            Growth::Exponential(base) => {
                base.powi(i32::try_from(attempt.saturating_sub(1)).unwrap_or(i32::MAX))
            }
        };
        if self.first.is_zero() {
            return Some(Duration::ZERO);
        }
        let seconds = self.first.as_secs_f64() * factor;
        Some(
            Duration::try_from_secs_f64(seconds)
                .unwrap_or(self.cap)
                .min(self.cap),
        )
    }

    /// The policy as TypeScript writes and reads it (protocol §5.3), delays in milliseconds:
    /// `{"type":"constant","data":{"delay":10,"maxRetries":1}}`.
    ///
    /// Two members mean something else there: `maxRetries` does not count the first attempt, and
    /// the first delay of an exponential policy is `delay` times `factor`.
    #[must_use]
    pub fn to_json(&self) -> Json {
        let mut data = Data::default();
        let kind = match self.growth {
            Growth::Never => return json::write(&Written { kind: NEVER, data }),
            Growth::Constant => CONSTANT,
            Growth::Linear => LINEAR,
            Growth::Exponential(_) => EXPONENTIAL,
        };
        let first = millis(self.first);
        data.delay = number(first);
        if let Growth::Exponential(factor) = self.growth {
            data.delay = number(if factor > 0.0 { first / factor } else { 0.0 });
            data.factor = number(factor);
        }
        // An exponential policy that does not say it waits at most 30 s.
        if self.cap < Duration::MAX || matches!(self.growth, Growth::Exponential(_)) {
            data.max_delay = number(millis(self.cap));
        }
        if self.max_attempts < u32::MAX {
            data.max_retries = number(f64::from(self.max_attempts.saturating_sub(1)));
        }
        json::write(&Written { kind, data })
    }

    /// The policy that `json` records. What it leaves out is as TypeScript has it: a delay of 1 s,
    /// a factor of 2, at most 30 s between attempts if exponential, no limit of attempts.
    ///
    /// # Errors
    /// When it is no policy, of a type that this crate does not know, or a number makes no sense.
    pub fn from_json(json: &RawValue) -> Result<Self, RetryError> {
        let not_a_policy = |cause: &dyn fmt::Display| RetryError::NotAPolicy {
            cause: cause.to_string(),
        };
        if !json::is_object(json.get()) {
            return Err(not_a_policy(&"it is not an object"));
        }
        let read: Read = serde_json::from_str(json.get()).map_err(|cause| not_a_policy(&cause))?;
        if ![NEVER, CONSTANT, LINEAR, EXPONENTIAL].contains(&read.kind.as_str()) {
            return Err(RetryError::UnknownType { name: read.kind });
        }
        let data: Data = match &read.data {
            Some(data) if read.kind != NEVER => {
                serde_json::from_str(data.get()).map_err(|cause| not_a_policy(&cause))?
            }
            Some(_) | None => Data::default(),
        };
        let delay = data.read("delay", &data.delay)?.unwrap_or(1000.0);
        let max_delay = data.read("maxDelay", &data.max_delay)?.map(duration);
        let cap = max_delay.unwrap_or(Duration::MAX);
        let policy = match read.kind.as_str() {
            NEVER => return Ok(Self::never()),
            CONSTANT => Self::growing(duration(delay), Growth::Constant, cap),
            LINEAR => Self::growing(duration(delay), Growth::Linear, cap),
            _ => {
                let factor = data.read("factor", &data.factor)?.unwrap_or(2.0);
                let cap = max_delay.unwrap_or(Duration::from_secs(30));
                Self::growing(duration(delay * factor), Growth::Exponential(factor), cap)
            }
        };
        Ok(match data.read("maxRetries", &data.max_retries)? {
            Some(retries) => policy.max_attempts((retries as u32).saturating_add(1)),
            None => policy,
        })
    }
}

const NEVER: &str = "never";
const CONSTANT: &str = "constant";
const LINEAR: &str = "linear";
const EXPONENTIAL: &str = "exponential";

#[derive(Serialize)]
struct Written {
    #[serde(rename = "type")]
    kind: &'static str,
    data: Data,
}

#[derive(Deserialize)]
struct Read {
    #[serde(rename = "type")]
    kind: String,
    data: Option<Json>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    #[serde(skip_serializing_if = "Option::is_none")]
    delay: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    factor: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_retries: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_delay: Option<Number>,
}

impl Data {
    fn read(
        &self,
        member: &'static str,
        number: &Option<Number>,
    ) -> Result<Option<f64>, RetryError> {
        let Some(written) = number else {
            return Ok(None);
        };
        match written.as_f64() {
            Some(value) if value >= 0.0 => Ok(Some(value)),
            Some(_) | None => Err(RetryError::BadNumber {
                member,
                written: written.to_string(),
            }),
        }
    }
}

fn millis(duration: Duration) -> f64 {
    let rest = f64::from(duration.subsec_nanos() % 1_000_000) / 1e6;
    duration.as_millis() as f64 + rest
}

fn duration(millis: f64) -> Duration {
    Duration::try_from_secs_f64(millis / 1000.0).unwrap_or(Duration::MAX)
}

/// A number as JavaScript writes it: whole ones without a fraction.
fn number(value: f64) -> Option<Number> {
    /// Up to here an `f64` holds every whole number.
    const EXACT_MAX: f64 = 9_007_199_254_740_991.0;
    if value.fract() == 0.0 && (0.0..=EXACT_MAX).contains(&value) {
        Some((value as u64).into())
    } else {
        Number::from_f64(value.min(f64::MAX))
    }
}

/// A retry policy that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RetryError {
    /// Its type is not one of the four.
    UnknownType {
        /// The type that it names.
        name: String,
    },
    /// A number in it is negative or too great.
    BadNumber {
        /// Which one.
        member: &'static str,
        /// How it is written.
        written: String,
    },
    /// It is not `{"type","data"}`.
    NotAPolicy {
        /// What the reader said.
        cause: String,
    },
}

impl fmt::Display for RetryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownType { name } => write!(
                f,
                "the retry policy `{}` is not known here: the types are `never`, `constant`, \
                 `linear` and `exponential`",
                Excerpt(name)
            ),
            Self::BadNumber { member, written } => write!(
                f,
                "the retry policy's `{member}` is {}, which is not a length or a count",
                Excerpt(written)
            ),
            Self::NotAPolicy { cause } => write!(
                f,
                "not a retry policy: {cause}; expected `{{\"type\":\"constant\",\"data\":{{…}}}}`"
            ),
        }
    }
}

impl std::error::Error for RetryError {}
