//! Rows to objects and back, by hand: the file format is not a derive.

use std::collections::BTreeMap;
use std::sync::Arc;

use rusqlite::Row;
use rusqlite::types::ValueRef;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::fault::{Fault, Malformed};
use crate::model::{Edge, Lease, Promise, Task, TaskState};
use crate::protocol::{PromiseRecord, PromiseState, ScheduleRecord, TaskStatus};
use crate::store::Descendant;
use crate::{Millis, PromiseId, ScheduleId, Tags, TaskVersion, Text, Value};

/// The columns that [`promise`] and [`record`] read, in their order.
macro_rules! promise_columns {
    () => {
        "id, state, armed, timeout_at, created_at, settled_at, task_state, task_version, \
         retry_at, lease_pid, lease_ttl, lease_expires_at, tags, param_headers, param_data, \
         value_headers, value_data"
    };
}
pub(super) use promise_columns;

/// The columns that [`schedule`] reads, in their order.
macro_rules! schedule_columns {
    () => {
        "id, cron, promise_id, promise_timeout, promise_param_headers, promise_param_data, \
         promise_tags, created_at, next_run_at, last_run_at"
    };
}
pub(super) use schedule_columns;

pub(super) fn promise(row: &Row<'_>) -> Result<Promise, Fault> {
    let fields = Fields::of(row, "promises");
    Ok(Promise {
        record: record(row)?,
        armed: fields.flag(2)?,
        task: task(&fields)?,
    })
}

pub(super) fn record(row: &Row<'_>) -> Result<Arc<PromiseRecord>, Fault> {
    let fields = Fields::of(row, "promises");
    let state = state_of(&fields, 1)?;
    let settled_at = fields.optional_number(5)?.map(Millis::new);
    if settled_at.is_none() != state.is_pending() {
        return Err(fields.malformed(5, "is there exactly when the state is not pending"));
    }
    Ok(Arc::new(PromiseRecord {
        id: PromiseId::from(fields.text(0)?),
        state,
        param: value(&fields, 13)?,
        value: value(&fields, 15)?,
        tags: fields.json(12)?,
        timeout_at: fields.instant(3)?,
        created_at: fields.instant(4)?,
        settled_at,
    }))
}

pub(super) fn schedule(row: &Row<'_>) -> Result<Arc<ScheduleRecord>, Fault> {
    let fields = Fields::of(row, "schedules");
    Ok(Arc::new(ScheduleRecord {
        id: ScheduleId::from(fields.text(0)?),
        cron: fields.text(1)?.into(),
        promise_id: fields.text(2)?.into(),
        promise_timeout: fields.number(3)?,
        promise_param: value(&fields, 4)?,
        promise_tags: fields.json(6)?,
        created_at: fields.instant(7)?,
        next_run_at: fields.instant(8)?,
        last_run_at: fields.optional_number(9)?.map(Millis::new),
    }))
}

/// An edge from `awaited, awaiter, ready`.
pub(super) fn edge(row: &Row<'_>) -> Result<Edge, Fault> {
    let fields = Fields::of(row, "edges");
    Ok(Edge {
        awaited: PromiseId::from(fields.text(0)?),
        awaiter: PromiseId::from(fields.text(1)?),
        ready: fields.flag(2)?,
    })
}

/// A root from `ends_at, id`.
pub(super) fn root(row: &Row<'_>) -> Result<(Millis, PromiseId), Fault> {
    let fields = Fields::of(row, "promises");
    Ok((fields.instant(0)?, PromiseId::from(fields.text(1)?)))
}

/// A promise of an execution from `id, ends_at, is_due`.
pub(super) fn descendant(row: &Row<'_>) -> Result<Descendant, Fault> {
    let fields = Fields::of(row, "promises");
    Ok(Descendant {
        id: PromiseId::from(fields.text(0)?),
        ends_at: fields.instant(1)?,
        is_due: fields.flag(2)?,
    })
}

/// The only column, which is text.
pub(super) fn text(row: &Row<'_>, table: &'static str) -> Result<Text, Fault> {
    Ok(Fields::of(row, table).text(0)?.into())
}

/// Column `at`, which is text or absent.
pub(super) fn optional_text(
    row: &Row<'_>,
    table: &'static str,
    at: usize,
) -> Result<Option<Text>, Fault> {
    let text = Fields::of(row, table).optional_text(at)?;
    Ok(text.map(Text::from))
}

