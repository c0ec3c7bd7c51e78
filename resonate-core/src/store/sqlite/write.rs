//! The writes of a step, as statements.

use rusqlite::{Connection, params};

use super::fault::Fault;
use super::rows::{Key, headers_json, state_name, status_name, tags_json};
use crate::model::{Edge, Promise, Task, TaskState};
use crate::protocol::ScheduleRecord;
use crate::{Millis, Text};

/// A settlement or a changed `armed` of a promise that has no task: the most frequent write.
const UPDATE_PLAIN: &str = "UPDATE promises SET state = ?2, armed = ?3, settled_at = ?4, \
     value_headers = ?5, value_data = ?6 WHERE id = ?1 AND task_state IS NULL";

const UPDATE_WITH_TASK: &str = "UPDATE promises SET state = ?2, armed = ?3, settled_at = ?4, \
     value_headers = ?5, value_data = ?6, task_state = ?7, task_version = ?8, retry_at = ?9, \
     lease_pid = ?10, lease_ttl = ?11, lease_expires_at = ?12 WHERE id = ?1";

const INSERT: &str = "INSERT INTO promises (id, state, armed, settled_at, value_headers, \
     value_data, task_state, task_version, retry_at, lease_pid, lease_ttl, lease_expires_at, \
     timeout_at, created_at, branch, tags, param_headers, param_data, origin) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19) \
     ON CONFLICT (id) DO UPDATE SET state = ?2, armed = ?3, settled_at = ?4, value_headers = ?5, \
     value_data = ?6, task_state = ?7, task_version = ?8, retry_at = ?9, lease_pid = ?10, \
     lease_ttl = ?11, lease_expires_at = ?12";

const UPSERT_EDGE: &str = "INSERT INTO edges (awaited, awaiter, ready) VALUES (?1, ?2, ?3) \
     ON CONFLICT (awaited, awaiter) DO UPDATE SET ready = ?3";

const REPLACE_SCHEDULE: &str = "INSERT OR REPLACE INTO schedules (id, cron, promise_id, \
     promise_timeout, promise_param_headers, promise_param_data, promise_tags, created_at, \
     next_run_at, last_run_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";

/// Inserts the promise, or updates what may change of it. Whether it is there may be known.
pub(super) fn promise(
    connection: &Connection,
    promise: &Promise,
    is_there: Option<bool>,
) -> Result<(), Fault> {
    let columns = Columns::of(promise)?;
    if is_there != Some(false) && columns.update(connection)? {
        return Ok(());
    }
    columns.insert(connection)
}

pub(super) fn remove_promise(connection: &Connection, id: &str) -> Result<(), Fault> {
    run(connection, "DELETE FROM promises WHERE id = ?1", [id])
}

pub(super) fn edge(connection: &Connection, edge: &Edge) -> Result<(), Fault> {
    let (awaited, awaiter) = (edge.awaited.as_str(), edge.awaiter.as_str());
    run(connection, UPSERT_EDGE, (awaited, awaiter, edge.ready))
}

pub(super) fn remove_edge(
    connection: &Connection,
    awaited: &str,
    awaiter: &str,
) -> Result<(), Fault> {
    let statement = "DELETE FROM edges WHERE awaited = ?1 AND awaiter = ?2";
    run(connection, statement, (awaited, awaiter))
}

pub(super) fn listener(
    connection: &Connection,
    promise: &str,
    address: &Text,
) -> Result<(), Fault> {
    let statement = "INSERT OR IGNORE INTO listeners (promise, address) VALUES (?1, ?2)";
    run(connection, statement, (promise, &**address))
}

pub(super) fn remove_listeners(connection: &Connection, promise: &str) -> Result<(), Fault> {
    run(
        connection,
        "DELETE FROM listeners WHERE promise = ?1",
        [promise],
    )
}

/// Inserts the schedule or replaces it whole.
pub(super) fn schedule(connection: &Connection, record: &ScheduleRecord) -> Result<(), Fault> {
    let key = Key {
        table: "schedules",
        id: record.id.as_str(),
    };
    let last_run_at = record
        .last_run_at
        .map(|at| key.number("last_run_at", at.get()))
        .transpose()?;
    run(
        connection,
        REPLACE_SCHEDULE,
        params![
            record.id.as_str(),
            &*record.cron,
            &*record.promise_id,
            key.number("promise_timeout", record.promise_timeout)?,
            headers_json(&record.promise_param, &key, "promise_param_headers")?,
            record.promise_param.data.as_deref(),
            tags_json(&record.promise_tags, &key)?,
            key.number("created_at", record.created_at.get())?,
            key.number("next_run_at", record.next_run_at.get())?,
            last_run_at,
        ],
    )
}

pub(super) fn remove_schedule(connection: &Connection, id: &str) -> Result<(), Fault> {
    run(connection, "DELETE FROM schedules WHERE id = ?1", [id])
}

