//! Forgetting in a file: files of the format that had no roots, and room that is used again.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;
use std::time::Duration;

use resonate_core::Millis;
use resonate_core::engine::{Config, Engine, invariants};
use resonate_core::store::{SqliteOptions, SqliteStore, Synchronous, View};
use support::engine::read_request;
use support::programs::workspace;

fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(SqliteOptions::new(path).synchronous(Synchronous::Normal)).unwrap()
}

fn forgetting(path: &Path) -> Engine<SqliteStore> {
    let config = Config {
        retain: Some(Duration::from_secs(10)),
        ..Config::default()
    };
    Engine::new(open(path), config)
}

fn ids(view: &dyn View) -> Vec<String> {
    let promises = view.promises_after(None, usize::MAX).unwrap();
    promises.iter().map(|it| it.id().to_string()).collect()
}

/// `format-1.db` was left by an older `examples/recover`: `order-1` had finished, `order-2` slept.
#[test]
fn a_file_of_format_1_is_brought_up_and_knows_its_executions() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("recover.db");
    fs::copy(workspace().join("tests/fixtures/stores/format-1.db"), &path).unwrap();
    let store = open(&path);
    store.verify().unwrap();
    let before = ids(&store);
    assert_eq!(before.len(), 15);
    let now = store.clock().unwrap();
    assert_eq!(invariants::check(&store, now).unwrap(), []);
    assert_eq!(store.descendants(&"order-1".into()).unwrap().len(), 10);
    assert_eq!(store.descendants(&"order-2".into()).unwrap().len(), 3);
    drop(store);

    // What it is now, it stays.
    let brought_up = fs::read(&path).unwrap();
    drop(open(&path));
    assert_eq!(fs::read(&path).unwrap(), brought_up);

    let mut engine = forgetting(&path);
    while engine.tick(now.after(Duration::from_secs(60))).unwrap() {}
    engine.commit().unwrap();
    let after: Vec<_> = before
        .into_iter()
        .filter(|id| id.starts_with("order-2"))
        .collect();
    assert_eq!(ids(engine.store()), after);
}

#[test]
fn the_room_of_what_was_forgotten_is_used_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.db");
    let mut engine = forgetting(&path);
    let mut sizes = Vec::new();
    for round in 0..6 {
        let now = Millis::new(round * 20_000);
        while engine.tick(now).unwrap() {
            engine.commit().unwrap();
        }
        engine.commit().unwrap();
        assert_eq!(ids(engine.store()), [""; 0]);
        for number in 0..300 {
            let id = format!("p{round}-{number}");
            let lines = [
                format!("create {id} 900000000 param={}", "x".repeat(500)),
                format!("create {id}:0 900000000 #resonate:origin={id}"),
                format!("settle {id}:0 resolved"),
                format!("settle {id} resolved"),
            ];
            for line in lines {
                engine.handle(now, &read_request(&line)).unwrap().unwrap();
            }
        }
        engine.commit().unwrap();
        drop(engine);
        sizes.push(fs::metadata(&path).unwrap().len());
        engine = forgetting(&path);
    }
    let (first, last) = (sizes[0], sizes[5]);
    assert!(last <= first + first / 4, "{sizes:?}");
}