/// Column `at`, which is an instant or absent.
pub(super) fn optional_instant(
    row: &Row<'_>,
    table: &'static str,
    at: usize,
) -> Result<Option<Millis>, Fault> {
    let number = Fields::of(row, table).optional_number(at)?;
    Ok(number.map(Millis::new))
}

/// A task whose columns hold what belongs to its state and nothing else.
fn task(fields: &Fields<'_, '_>) -> Result<Option<Task>, Fault> {
    let Some(name) = fields.optional_text(6)? else {
        return Ok(None);
    };
    let state = match name {
        "pending" => TaskState::Pending {
            retry_at: fields.instant(8)?,
        },
        "acquired" => TaskState::Acquired(lease(fields)?),
        "suspended" => TaskState::Suspended,
        "halted" => TaskState::Halted,
        "fulfilled" => TaskState::Fulfilled,
        other => {
            return Err(fields.malformed(6, format!("holds {other:?}, which is no task's state")));
        }
    };
    // A left-over time would keep the task due for ever.
    for (at, belongs_to) in [(8, "pending"), (11, "acquired")] {
        if name != belongs_to && fields.optional_number(at)?.is_some() {
            return Err(fields.malformed(at, format!("does not belong to a task that is {name}")));
        }
    }
    let version = fields.number(7)?.unsigned_abs();
    Ok(Some(Task {
        state,
        version: TaskVersion::new(version),
    }))
}

fn lease(fields: &Fields<'_, '_>) -> Result<Lease, Fault> {
    let ttl = fields.number(10)?;
    if ttl == 0 {
        return Err(fields.malformed(10, "is zero, and a lease has a length"));
    }
    Ok(Lease {
        pid: fields.text(9)?.into(),
        ttl,
        expires_at: fields.instant(11)?,
    })
}

/// A value from two columns: headers as JSON, then data.
fn value(fields: &Fields<'_, '_>, at: usize) -> Result<Value, Fault> {
    let headers = fields.optional_json::<BTreeMap<String, String>>(at)?;
    let data = fields.optional_text(at + 1)?;
    Ok(Value {
        headers,
        data: data.map(Text::from),
    })
}

/// How the file writes a promise's state.
pub(super) const fn state_name(state: PromiseState) -> &'static str {
    match state {
        PromiseState::Pending => "pending",
        PromiseState::Resolved => "resolved",
        PromiseState::Rejected => "rejected",
        PromiseState::RejectedCanceled => "rejected_canceled",
        PromiseState::RejectedTimedout => "rejected_timedout",
    }
}

/// How the file writes a task's state.
pub(super) const fn status_name(status: TaskStatus) -> &'static str {
    match status {
        TaskStatus::Pending => "pending",
        TaskStatus::Acquired => "acquired",
        TaskStatus::Suspended => "suspended",
        TaskStatus::Halted => "halted",
        TaskStatus::Fulfilled => "fulfilled",
    }
}

fn state_of(fields: &Fields<'_, '_>, at: usize) -> Result<PromiseState, Fault> {
    match fields.text(at)? {
        "pending" => Ok(PromiseState::Pending),
        "resolved" => Ok(PromiseState::Resolved),
        "rejected" => Ok(PromiseState::Rejected),
        "rejected_canceled" => Ok(PromiseState::RejectedCanceled),
        "rejected_timedout" => Ok(PromiseState::RejectedTimedout),
        other => Err(fields.malformed(at, format!("holds {other:?}, which is no promise's state"))),
    }
}

/// Labels as the file keeps them.
pub(super) fn tags_json(tags: &Tags, key: &Key<'_>) -> Result<String, Fault> {
    json(tags, key, "tags")
}

/// Headers as the file keeps them: absent stays absent, empty stays empty.
pub(super) fn headers_json(
    value: &Value,
    key: &Key<'_>,
    column: &str,
) -> Result<Option<String>, Fault> {
    value
        .headers
        .as_ref()
        .map(|headers| json(headers, key, column))
        .transpose()
}

fn json<T: Serialize>(it: &T, key: &Key<'_>, column: &str) -> Result<String, Fault> {
    serde_json::to_string(it).map_err(|error| key.malformed(column, error.to_string()))
}

