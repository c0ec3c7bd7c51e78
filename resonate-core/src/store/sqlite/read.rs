//! What a step reads, as queries.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Params, Row};

use super::earliest::First;
use super::fault::{Fault, Malformed};
use super::rows::{self, promise_columns, schedule_columns};
use crate::model::{Edge, Promise};
use crate::protocol::{PromiseRecord, ScheduleRecord};
use crate::store::{Descendant, Due};
use crate::{Millis, PromiseId, ScheduleId, Text};

const PROMISE: &str = concat!(
    "SELECT ",
    promise_columns!(),
    " FROM promises WHERE id = ?1"
);
const PROMISES: &str = concat!(
    "SELECT ",
    promise_columns!(),
    " FROM promises ORDER BY id LIMIT ?1"
);
const PROMISES_AFTER: &str = concat!(
    "SELECT ",
    promise_columns!(),
    " FROM promises WHERE id > ?2 ORDER BY id LIMIT ?1"
);
const BRANCH: &str = concat!(
    "SELECT ",
    promise_columns!(),
    " FROM promises WHERE branch = ?1 ORDER BY id LIMIT ?2"
);
const SCHEDULE: &str = concat!(
    "SELECT ",
    schedule_columns!(),
    " FROM schedules WHERE id = ?1"
);
const SCHEDULES: &str = concat!(
    "SELECT ",
    schedule_columns!(),
    " FROM schedules ORDER BY id LIMIT ?1"
);
const SCHEDULES_AFTER: &str = concat!(
    "SELECT ",
    schedule_columns!(),
    " FROM schedules WHERE id > ?2 ORDER BY id LIMIT ?1"
);

const EDGES_TO: &str =
    "SELECT awaited, awaiter, ready FROM edges WHERE awaited = ?1 ORDER BY awaiter";
const EDGES_OF: &str =
    "SELECT awaited, awaiter, ready FROM edges WHERE awaiter = ?1 ORDER BY awaited";
const EDGES: &str = "SELECT awaited, awaiter, ready FROM edges";
const ALL_LISTENERS: &str = "SELECT promise, address FROM listeners";
const LISTENERS: &str = "SELECT address FROM listeners WHERE promise = ?1 ORDER BY address";

// As the index has it, so that the index serves it.
macro_rules! end_of_root {
    () => {
        "coalesce(settled_at, timeout_at)"
    };
}
const ROOTS_AFTER: &str = concat!(
    "SELECT ",
    end_of_root!(),
    ", id FROM promises WHERE origin IS NULL AND ",
    end_of_root!(),
    " >= ?1 AND (",
    end_of_root!(),
    " > ?1 OR id > ?2) ORDER BY ",
    end_of_root!(),
    ", id LIMIT ?3"
);
const DESCENDANTS: &str = "SELECT id, coalesce(settled_at, timeout_at), \
     armed = 1 AND state = 'pending' FROM promises WHERE origin = ?1 ORDER BY id";

// Each condition repeats the one of its index, so that the index serves it. The last instant
// stands for "never" where a task is offered again.
const DUE_DEADLINES: &str = "SELECT id FROM promises WHERE armed = 1 AND state = 'pending' \
     AND timeout_at <= ?1 ORDER BY timeout_at, id LIMIT ?2";
const DUE_OFFERS: &str = "SELECT id FROM promises WHERE retry_at <= ?1 \
     AND retry_at < 9223372036854775807 ORDER BY retry_at, id LIMIT ?2";
const DUE_LEASES: &str = "SELECT id FROM promises WHERE lease_expires_at <= ?1 \
     ORDER BY lease_expires_at, id LIMIT ?2";
const DUE_SCHEDULES: &str =
    "SELECT id FROM schedules WHERE next_run_at <= ?1 ORDER BY next_run_at, id LIMIT ?2";
