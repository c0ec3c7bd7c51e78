//! Rows of a file that something else has changed: damage is an error that says where, or it is
//! none of this store's business.

use std::path::Path;

use proptest::prelude::*;
use proptest::sample::Index;
use resonate_core::store::{SqliteOptions, SqliteStore, StoreErrorKind};
use rusqlite::Connection;
use rusqlite::types::Value as Cell;
use support::workload::Workload;

use super::fuzz;

fn cell() -> impl Strategy<Value = Cell> {
    let telling = [
        "",
        "{}",
        "[]",
        "null",
        "{\"a\":1}",
        "{\"a\":\"b\"}",
        "pending",
        "acquired",
        "suspended",
        "fulfilled",
        "* * * * *",
    ];
    prop_oneof![
        Just(Cell::Null),
        prop::sample::select(vec![-1, 0, 1, 2, i64::MIN, i64::MAX]).prop_map(Cell::Integer),
        any::<i64>().prop_map(Cell::Integer),
        any::<f64>().prop_map(Cell::Real),
        prop::sample::select(telling.to_vec()).prop_map(|text| Cell::Text(text.to_owned())),
        ".{0,12}".prop_map(Cell::Text),
        prop::collection::vec(any::<u8>(), 0..8).prop_map(Cell::Blob),
    ]
}

/// The columns of all tables.
fn columns(path: &Path) -> Vec<(String, String)> {
    let connection = Connection::open(path).unwrap();
    let all = "SELECT m.name, c.name FROM sqlite_schema m, pragma_table_info(m.name) c \
               WHERE m.type = 'table' ORDER BY 1, 2";
    let mut statement = connection.prepare(all).unwrap();
    let rows = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?)));
    rows.unwrap().map(Result::unwrap).collect()
}

#[test]
fn rows_with_wrong_cells() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fuzzed.db");
    let open = || SqliteStore::open(SqliteOptions::new(&path));
    let mut store = open().unwrap();
    for number in 1..=3 {
        Workload { payload_bytes: 10 }
            .run(&mut store, number)
            .unwrap();
    }
    drop(store);
    let (whole, columns) = (std::fs::read(&path).unwrap(), columns(&path));
    let change = (any::<Index>(), any::<Index>(), cell());
    let inputs = prop::collection::vec(change, 1..4);
    fuzz(&inputs, |changes| {
        std::fs::write(&path, &whole).unwrap();
        let connection = Connection::open(&path).unwrap();
        for (column, row, cell) in changes {
            let (table, name) = &columns[column.index(columns.len())];
            let statement = format!(
                "UPDATE {table} SET {name} = ?1 WHERE {name} IS \
                 (SELECT {name} FROM {table} LIMIT 1 OFFSET ?2)"
            );
            let row = i64::try_from(row.index(4)).unwrap();
            // What a table does not let in cannot be damage.
            let _refused = connection.execute(&statement, (cell, row));
        }
        connection.close().unwrap();
        match open().and_then(|store| store.verify()) {
            Ok(()) => {}
            Err(error) => {
                prop_assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{}", error);
                prop_assert!(error.to_string().contains("fuzzed.db"), "{}", error);
            }
        }
        Ok(())
    });
}
