//! What SQLite can do on this machine at this moment, without us: the yardstick for the rest.

use std::path::Path;
use std::time::Instant;

use resonate::prelude::*;
use rusqlite::Connection;

use crate::measure::{Figures, figures, number};
use crate::world::Folder;

/// Rows of a commit that many share.
const SHARED: u64 = 100;

/// Commits per second, one row each, and rows per second in shared commits.
pub fn run(n: u64) -> Result<Figures> {
    let folder = Folder::new()?;
    let measured = |level, commits, rows| measure(folder.path(), level, commits, rows);
    Ok(figures([
        ("commits", number(n)),
        ("full_commits_per_s", measured("FULL", n, 1)?),
        ("full_rows_per_s", measured("FULL", n.div_ceil(10), SHARED)?),
        ("normal_commits_per_s", measured("NORMAL", n, 1)?),
    ]))
}

/// Rows per second, so many to a commit.
fn measure(folder: &Path, level: &str, commits: u64, rows: u64) -> Result<f64> {
    let file = folder.join(format!("{level}-{rows}.db"));
    let connection = Connection::open(file).map_err(Error::new)?;
    write(&connection, level, commits, rows).map_err(Error::new)
}

fn write(connection: &Connection, level: &str, commits: u64, rows: u64) -> rusqlite::Result<f64> {
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", level)?;
    let table = "CREATE TABLE kept (id TEXT NOT NULL PRIMARY KEY, what TEXT) WITHOUT ROWID";
    connection.execute(table, ())?;
    let what = "x".repeat(200);
    let started = Instant::now();
    for commit in 0..commits {
        connection.prepare_cached("BEGIN IMMEDIATE")?.execute(())?;
        for row in 0..rows {
            connection
                .prepare_cached("INSERT INTO kept VALUES (?1, ?2)")?
                .execute((format!("{commit}:{row}"), &what))?;
        }
        connection.prepare_cached("COMMIT")?.execute(())?;
    }
    Ok(number(commits * rows) / started.elapsed().as_secs_f64())
}
