//! Which files a store refuses to open, and in what words.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use resonate_core::store::{SqliteOptions, SqliteStore, StoreError, StoreErrorKind};
use rusqlite::Connection;
use support::model::Contents;
use support::workload::Workload;
use tempfile::TempDir;

const STEPS: Workload = Workload { payload_bytes: 100 };

/// A folder with a store of three steps in it, closed.
fn three_steps() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.db");
    let mut store = open(&path).unwrap();
    for number in 1..=3 {
        STEPS.run(&mut store, number).unwrap();
    }
    drop(store);
    (folder, path)
}

fn open(path: &Path) -> Result<SqliteStore, StoreError> {
    SqliteStore::open(SqliteOptions::new(path).busy_timeout(Duration::from_millis(1)))
}

/// Changes the closed file behind the store's back.
fn tamper(path: &Path, statements: &str) {
    let connection = Connection::open(path).unwrap();
    connection.execute_batch(statements).unwrap();
    connection.close().unwrap();
}

/// Checks that opening fails in one way, with words that say what and what to do.
#[track_caller]
fn refused(path: &Path, kind: StoreErrorKind, words: &[&str]) {
    says(&open(path).unwrap_err(), kind, words);
}

#[track_caller]
fn says(error: &StoreError, kind: StoreErrorKind, words: &[&str]) {
    let text = error.to_string();
    assert_eq!(error.kind(), kind, "{text}");
    for word in words {
        assert!(text.contains(word), "{word:?} is missing in: {text}");
    }
}

#[test]
fn a_file_in_a_missing_folder_is_refused_and_nothing_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("missing").join("orders.db");
    let words = [
        "orders.db",
        "the folder",
        "does not exist",
        "create it first",
    ];
    refused(&path, StoreErrorKind::Io, &words);
    assert!(!folder.path().join("missing").exists());
}

#[test]
fn a_folder_is_no_file() {
    let folder = tempfile::tempdir().unwrap();
    refused(
        folder.path(),
        StoreErrorKind::Io,
        &["is a folder", "name a file in it"],
    );
}

#[test]
fn files_that_are_not_a_store_are_refused_and_left_as_they_are() {
    let foreign: [(&str, &[u8]); 3] = [
        ("notes.txt", b"Buy milk."),
        ("zeros.bin", &[0; 8192]),
        ("letters.bin", &[b'x'; 100_000]),
    ];
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in foreign {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        refused(
            &path,
            StoreErrorKind::Foreign,
            &[name, "is not a SQLite file", "another file"],
        );
        assert_eq!(fs::read(&path).unwrap(), bytes, "{name}");
    }
}

#[test]
fn the_database_of_another_program_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    for (name, statements) in [
        ("plain.db", "CREATE TABLE promises (id TEXT)"),
        (
            "marked.db",
            "CREATE TABLE t (id TEXT); PRAGMA application_id = 77; PRAGMA user_version = 1",
        ),
    ] {
        let path = folder.path().join(name);
        tamper(&path, statements);
        let before = fs::read(&path).unwrap();
        refused(&path, StoreErrorKind::Foreign, &[name, "another program"]);
        assert_eq!(fs::read(&path).unwrap(), before, "{name}");
    }
}