/// Removes every row but the clock's, which is written with the commit.
pub(super) fn reset(connection: &Connection) -> Result<(), Fault> {
    ["promises", "edges", "listeners", "schedules"]
        .iter()
        .try_for_each(|table| run(connection, &format!("DELETE FROM {table}"), ()))
}

/// Sets the last instant.
pub(super) fn clock(connection: &Connection, now: Millis) -> Result<(), Fault> {
    let key = Key {
        table: "clock",
        id: "1",
    };
    let now = key.number("now", now.get())?;
    run(connection, "UPDATE clock SET now = ?1 WHERE one = 1", [now])
}

/// Runs a statement that answers no rows; it is prepared once per connection.
pub(super) fn run(
    connection: &Connection,
    statement: &str,
    params: impl rusqlite::Params,
) -> Result<(), Fault> {
    connection.prepare_cached(statement)?.execute(params)?;
    Ok(())
}

/// What may change of a promise, as the columns hold it.
struct Columns<'a> {
    promise: &'a Promise,
    key: Key<'a>,
    settled_at: Option<i64>,
    value_headers: Option<String>,
    task: TaskColumns<'a>,
}

/// The columns of a task; all empty without one.
#[derive(Default)]
struct TaskColumns<'a> {
    state: Option<&'static str>,
    version: Option<i64>,
    retry_at: Option<i64>,
    pid: Option<&'a str>,
    ttl: Option<i64>,
    expires_at: Option<i64>,
}

impl<'a> Columns<'a> {
    fn of(promise: &'a Promise) -> Result<Self, Fault> {
        let record = &promise.record;
        let key = Key {
            table: "promises",
            id: record.id.as_str(),
        };
        let settled_at = record
            .settled_at
            .map(|at| key.number("settled_at", at.get()))
            .transpose()?;
        let task = promise.task.as_ref();
        Ok(Self {
            promise,
            key,
            settled_at,
            value_headers: headers_json(&record.value, &key, "value_headers")?,
            task: task.map_or_else(
                || Ok(TaskColumns::default()),
                |task| TaskColumns::of(task, &key),
            )?,
        })
    }

    /// Updates the row; `false` when there is none.
    fn update(&self, connection: &Connection) -> Result<bool, Fault> {
        let (record, task) = (&self.promise.record, &self.task);
        let (state, data) = (state_name(record.state), record.value.data.as_deref());
        let changed = if task.state.is_none() {
            connection.prepare_cached(UPDATE_PLAIN)?.execute(params![
                self.key.id,
                state,
                self.promise.armed,
                self.settled_at,
                self.value_headers,
                data,
            ])?
        } else {
            connection
                .prepare_cached(UPDATE_WITH_TASK)?
                .execute(params![
                    self.key.id,
                    state,
                    self.promise.armed,
                    self.settled_at,
                    self.value_headers,
                    data,
                    task.state,
                    task.version,
                    task.retry_at,
                    task.pid,
                    task.ttl,
                    task.expires_at,
                ])?
        };
        Ok(changed > 0)
    }

    /// Inserts the row, or updates one that [`Columns::update`] passed over.
    fn insert(&self, connection: &Connection) -> Result<(), Fault> {
        let (record, task, key) = (&self.promise.record, &self.task, &self.key);
        run(
            connection,
            INSERT,
            params![
                key.id,
                state_name(record.state),
                self.promise.armed,
                self.settled_at,
                self.value_headers,
                record.value.data.as_deref(),
                task.state,
                task.version,
                task.retry_at,
                task.pid,
                task.ttl,
                task.expires_at,
                key.number("timeout_at", record.timeout_at.get())?,
                key.number("created_at", record.created_at.get())?,
                record.tags.branch(),
                tags_json(&record.tags, key)?,
                headers_json(&record.param, key, "param_headers")?,
                record.param.data.as_deref(),
                self.promise.origin(),
            ],
        )
    }
}

impl<'a> TaskColumns<'a> {
    fn of(task: &'a Task, key: &Key<'_>) -> Result<Self, Fault> {
        let columns = Self {
            state: Some(status_name(task.state.status())),
            version: Some(key.version("task_version", task.version)?),
            ..Self::default()
        };
        Ok(match &task.state {
            TaskState::Pending { retry_at } => Self {
                retry_at: Some(key.number("retry_at", retry_at.get())?),
                ..columns
            },
            TaskState::Acquired(lease) => Self {
                pid: Some(lease.pid.as_str()),
                ttl: Some(key.number("lease_ttl", lease.ttl)?),
                expires_at: Some(key.number("lease_expires_at", lease.expires_at.get())?),
                ..columns
            },
            TaskState::Suspended | TaskState::Halted | TaskState::Fulfilled => columns,
        })
    }
}
