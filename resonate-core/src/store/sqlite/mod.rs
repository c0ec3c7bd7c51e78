//! One SQLite file per store.
//!
//! # The file
//!
//! Format 2: `application_id` is "RSNT", `user_version` is the format. All tables are `STRICT`,
//! all but `clock` are `WITHOUT ROWID`; texts compare as bytes, instants are Unix milliseconds.
//!
//! | table | key | other columns |
//! |---|---|---|
//! | `promises` | `id` | `state`, `armed`, `timeout_at`, `created_at`, `settled_at`, `task_state`, `task_version`, `retry_at`, `lease_pid`, `lease_ttl`, `lease_expires_at`, `branch`, `tags`, `param_headers`, `param_data`, `value_headers`, `value_data`, `origin` |
//! | `edges` | `awaited`, `awaiter` | `ready` |
//! | `listeners` | `promise`, `address` | |
//! | `schedules` | `id` | `cron`, `promise_id`, `promise_timeout`, `promise_param_headers`, `promise_param_data`, `promise_tags`, `created_at`, `next_run_at`, `last_run_at` |
//! | `clock` | `one` = 1 | `now` |
//!
//! - States are written as on the wire. `settled_at` is null exactly while a promise is pending,
//!   the task columns are null without a task, `retry_at` is there only while it is pending and
//!   the `lease_` columns only while it is acquired.
//! - Tags and headers are JSON objects of texts. Null headers are absent headers; `{}` is empty.
//! - `branch` repeats the tag `resonate:branch` for its index, and `origin` the tag
//!   `resonate:origin` where that is another promise. Format 1 had no `origin`; such a file gets it
//!   when it is opened.
//!
//! | index | of | for |
//! |---|---|---|
//! | `promises_branch` | `branch`, `id` where there is one | the promises of a branch |
//! | `promises_deadline` | `timeout_at`, `id` of pending, armed promises | what is due |
//! | `promises_retry` | `retry_at`, `id` where there is one | what is due |
//! | `promises_lease` | `lease_expires_at`, `id` where there is one | what is due |
//! | `schedules_next_run` | `next_run_at`, `id` | what is due |
//! | `promises_origin` | `origin`, `id` where there is one | what is forgotten with a root |
//! | `promises_root` | `settled_at` or else `timeout_at`, `id` where there is no `origin` | what is to be forgotten |
//! | `edges_awaiter` | `awaiter`, `awaited` | the edges of a task |
//!
//! Beside `orders.db` are `orders.db-wal` and `orders.db-shm`, which belong to it and must be
//! copied with it, and `orders.db.lock`, which says who has it open.

mod earliest;
mod fault;
mod lock;
mod open;
mod options;
mod read;
mod recent;
mod rows;
mod schema;
mod view;
mod write;

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use self::earliest::Earliest;
use self::fault::Fault;
use self::lock::Lock;
use self::recent::Recent;
use super::{Store, StoreError, StoreErrorKind, Write};
use crate::Millis;

pub use options::{SqliteOptions, Synchronous};

/// A store in one SQLite file, for one process at a time.
///
/// ```
/// use resonate_core::Millis;
/// use resonate_core::store::{SqliteOptions, SqliteStore, Store, View, Write};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = std::env::temp_dir().join(format!("resonate-doc-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let path = folder.join("orders.db");
/// let mut store = SqliteStore::open(SqliteOptions::new(&path))?;
/// store.apply(vec![Write::Clock(Millis::new(7))])?;
/// store.commit()?;
/// drop(store);
///
/// let store = SqliteStore::open(SqliteOptions::new(&path))?;
/// assert_eq!(store.clock()?, Millis::new(7));
/// # drop(store);
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct SqliteStore {
    // Dropped from top to bottom: the lock goes last.
    connection: Connection,
    path: PathBuf,
    synchronous: Synchronous,
    transaction: Transaction,
    clock: Clock,
    earliest: Earliest,
    recent: Recent,
    _lock: Lock,
}