#[test]
fn a_newer_format_is_refused_and_left_as_it_is() {
    let (_folder, path) = three_steps();
    tamper(&path, "PRAGMA user_version = 3");
    let before = fs::read(&path).unwrap();
    let words = [
        "has format 3",
        "reads formats up to 2",
        "use the version that wrote it",
    ];
    refused(&path, StoreErrorKind::Newer, &words);
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_format_that_no_version_wrote_is_damage() {
    let (_folder, path) = three_steps();
    for version in [0, -1] {
        tamper(&path, &format!("PRAGMA user_version = {version}"));
        refused(
            &path,
            StoreErrorKind::Corrupt,
            &[&format!("its format number is {version}")],
        );
    }
}

#[test]
fn a_missing_or_altered_table_or_index_is_damage() {
    for (statements, name) in [
        (
            "DROP INDEX promises_branch",
            "`promises_branch` is missing or altered",
        ),
        (
            "DROP INDEX promises_deadline; CREATE INDEX promises_deadline ON promises (id)",
            "`promises_deadline`",
        ),
        ("DROP TABLE listeners", "`listeners`"),
        ("ALTER TABLE edges ADD COLUMN note TEXT", "`edges`"),
        (
            "DELETE FROM clock",
            "table clock, id \"1\": column now is missing",
        ),
    ] {
        let (_folder, path) = three_steps();
        tamper(&path, statements);
        refused(
            &path,
            StoreErrorKind::Corrupt,
            &["orders.db", name, "backup"],
        );
    }
}

#[test]
fn an_empty_file_is_not_taken_for_a_new_one() {
    let (_folder, path) = three_steps();
    fs::write(&path, b"").unwrap();
    refused(
        &path,
        StoreErrorKind::Corrupt,
        &["is empty", "remove it to start empty"],
    );
    assert_eq!(fs::metadata(&path).unwrap().len(), 0);
    fs::remove_file(&path).unwrap();
    assert_eq!(Contents::of(&open(&path).unwrap()), Contents::default());
}

#[test]
fn a_log_without_its_file_is_not_thrown_away() {
    let (_folder, path) = three_steps();
    let log = path.with_file_name("orders.db-wal");
    fs::remove_file(&path).unwrap();
    fs::write(&log, b"frames").unwrap();
    let words = ["is missing or empty", "orders.db-wal holds writes of it"];
    refused(&path, StoreErrorKind::Corrupt, &words);
    fs::write(&path, b"").unwrap();
    refused(&path, StoreErrorKind::Corrupt, &words);
    assert_eq!(fs::read(&log).unwrap(), b"frames");
}

#[test]
fn a_file_that_was_cut_off_is_damage_at_any_length() {
    let (folder, path) = three_steps();
    let whole = fs::read(&path).unwrap();
    for length in [
        100,
        511,
        512,
        4095,
        4096,
        5000,
        8192,
        whole.len() - 4096,
        whole.len() - 1,
    ] {
        let cut = folder.path().join(format!("cut-{length}.db"));
        fs::write(&cut, &whole[..length]).unwrap();
        let error = open(&cut).unwrap_err();
        let kinds = [StoreErrorKind::Corrupt, StoreErrorKind::Foreign];
        assert!(kinds.contains(&error.kind()), "{length} bytes: {error}");
        assert_eq!(fs::read(&cut).unwrap(), &whole[..length], "{length} bytes");
    }
}

#[test]
fn a_damaged_page_is_met_at_the_opening_or_by_the_first_read_of_it() {
    let (folder, path) = three_steps();
    let whole = fs::read(&path).unwrap();
    for page in 1..whole.len() / 4096 {
        let damaged = folder.path().join(format!("page-{page}.db"));
        let mut bytes = whole.clone();
        bytes[page * 4096..][..4096].fill(0x5a);
        fs::write(&damaged, bytes).unwrap();
        let found = open(&damaged).and_then(|store| store.verify());
        let words = ["restore it from a backup"];
        says(&found.unwrap_err(), StoreErrorKind::Corrupt, &words);
    }
}

/// A statement, then the table, id and column that are at fault and why.
type Malformed = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

const MALFORMED: [Malformed; 21] = [
    (
        "UPDATE promises SET state = 'later'",
        "promises",
        "book:1",
        "state",
        "holds \"later\"",
    ),
    (
        "UPDATE promises SET state = CAST(x'ff' AS TEXT)",
        "promises",
        "book:1",
        "state",
        "is not UTF-8",
    ),
    (
        "UPDATE promises SET armed = 2",
        "promises",
        "book:1",
        "armed",
        "holds 2",
    ),
    (
        "UPDATE promises SET timeout_at = -1",
        "promises",
        "book:1",
        "timeout_at",
        "holds -1, which is negative",
    ),
    (
        "UPDATE promises SET created_at = -7",
        "promises",
        "book:1",
        "created_at",
        "holds -7, which is negative",
    ),
    (
        "UPDATE promises SET settled_at = NULL",
        "promises",
        "book:1",
        "settled_at",
        "not pending",
    ),
    (
        "UPDATE promises SET settled_at = 5 WHERE state = 'pending'",
        "promises",
        "book:3",
        "settled_at",
        "not pending",
    ),
    (
        "UPDATE promises SET tags = '[]'",
        "promises",
        "book:1",
        "tags",
        "is not a JSON object of texts",
    ),
    (
        "UPDATE promises SET tags = '{\"a\":1}'",
        "promises",
        "book:1",
        "tags",
        "is not a JSON object of texts",
    ),
    (
        "UPDATE promises SET param_headers = '{'",
        "promises",
        "book:1",
        "param_headers",
        "is not a JSON object of texts",
    ),
    (
        "UPDATE promises SET value_headers = 'null'",
        "promises",
        "book:1",
        "value_headers",
        "is not a JSON object of texts",
    ),
    (
        "UPDATE promises SET task_state = 'done'",
        "promises",
        "book:1",
        "task_state",
        "holds \"done\"",
    ),
    (
        "UPDATE promises SET task_version = NULL",
        "promises",
        "book:1",
        "task_version",
        "is empty",
    ),
    (
        "UPDATE promises SET retry_at = NULL",
        "promises",
        "book:3",
        "retry_at",
        "is empty",
    ),
    (
        "UPDATE promises SET retry_at = 9 WHERE id = 'book:1'",
        "promises",
        "book:1",
        "retry_at",
        "does not belong to a task that is fulfilled",
    ),
    (
        "UPDATE promises SET task_state = 'acquired', retry_at = NULL",
        "promises",
        "book:1",
        "lease_ttl",
        "is empty",
    ),
    (
        "UPDATE promises SET task_state = 'acquired', lease_ttl = 0",
        "promises",
        "book:1",
        "lease_ttl",
        "is zero",
    ),
    (
        "UPDATE edges SET ready = 7",
        "edges",
        "book:1",
        "ready",
        "holds 7",
    ),
    (
        "UPDATE schedules SET next_run_at = -1",
        "schedules",
        "nightly",
        "next_run_at",
        "is negative",
    ),
    (
        "UPDATE schedules SET promise_tags = ''",
        "schedules",
        "nightly",
        "promise_tags",
        "is not a JSON object of texts",
    ),
    (
        "UPDATE clock SET now = -1",
        "clock",
        "1",
        "now",
        "is negative",
    ),
];

#[test]
fn a_malformed_row_is_damage_and_the_message_names_its_table_id_and_column() {
    for (statement, table, id, column, why) in MALFORMED {
        let (_folder, path) = three_steps();
        tamper(&path, statement);
        let error = open(&path).and_then(|store| store.verify()).unwrap_err();
        let place = format!("table {table}, id {id:?}: column {column} ");
        let words = ["orders.db: ", &place, why, "restore the file from a backup"];
        says(&error, StoreErrorKind::Corrupt, &words);
    }
}