const NEXT_DUE: &str = "SELECT \
     (SELECT timeout_at FROM promises WHERE armed = 1 AND state = 'pending' \
      ORDER BY timeout_at LIMIT 1) AS timeout_at, \
     (SELECT retry_at FROM promises WHERE retry_at < 9223372036854775807 \
      ORDER BY retry_at LIMIT 1) AS retry_at, \
     (SELECT lease_expires_at FROM promises WHERE lease_expires_at IS NOT NULL \
      ORDER BY lease_expires_at LIMIT 1) AS lease_expires_at, \
     (SELECT next_run_at FROM schedules ORDER BY next_run_at LIMIT 1) AS next_run_at, \
     (SELECT id FROM promises WHERE armed = 1 AND state = 'pending' \
      ORDER BY timeout_at LIMIT 1), \
     (SELECT id FROM promises WHERE retry_at < 9223372036854775807 ORDER BY retry_at LIMIT 1), \
     (SELECT id FROM promises WHERE lease_expires_at IS NOT NULL \
      ORDER BY lease_expires_at LIMIT 1)";

const NEGATIVE_PROMISES: &str = concat!(
    "SELECT ",
    promise_columns!(),
    " FROM promises WHERE timeout_at < 0 OR retry_at < 0 OR lease_expires_at < 0"
);
const NEGATIVE_SCHEDULES: &str = concat!(
    "SELECT ",
    schedule_columns!(),
    " FROM schedules WHERE next_run_at < 0"
);

/// Both ends of every tree that no other query at the opening touches.
const ENDS: [&str; 10] = [
    "SELECT tags FROM promises ORDER BY id LIMIT 1",
    "SELECT tags FROM promises ORDER BY id DESC LIMIT 1",
    "SELECT branch FROM promises WHERE branch IS NOT NULL ORDER BY branch LIMIT 1",
    "SELECT branch FROM promises WHERE branch IS NOT NULL ORDER BY branch DESC LIMIT 1",
    "SELECT origin FROM promises WHERE origin IS NOT NULL ORDER BY origin LIMIT 1",
    "SELECT id FROM promises WHERE origin IS NULL ORDER BY coalesce(settled_at, timeout_at) LIMIT 1",
    "SELECT awaiter FROM edges ORDER BY awaited LIMIT 1",
    "SELECT awaiter FROM edges ORDER BY awaiter LIMIT 1",
    "SELECT address FROM listeners ORDER BY promise LIMIT 1",
    "SELECT cron FROM schedules ORDER BY id LIMIT 1",
];

pub(super) fn promise(connection: &Connection, id: &PromiseId) -> Result<Option<Promise>, Fault> {
    one(connection, PROMISE, [id.as_str()], rows::promise)
}

pub(super) fn edges_to(connection: &Connection, awaited: &str) -> Result<Vec<Edge>, Fault> {
    list(connection, EDGES_TO, [awaited], rows::edge)
}

pub(super) fn edges_of(connection: &Connection, awaiter: &str) -> Result<Vec<Edge>, Fault> {
    list(connection, EDGES_OF, [awaiter], rows::edge)
}

pub(super) fn listeners(connection: &Connection, promise: &str) -> Result<Vec<Text>, Fault> {
    list(connection, LISTENERS, [promise], |row| {
        rows::text(row, "listeners")
    })
}

pub(super) fn branch(
    connection: &Connection,
    branch: &str,
    limit: usize,
) -> Result<Vec<Arc<PromiseRecord>>, Fault> {
    let params = (branch, bounded(limit));
    list(connection, BRANCH, params, rows::record)
}

pub(super) fn schedule(
    connection: &Connection,
    id: &ScheduleId,
) -> Result<Option<Arc<ScheduleRecord>>, Fault> {
    one(connection, SCHEDULE, [id.as_str()], rows::schedule)
}

pub(super) fn promises_after(
    connection: &Connection,
    cursor: Option<&str>,
    limit: usize,
) -> Result<Vec<Promise>, Fault> {
    let limit = bounded(limit);
    match cursor {
        None => list(connection, PROMISES, [limit], rows::promise),
        Some(after) => list(connection, PROMISES_AFTER, (limit, after), rows::promise),
    }
}

