//! Where the file is, and what an acknowledgement means.

use std::path::{Path, PathBuf};
use std::time::Duration;

/// What an acknowledged commit survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Synchronous {
    /// A power loss: every commit waits until the disk has it.
    #[default]
    Full,
    /// The death of the process, but not a power loss: that may take the latest commits, each of
    /// them whole. Many times faster.
    Normal,
}

impl Synchronous {
    /// The number that `PRAGMA synchronous` reads and writes.
    pub(super) const fn pragma(self) -> i64 {
        match self {
            Self::Full => 2,
            Self::Normal => 1,
        }
    }

    /// Its name and its promise, for the start-up log.
    pub(super) const fn promise(self) -> &'static str {
        match self {
            Self::Full => "synchronous=FULL: an acknowledgement survives power loss",
            Self::Normal => {
                "synchronous=NORMAL: an acknowledgement survives the death of the process, \
                 not a power loss"
            }
        }
    }
}

/// How to open a [`SqliteStore`](super::SqliteStore).
///
/// ```
/// use std::time::Duration;
/// use resonate_core::store::{SqliteOptions, Synchronous};
///
/// let options = SqliteOptions::new("orders.db")
///     .synchronous(Synchronous::Normal)
///     .busy_timeout(Duration::from_secs(1));
/// assert_eq!(options.path().to_str(), Some("orders.db"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "options do nothing until a store is opened with them"]
pub struct SqliteOptions {
    path: PathBuf,
    pub(super) synchronous: Synchronous,
    busy_timeout: Duration,
    pub(super) bytes_max: Option<u64>,
}

impl SqliteOptions {
    /// The file `path`, made at the first opening; its folder must exist.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            synchronous: Synchronous::default(),
            busy_timeout: Duration::from_secs(5),
            bytes_max: None,
        }
    }

    /// What an acknowledged commit survives; [`Synchronous::Full`] unless set.
    pub const fn synchronous(mut self, synchronous: Synchronous) -> Self {
        self.synchronous = synchronous;
        self
    }

    /// How long to wait for another connection's lock, such as a backup's; 5 s unless set.
    ///
    /// Counted in whole milliseconds, at least one.
    pub const fn busy_timeout(mut self, timeout: Duration) -> Self {
        self.busy_timeout = timeout;
        self
    }

    /// How large the file may grow, in bytes; without it only the disk is the limit.
    ///
    /// A write beyond it fails with [`StoreErrorKind::Full`](super::StoreErrorKind::Full). A file
    /// that is larger already is not made smaller.
    pub const fn bytes_max(mut self, bytes: u64) -> Self {
        self.bytes_max = Some(bytes);
        self
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The wait for a lock, as SQLite takes it: positive, in range.
    pub(super) fn busy_millis(&self) -> Duration {
        let longest = Duration::from_millis(u64::from(i32::MAX.unsigned_abs()));
        self.busy_timeout.clamp(Duration::from_millis(1), longest)
    }
}