/// Which row is being written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key<'a> {
    /// The table.
    pub(super) table: &'static str,
    /// The first column of the key.
    pub(super) id: &'a str,
}

impl Key<'_> {
    /// An instant or a span for `column`; what could not be read back is not written.
    pub(super) fn number(&self, column: &str, number: i64) -> Result<i64, Fault> {
        if number < 0 {
            return Err(self.malformed(column, format!("cannot hold {number}")));
        }
        Ok(number)
    }

    /// A claim's number for `column`.
    pub(super) fn version(&self, column: &str, version: TaskVersion) -> Result<i64, Fault> {
        i64::try_from(version.get())
            .map_err(|_| self.malformed(column, format!("cannot hold {version}")))
    }

    fn malformed(&self, column: &str, why: String) -> Fault {
        Fault::Malformed(Malformed {
            table: self.table,
            id: self.id.to_owned(),
            column: column.to_owned(),
            why,
        })
    }
}

/// One row with the name of its table, so that a column that cannot be read can be named.
struct Fields<'r, 's> {
    row: &'r Row<'s>,
    table: &'static str,
}

impl<'r, 's> Fields<'r, 's> {
    const fn of(row: &'r Row<'s>, table: &'static str) -> Self {
        Self { row, table }
    }

    fn text(&self, at: usize) -> Result<&'r str, Fault> {
        self.optional_text(at)?
            .ok_or_else(|| self.malformed(at, "is empty"))
    }

    fn optional_text(&self, at: usize) -> Result<Option<&'r str>, Fault> {
        match self.row.get_ref(at)? {
            ValueRef::Null => Ok(None),
            ValueRef::Text(bytes) => std::str::from_utf8(bytes)
                .map(Some)
                .map_err(|_| self.malformed(at, "is not UTF-8")),
            other @ (ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Blob(_)) => {
                Err(self.mistyped(at, other, "text"))
            }
        }
    }

    fn number(&self, at: usize) -> Result<i64, Fault> {
        self.optional_number(at)?
            .ok_or_else(|| self.malformed(at, "is empty"))
    }

    fn optional_number(&self, at: usize) -> Result<Option<i64>, Fault> {
        match self.row.get_ref(at)? {
            ValueRef::Null => Ok(None),
            ValueRef::Integer(number) if number >= 0 => Ok(Some(number)),
            ValueRef::Integer(number) => {
                Err(self.malformed(at, format!("holds {number}, which is negative")))
            }
            other @ (ValueRef::Text(_) | ValueRef::Real(_) | ValueRef::Blob(_)) => {
                Err(self.mistyped(at, other, "a whole number"))
            }
        }
    }

    fn instant(&self, at: usize) -> Result<Millis, Fault> {
        self.number(at).map(Millis::new)
    }

    fn flag(&self, at: usize) -> Result<bool, Fault> {
        match self.number(at)? {
            0 => Ok(false),
            1 => Ok(true),
            number => {
                Err(self.malformed(at, format!("holds {number}, and only 0 and 1 are known")))
            }
        }
    }

    fn json<T: DeserializeOwned>(&self, at: usize) -> Result<T, Fault> {
        self.parsed(at, self.text(at)?)
    }

    fn optional_json<T: DeserializeOwned>(&self, at: usize) -> Result<Option<T>, Fault> {
        self.optional_text(at)?
            .map(|text| self.parsed(at, text))
            .transpose()
    }

    fn parsed<T: DeserializeOwned>(&self, at: usize, text: &str) -> Result<T, Fault> {
        serde_json::from_str(text)
            .map_err(|error| self.malformed(at, format!("is not a JSON object of texts ({error})")))
    }

    fn mistyped(&self, at: usize, found: ValueRef<'_>, wanted: &str) -> Fault {
        self.malformed(at, format!("holds {}, not {wanted}", found.data_type()))
    }

    /// The fault of column `at`; the row's key is read as far as it can be.
    fn malformed(&self, at: usize, why: impl Into<String>) -> Fault {
        let id = match self.row.get_ref(0) {
            Ok(ValueRef::Text(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
            Ok(_) | Err(_) => "?".to_owned(),
        };
        let column = self.row.as_ref().column_name(at).unwrap_or("?").to_owned();
        Fault::Malformed(Malformed {
            table: self.table,
            id,
            column,
            why: why.into(),
        })
    }
}
