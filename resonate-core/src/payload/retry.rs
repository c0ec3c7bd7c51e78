//! When a failed step is tried again.

use std::time::Duration;

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
            Growth::Exponential(base) => base.powi(i32::try_from(attempt - 1).unwrap_or(i32::MAX)),
        };
        let seconds = self.first.as_secs_f64() * factor;
        Some(
            Duration::try_from_secs_f64(seconds)
                .unwrap_or(self.cap)
                .min(self.cap),
        )
    }
}
