//! The tables of the file, and how an older file becomes a current one.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use super::fault::Fault;
use crate::store::{StoreError, StoreErrorKind};

/// Marks the file as a Resonate store: "RSNT".
pub(super) const APPLICATION_ID: i64 = 0x5253_4E54;

/// The format that this version reads and writes; kept in `user_version`.
pub(super) const VERSION: i64 = 2;

/// Every object of the current format with the text that makes it, which SQLite keeps verbatim.
const OBJECTS: [(&str, &str); 13] = [
    ("promises", PROMISES),
    (
        "promises_branch",
        "CREATE INDEX promises_branch ON promises (branch, id) WHERE branch IS NOT NULL",
    ),
    (
        "promises_deadline",
        "CREATE INDEX promises_deadline ON promises (timeout_at, id) \
         WHERE armed = 1 AND state = 'pending'",
    ),
    (
        "promises_retry",
        "CREATE INDEX promises_retry ON promises (retry_at, id) WHERE retry_at IS NOT NULL",
    ),
    (
        "promises_lease",
        "CREATE INDEX promises_lease ON promises (lease_expires_at, id) \
         WHERE lease_expires_at IS NOT NULL",
    ),
    ("promises_origin", PROMISES_ORIGIN),
    ("promises_root", PROMISES_ROOT),
    (
        "edges",
        "CREATE TABLE edges (awaited TEXT NOT NULL, awaiter TEXT NOT NULL, \
         ready INTEGER NOT NULL, PRIMARY KEY (awaited, awaiter)) STRICT, WITHOUT ROWID",
    ),
    (
        "edges_awaiter",
        "CREATE INDEX edges_awaiter ON edges (awaiter, awaited)",
    ),
    (
        "listeners",
        "CREATE TABLE listeners (promise TEXT NOT NULL, address TEXT NOT NULL, \
         PRIMARY KEY (promise, address)) STRICT, WITHOUT ROWID",
    ),
    ("schedules", SCHEDULES),
    (
        "schedules_next_run",
        "CREATE INDEX schedules_next_run ON schedules (next_run_at, id)",
    ),
    (
        "clock",
        "CREATE TABLE clock (one INTEGER PRIMARY KEY CHECK (one = 1), now INTEGER NOT NULL) STRICT",
    ),
];

const PROMISES: &str = "CREATE TABLE promises (id TEXT NOT NULL PRIMARY KEY, \
     state TEXT NOT NULL, armed INTEGER NOT NULL, timeout_at INTEGER NOT NULL, \
     created_at INTEGER NOT NULL, settled_at INTEGER, task_state TEXT, task_version INTEGER, \
     retry_at INTEGER, lease_pid TEXT, lease_ttl INTEGER, lease_expires_at INTEGER, branch TEXT, \
     tags TEXT NOT NULL, param_headers TEXT, param_data TEXT, value_headers TEXT, \
     value_data TEXT, origin TEXT) STRICT, WITHOUT ROWID";

const PROMISES_ORIGIN: &str =
    "CREATE INDEX promises_origin ON promises (origin, id) WHERE origin IS NOT NULL";

const PROMISES_ROOT: &str = "CREATE INDEX promises_root ON promises \
     (coalesce(settled_at, timeout_at), id) WHERE origin IS NULL";

/// What format 2 adds to format 1: which promises belong to which root.
const TO_2: [&str; 4] = [
    "ALTER TABLE promises ADD COLUMN origin TEXT",
    "UPDATE promises SET origin = json_extract(tags, '$.\"resonate:origin\"') \
     WHERE json_extract(tags, '$.\"resonate:origin\"') <> id",
    PROMISES_ORIGIN,
    PROMISES_ROOT,
];

const SCHEDULES: &str = "CREATE TABLE schedules (id TEXT NOT NULL PRIMARY KEY, \
     cron TEXT NOT NULL, promise_id TEXT NOT NULL, promise_timeout INTEGER NOT NULL, \
     promise_param_headers TEXT, promise_param_data TEXT, promise_tags TEXT NOT NULL, \
     created_at INTEGER NOT NULL, next_run_at INTEGER NOT NULL, last_run_at INTEGER) \
     STRICT, WITHOUT ROWID";

/// Makes the tables of the current format in an empty file, all of them or none.
pub(super) fn create(connection: &mut Connection) -> Result<(), Fault> {
    upgrade(connection, 0)
}

/// Whether the file is a store of this format, brought up from an older one where need be.
pub(super) fn accept(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let doing = "reading the file's header";
    let application = number(connection, "application_id").map_err(|fault| {
        if fault.is_not_a_database() {
            foreign(path, "is not a SQLite file, or its first page is damaged")
        } else {
            fault.at(path, doing)
        }
    })?;
    if application != APPLICATION_ID {
        return Err(foreign(path, "is a SQLite file of another program"));
    }
    let version = number(connection, "user_version").map_err(|fault| fault.at(path, doing))?;
    match version {
        VERSION => {}
        older if (1..VERSION).contains(&older) => upgrade(connection, older)
            .map_err(|fault| fault.at(path, "bringing the file to the current format"))?,
        newer if newer > VERSION => return Err(too_new(path, newer)),
        _ => return Err(damaged(path, &format!("its format number is {version}"))),
    }
    complete(connection, path)
}

/// One number that a pragma answers.
pub(super) fn number(connection: &Connection, pragma: &str) -> Result<i64, Fault> {
    Ok(connection.pragma_query_value(None, pragma, |row| row.get(0))?)
}

/// Runs every step after format `from` in one transaction.
fn upgrade(connection: &mut Connection, from: i64) -> Result<(), Fault> {
    let step = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if from < 1 {
        for (_, text) in OBJECTS {
            step.execute(text, ())?;
        }
        step.execute("INSERT INTO clock (one, now) VALUES (1, 0)", ())?;
        step.pragma_update(None, "application_id", APPLICATION_ID)?;
    } else if from < 2 {
        for text in TO_2 {
            step.execute(text, ())?;
        }
    }
    step.pragma_update(None, "user_version", VERSION)?;
    Ok(step.commit()?)
}

/// Checks that every object is there as it was made: without an index reads would still answer,
/// but never again in time.
fn complete(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    for (name, text) in OBJECTS {
        let found: Option<String> = connection
            .prepare("SELECT sql FROM sqlite_schema WHERE name = ?1")
            .and_then(|mut query| query.query_row([name], |row| row.get(0)).optional())
            .map_err(|error| Fault::from(error).at(path, "reading the file's tables"))?;
        if found.as_deref() != Some(text) {
            return Err(damaged(path, &format!("`{name}` is missing or altered")));
        }
    }
    Ok(())
}

fn foreign(path: &Path, what: &str) -> StoreError {
    StoreError::new(
        StoreErrorKind::Foreign,
        format!("the file {what}; it is left as it is. Name another file for the store"),
    )
    .at(path)
}

fn too_new(path: &Path, version: i64) -> StoreError {
    StoreError::new(
        StoreErrorKind::Newer,
        format!(
            "the file has format {version}, and this version reads formats up to {VERSION}; \
             use the version that wrote it, or another file"
        ),
    )
    .at(path)
}

fn damaged(path: &Path, what: &str) -> StoreError {
    StoreError::new(
        StoreErrorKind::Corrupt,
        format!("the file is damaged: {what}; restore it from a backup"),
    )
    .at(path)
}