/// Where the open transaction stands.
#[derive(Debug)]
enum Transaction {
    /// There is none.
    None,
    /// Writes were applied that no commit has kept yet.
    Open,
    /// A write failed; only a rollback helps.
    Failed(String),
    /// It is unknown what is on disk, and nothing helps but opening the file again.
    Poisoned(String),
}

/// The last instant: it changes with every step, and is written once per commit.
#[derive(Debug)]
struct Clock {
    now: Millis,
    kept: Millis,
}

impl SqliteStore {
    /// Opens the file, or makes it; what an earlier process committed is there.
    ///
    /// # Errors
    /// - [`StoreErrorKind::InUse`]: another store, in this process or another, has it open.
    /// - [`StoreErrorKind::Newer`], [`StoreErrorKind::Foreign`], [`StoreErrorKind::Corrupt`]: the
    ///   file is not one that this version can keep; it is left as it is.
    /// - [`StoreErrorKind::Io`]: it cannot be reached, for one because its folder does not exist.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "options are made for one opening"
    )]
    pub fn open(options: SqliteOptions) -> Result<Self, StoreError> {
        let opened = open::open(&options)?;
        Ok(Self {
            connection: opened.connection,
            path: opened.path,
            synchronous: options.synchronous,
            transaction: Transaction::None,
            clock: Clock {
                now: opened.clock,
                kept: opened.clock,
            },
            earliest: Earliest::default(),
            recent: Recent::default(),
            _lock: opened.lock,
        })
    }

    /// The file, its links followed.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Checks every page of the file and reads every row; the time grows with the file.
    ///
    /// Opening checks only what is cheap. This is for an operator who mistrusts a disk.
    ///
    /// # Errors
    /// [`StoreErrorKind::Corrupt`], with the first thing that is wrong, or a failure to read.
    pub fn verify(&self) -> Result<(), StoreError> {
        match self.read("checking the file", read::verify)? {
            None => Ok(()),
            Some(found) => Err(StoreError::new(
                StoreErrorKind::Corrupt,
                format!("the file is damaged: {found}; restore it from a backup"),
            )
            .at(&self.path)),
        }
    }

    /// Reads while nothing is known against it.
    fn read<T>(
        &self,
        doing: &str,
        read: impl FnOnce(&Connection) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        if let Transaction::Poisoned(first) = &self.transaction {
            return Err(self.poisoned(first));
        }
        read(&self.connection).map_err(|fault| fault.at(&self.path, doing))
    }

    fn write(&mut self, writes: Vec<Write>) -> Result<(), Fault> {
        if matches!(self.transaction, Transaction::None) {
            write::run(&self.connection, "BEGIN IMMEDIATE", ())?;
            self.transaction = Transaction::Open;
        }
        writes
            .into_iter()
            .try_for_each(|write| self.write_one(write))
    }

    fn write_one(&mut self, write: Write) -> Result<(), Fault> {
        let connection = &self.connection;
        match &write {
            Write::Promise(promise) => {
                let is_there = self.recent.is_there(promise.id());
                write::promise(connection, promise, is_there)?;
            }
            Write::RemovePromise(id) => write::remove_promise(connection, id.as_str())?,
            Write::Edge(edge) => write::edge(connection, edge)?,
            Write::RemoveEdge { awaited, awaiter } => {
                write::remove_edge(connection, awaited.as_str(), awaiter.as_str())?;
            }
            Write::Listener { promise, address } => {
                write::listener(connection, promise.as_str(), address)?;
            }
            Write::RemoveListeners(promise) => {
                write::remove_listeners(connection, promise.as_str())?;
            }
            Write::Schedule(record) => write::schedule(connection, record)?,
            Write::RemoveSchedule(id) => write::remove_schedule(connection, id.as_str())?,
            Write::Clock(now) => self.clock.now = *now,
            Write::Reset => {
                self.clock.now = Millis::ZERO;
                write::reset(connection)?;
            }
        }
        self.earliest.follow(&write);
        self.recent.follow(write);
        Ok(())
    }

    /// Gives up a transaction in which a write failed.
    fn write_failed(&mut self, fault: Fault, doing: &str) -> StoreError {
        let unknown = fault.may_be_a_failed_sync();
        let error = fault.at(&self.path, doing);
        if unknown {
            self.poison(&error);
        } else {
            self.transaction = Transaction::Failed(error.to_string());
        }
        error
    }

    fn keep_clock(&self) -> Result<(), Fault> {
        if self.clock.now == self.clock.kept {
            return Ok(());
        }
        write::clock(&self.connection, self.clock.now)
    }

    /// Ends SQLite's transaction where there is one, and forgets the writes.
    fn undo(&mut self) {
        self.clock.now = self.clock.kept;
        self.earliest.forget();
        self.recent.forget();
        // Some failures have made SQLite roll back already.
        if !self.connection.is_autocommit()
            && let Err(error) = write::run(&self.connection, "ROLLBACK", ())
        {
            let error = error.at(&self.path, "rolling back");
            self.poison(&error);
        }
    }

    /// Refuses every later call: `error` leaves it unknown what is on disk.
    fn poison(&mut self, error: &StoreError) {
        if matches!(self.transaction, Transaction::Poisoned(_)) {
            return;
        }
        self.transaction = Transaction::Poisoned(error.to_string());
        // Both are best effort: whatever they do, nothing is acknowledged from here on.
        self.undo();
        let _ = open::keep_log_on_close(&self.connection, true);
    }

    fn poisoned(&self, first: &str) -> StoreError {
        StoreError::new(
            StoreErrorKind::Poisoned,
            format!(
                "an earlier write failed and it is unknown what is on disk; open the store \
                 again. That failure was: {first}"
            ),
        )
        .at(&self.path)
    }

    fn given_up(&self, first: &str) -> StoreError {
        StoreError::new(
            StoreErrorKind::Io,
            format!("a write of this transaction failed; roll it back. That failure was: {first}"),
        )
        .at(&self.path)
    }
}