pub(super) fn schedules_after(
    connection: &Connection,
    cursor: Option<&str>,
    limit: usize,
) -> Result<Vec<Arc<ScheduleRecord>>, Fault> {
    let limit = bounded(limit);
    match cursor {
        None => list(connection, SCHEDULES, [limit], rows::schedule),
        Some(after) => list(connection, SCHEDULES_AFTER, (limit, after), rows::schedule),
    }
}

pub(super) fn roots_after(
    connection: &Connection,
    cursor: Option<&(Millis, PromiseId)>,
    limit: usize,
) -> Result<Vec<(Millis, PromiseId)>, Fault> {
    // Before every instant there is.
    let (ends_at, id) = cursor.map_or((-1, ""), |(at, id)| (at.get(), id.as_str()));
    let params = (ends_at, id, bounded(limit));
    list(connection, ROOTS_AFTER, params, rows::root)
}

pub(super) fn descendants(connection: &Connection, root: &str) -> Result<Vec<Descendant>, Fault> {
    list(connection, DESCENDANTS, [root], rows::descendant)
}

/// What is due, kind after kind, until `limit` is reached.
pub(super) fn due(connection: &Connection, now: Millis, limit: usize) -> Result<Vec<Due>, Fault> {
    type Kind = (&'static str, &'static str, fn(Text) -> Due);
    const KINDS: [Kind; 4] = [
        ("promises", DUE_DEADLINES, |id| Due::Promise(id.into())),
        ("promises", DUE_OFFERS, |id| Due::Offer(id.into())),
        ("promises", DUE_LEASES, |id| Due::Lease(id.into())),
        ("schedules", DUE_SCHEDULES, |id| Due::Schedule(id.into())),
    ];
    let mut found = Vec::new();
    for (table, query, due) in KINDS {
        let left = limit - found.len();
        if left == 0 {
            break;
        }
        let params = (now.get(), bounded(left));
        found.extend(list(connection, query, params, |row| {
            rows::text(row, table).map(due)
        })?);
    }
    Ok(found)
}

/// The earliest of the four kinds' first instants, each at the start of its index.
pub(super) fn next_due(connection: &Connection) -> Result<First, Fault> {
    firsts(connection).or_else(|fault| {
        // The minimum of an index has no id. The row that is at fault can tell its own.
        each(connection, NEGATIVE_PROMISES, (), |row| {
            rows::promise(row).map(drop)
        })?;
        each(connection, NEGATIVE_SCHEDULES, (), |row| {
            rows::schedule(row).map(drop)
        })?;
        Err(fault)
    })
}

fn firsts(connection: &Connection) -> Result<First, Fault> {
    let firsts = one(connection, NEXT_DUE, (), |row| {
        let mut firsts = Vec::with_capacity(4);
        for at in 0..3 {
            firsts.push(First {
                at: rows::optional_instant(row, "promises", at)?,
                promise: rows::optional_text(row, "promises", at + 4)?.map(PromiseId::from),
            });
        }
        firsts.push(First {
            at: rows::optional_instant(row, "schedules", 3)?,
            promise: None,
        });
        Ok(firsts)
    })?;
    let firsts = firsts.into_iter().flatten();
    let first = firsts
        .filter(|first| first.at.is_some())
        .min_by_key(|first| first.at);
    Ok(first.unwrap_or_default())
}

/// The last instant that was kept.
pub(super) fn clock(connection: &Connection) -> Result<Millis, Fault> {
    let query = "SELECT CAST(one AS TEXT), now FROM clock";
    let now = one(connection, query, (), |row| {
        rows::optional_instant(row, "clock", 1)
    })?;
    now.flatten().ok_or_else(|| {
        Fault::Malformed(Malformed {
            table: "clock",
            id: "1".to_owned(),
            column: "now".to_owned(),
            why: "is missing".to_owned(),
        })
    })
}

