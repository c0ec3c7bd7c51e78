//! A point on the caller's clock.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Unix time in milliseconds, as every instant of the protocol is written.
///
/// ```
/// use resonate_core::Millis;
/// use std::time::Duration;
///
/// let noon = Millis::new(43_200_000);
/// assert_eq!(noon.after(Duration::from_secs(1)).get(), 43_201_000);
/// assert_eq!(Millis::MAX.after(Duration::MAX), Millis::MAX);
/// ```
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Millis(i64);

impl Millis {
    /// The first instant: 1970-01-01T00:00:00Z.
    pub const ZERO: Self = Self(0);
    /// The last instant that the protocol can write.
    pub const MAX: Self = Self(i64::MAX);

    /// The instant `millis` milliseconds after the Unix epoch.
    #[must_use]
    pub const fn new(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// This instant moved later by `span`, stopping at [`Millis::MAX`].
    ///
    /// A span with a fraction of a millisecond is rounded up: nothing is ever due early.
    #[must_use]
    pub fn after(self, span: Duration) -> Self {
        let whole = span.as_nanos().div_ceil(1_000_000);
        Self(
            self.0
                .saturating_add(i64::try_from(whole).unwrap_or(i64::MAX)),
        )
    }

    /// How long after this instant `later` is; zero when it is not later.
    #[must_use]
    pub fn until(self, later: Self) -> Duration {
        let gap = later.0.saturating_sub(self.0);
        Duration::from_millis(u64::try_from(gap).unwrap_or(0))
    }
}

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