impl Store for SqliteStore {
    fn apply(&mut self, writes: Vec<Write>) -> Result<(), StoreError> {
        match &self.transaction {
            Transaction::None | Transaction::Open => {}
            Transaction::Failed(first) => return Err(self.given_up(first)),
            Transaction::Poisoned(first) => return Err(self.poisoned(first)),
        }
        if writes.is_empty() {
            return Ok(());
        }
        self.write(writes)
            .map_err(|fault| self.write_failed(fault, "writing"))
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        match &self.transaction {
            Transaction::None => return Ok(()),
            Transaction::Open => {}
            Transaction::Poisoned(first) => return Err(self.poisoned(first)),
            Transaction::Failed(first) => {
                let error = self.given_up(first);
                self.rollback();
                return Err(error);
            }
        }
        if let Err(fault) = self.keep_clock() {
            let error = self.write_failed(fault, "committing");
            self.rollback();
            return Err(error);
        }
        match write::run(&self.connection, "COMMIT", ()) {
            Ok(()) => {
                self.transaction = Transaction::None;
                self.clock.kept = self.clock.now;
                Ok(())
            }
            Err(fault) => {
                let locked = fault.kind() == StoreErrorKind::Locked;
                let error = fault.at(&self.path, "committing");
                if locked {
                    self.rollback();
                } else {
                    self.poison(&error);
                }
                Err(error)
            }
        }
    }

    fn rollback(&mut self) {
        if matches!(self.transaction, Transaction::Poisoned(_)) {
            return;
        }
        self.transaction = Transaction::None;
        self.undo();
    }

    fn blocks(&self) -> bool {
        true
    }

    fn describe(&self) -> String {
        format!(
            "SQLite {} at {} (WAL, {})",
            rusqlite::version(),
            self.path.display(),
            self.synchronous.promise()
        )
    }
}

impl Drop for SqliteStore {
    /// Gives up what was not committed and empties the log, so that the file stands alone.
    fn drop(&mut self) {
        self.rollback();
        if matches!(self.transaction, Transaction::None) {
            // Best effort, without waiting for other readers: the log is as durable as the file.
            let _ = self.connection.busy_timeout(std::time::Duration::ZERO);
            let _ = open::checkpoint(&self.connection);
        }
    }
}