/// Reads a little of every tree: cheap at any size, and it meets a file that was cut off.
pub(super) fn probe(connection: &Connection) -> Result<(), Fault> {
    for query in ENDS {
        connection.query_row(query, (), |_| Ok(())).optional()?;
    }
    next_due(connection).map(|_| ())
}

/// Checks every page and reads every row; its time grows with the file.
pub(super) fn verify(connection: &Connection) -> Result<Option<String>, Fault> {
    let found: String = connection.query_row("PRAGMA integrity_check(1)", (), |row| row.get(0))?;
    if found != "ok" {
        return Ok(Some(found));
    }
    each(connection, PROMISES, [-1], |row| {
        rows::promise(row).map(drop)
    })?;
    each(connection, SCHEDULES, [-1], |row| {
        rows::schedule(row).map(drop)
    })?;
    each(connection, EDGES, (), |row| rows::edge(row).map(drop))?;
    each(connection, ALL_LISTENERS, (), |row| {
        rows::text(row, "listeners").map(drop)
    })?;
    clock(connection).map(|_| None)
}

fn one<T>(
    connection: &Connection,
    query: &str,
    params: impl Params,
    read: impl Fn(&Row<'_>) -> Result<T, Fault>,
) -> Result<Option<T>, Fault> {
    let mut statement = connection.prepare_cached(query)?;
    let mut rows = statement.query(params)?;
    rows.next()?.map(read).transpose()
}

fn list<T>(
    connection: &Connection,
    query: &str,
    params: impl Params,
    read: impl Fn(&Row<'_>) -> Result<T, Fault>,
) -> Result<Vec<T>, Fault> {
    let mut found = Vec::new();
    each(connection, query, params, |row| {
        found.push(read(row)?);
        Ok(())
    })?;
    Ok(found)
}

fn each(
    connection: &Connection,
    query: &str,
    params: impl Params,
    mut read: impl FnMut(&Row<'_>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut statement = connection.prepare_cached(query)?;
    let mut rows = statement.query(params)?;
    while let Some(row) = rows.next()? {
        read(row)?;
    }
    Ok(())
}

/// A limit as SQLite takes it, where a negative one means none.
fn bounded(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::schema;

    #[test]
    fn every_query_finds_its_rows_in_an_index_in_their_order() {
        let mut connection = Connection::open_in_memory().unwrap();
        schema::create(&mut connection).unwrap();
        for query in [
            PROMISE,
            PROMISES_AFTER,
            BRANCH,
            SCHEDULE,
            SCHEDULES_AFTER,
            EDGES_TO,
            EDGES_OF,
            LISTENERS,
            ROOTS_AFTER,
            DESCENDANTS,
            DUE_DEADLINES,
            DUE_OFFERS,
            DUE_LEASES,
            DUE_SCHEDULES,
        ] {
            let mut plan = connection
                .prepare(&format!("EXPLAIN QUERY PLAN {query}"))
                .unwrap();
            let any = vec![1; plan.parameter_count()];
            let mut rows = plan.query(rusqlite::params_from_iter(any)).unwrap();
            while let Some(row) = rows.next().unwrap() {
                let step: String = row.get(3).unwrap();
                assert!(step.starts_with("SEARCH"), "{query}: {step}");
            }
        }
    }

    #[test]
    fn the_earliest_instant_stands_first_in_each_index() {
        let mut connection = Connection::open_in_memory().unwrap();
        schema::create(&mut connection).unwrap();
        let mut plan = connection
            .prepare(&format!("EXPLAIN QUERY PLAN {NEXT_DUE}"))
            .unwrap();
        let mut rows = plan.query(()).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let step: String = row.get(3).unwrap();
            assert!(!step.contains("TEMP B-TREE"), "{step}");
            let whole_table = step.starts_with("SCAN") && !step.contains("INDEX");
            assert!(!whole_table || step == "SCAN CONSTANT ROW", "{step}");
        }
    }
}
