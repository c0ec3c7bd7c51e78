//! What goes wrong in SQLite or in a row, and how a store reports it.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::path::Path;

use rusqlite::ErrorCode;

use crate::store::{StoreError, StoreErrorKind};

/// A failure before it is known which file it concerns.
#[derive(Debug)]
pub(super) enum Fault {
    /// SQLite refused or failed.
    Sqlite(rusqlite::Error),
    /// A row holds what no version of this crate writes.
    Malformed(Malformed),
}

/// One column of one row that cannot be read, or must not be written.
#[derive(Debug)]
pub(super) struct Malformed {
    /// The table.
    pub(super) table: &'static str,
    /// The first column of its key.
    pub(super) id: String,
    /// The column.
    pub(super) column: String,
    /// What is wrong with it, after "column x".
    pub(super) why: String,
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<Malformed> for Fault {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

impl Fault {
    /// Which way a store fails with it.
    pub(super) fn kind(&self) -> StoreErrorKind {
        match self {
            Self::Sqlite(error) => kind_of(error.sqlite_error_code()),
            Self::Malformed(_) => StoreErrorKind::Corrupt,
        }
    }

    /// Whether it may have been a failed sync, after which nothing tells what is on disk.
    pub(super) fn may_be_a_failed_sync(&self) -> bool {
        matches!(self, Self::Sqlite(error)
            if error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure))
    }

    /// Whether SQLite says that the file is not its own.
    pub(super) fn is_not_a_database(&self) -> bool {
        matches!(self, Self::Sqlite(error)
            if error.sqlite_error_code() == Some(ErrorCode::NotADatabase))
    }

    /// The failure of the store at `path` while it was `doing` something.
    pub(super) fn at(self, path: &Path, doing: &str) -> StoreError {
        let kind = self.kind();
        match self {
            Self::Malformed(Malformed {
                table,
                id,
                column,
                why,
            }) => StoreError::new(
                kind,
                format!(
                    "table {table}, id {id:?}: column {column} {why}; restore the file from a \
                     backup"
                ),
            )
            .at(path),
            Self::Sqlite(error) => {
                let message = format!("{doing} failed; {}", remedy(kind));
                StoreError::new(kind, message)
                    .at(path)
                    .caused_by(explained(&error))
            }
        }
    }
}

/// Reading or writing `path` failed outside SQLite.
pub(super) fn outside(path: &Path, doing: &str, error: io::Error) -> StoreError {
    let full = matches!(
        error.kind(),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded
    );
    let kind = if full {
        StoreErrorKind::Full
    } else {
        StoreErrorKind::Io
    };
    StoreError::new(kind, format!("{doing} failed; {}", remedy(kind)))
        .at(path)
        .caused_by(error)
}

/// Which way a store fails when SQLite answers `code`.
fn kind_of(code: Option<ErrorCode>) -> StoreErrorKind {
    match code {
        Some(ErrorCode::DiskFull) => StoreErrorKind::Full,
        Some(
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::FileLockingProtocolFailed,
        ) => StoreErrorKind::Locked,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreErrorKind::Corrupt,
        // The list of codes is SQLite's and grows.
        Some(_) | None => StoreErrorKind::Io,
    }
}

/// What the reader of the message can do.
const fn remedy(kind: StoreErrorKind) -> &'static str {
    match kind {
        StoreErrorKind::Full => "the disk is full, or the file has reached its limit: make room",
        StoreErrorKind::Locked => {
            "another connection kept the file locked for longer than the busy timeout: end it"
        }
        StoreErrorKind::Corrupt => "the file is damaged: restore it from a backup",
        StoreErrorKind::InUse => "stop the other process",
        StoreErrorKind::Newer => "use the newer version",
        StoreErrorKind::Foreign => "name another file",
        StoreErrorKind::Poisoned => "open the store again",
        StoreErrorKind::Io => "check the disk, the folder's permissions and the free space",
    }
}

/// SQLite's own words and its extended code, which tells a failed sync from a failed write.
fn explained(error: &rusqlite::Error) -> Box<dyn Error + Send + Sync> {
    match error.sqlite_error() {
        Some(failure) => format!("{error} (SQLite code {})", failure.extended_code).into(),
        None => error.to_string().into(),
    }
}
