//! How many requests a second the engine carries out, and what it matters how much has finished
//! before. Run: `cargo bench -p resonate-core --features sqlite --bench engine`.
#![expect(clippy::print_stdout, reason = "the figures are for a person")]
#![expect(clippy::disallowed_methods, reason = "a bench reads the clock")]

#[cfg(feature = "sqlite")]
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use resonate_core::engine::{Config, Engine};
use resonate_core::protocol::{
    FenceAction, PromiseCreate, PromiseSettle, Request, Settlement, TaskAcquire, TaskCreate,
    TaskFence, TaskFulfill, TaskHeartbeat, TaskRef, TaskSuspend,
};
use resonate_core::protocol::{RegisterCallback, TaskRelease};
use resonate_core::store::{MemoryStore, Store, StoreError};
#[cfg(feature = "sqlite")]
use resonate_core::store::{SqliteOptions, SqliteStore, Synchronous};
use resonate_core::{Millis, Tags, TaskVersion, Value, tags};

const NOW: Millis = Millis::new(1_000);
const DEADLINE: Millis = Millis::new(90_000_000);
const STEPS: u64 = 300_000;
/// Finished executions in a full store.
const SETTLED: u64 = 100_000;

fn create(id: String, tags: Tags) -> PromiseCreate {
    PromiseCreate {
        id: id.into(),
        timeout_at: DEADLINE,
        param: Value::of("eyJhIjoxfQ=="),
        tags,
    }
}

fn targeted(id: &str) -> PromiseCreate {
    let tags = [(tags::TARGET, "poll://any@default"), (tags::BRANCH, id)];
    create(id.to_owned(), tags.into_iter().collect())
}

fn fence(action: FenceAction) -> Request {
    Request::TaskFence(TaskFence {
        id: "root".into(),
        version: TaskVersion::new(1),
        action,
    })
}

fn claim(id: &str) -> Request {
    Request::TaskCreate(TaskCreate {
        pid: "P".into(),
        ttl: 60_000,
        action: targeted(id),
    })
}

/// A local step: created and settled under the claim of one long workflow.
fn steps(n: u64) -> Vec<Request> {
    let child: Tags = [(tags::SCOPE, "local"), (tags::BRANCH, "root")]
        .into_iter()
        .collect();
    vec![
        fence(FenceAction::Create(create(format!("root:{n}"), child))),
        fence(FenceAction::Settle(PromiseSettle {
            id: format!("root:{n}").into(),
            state: Settlement::Resolved,
            value: Value::of("Ng=="),
        })),
    ]
}

/// A call: parent claimed, child offered, parent suspended, child run, parent resumed and done.
fn call(n: u64) -> Vec<Request> {
    let (parent, child) = (format!("w{n}"), format!("w{n}:1"));
    let acquire = |id: &str, version| {
        Request::TaskAcquire(TaskAcquire {
            id: id.into(),
            version: TaskVersion::new(version),
            pid: "P".into(),
            ttl: 60_000,
            brief: false,
        })
    };
    let fulfill = |id: &str, version| {
        Request::TaskFulfill(TaskFulfill {
            id: id.into(),
            version: TaskVersion::new(version),
            action: PromiseSettle {
                id: id.into(),
                state: Settlement::Resolved,
                value: Value::of("Ng=="),
            },
        })
    };
    vec![
        claim(&parent),
        Request::TaskFence(TaskFence {
            id: parent.as_str().into(),
            version: TaskVersion::new(1),
            action: FenceAction::Create(targeted(&child)),
        }),
        Request::TaskSuspend(TaskSuspend {
            id: parent.as_str().into(),
            version: TaskVersion::new(1),
            actions: vec![RegisterCallback {
                awaited: child.as_str().into(),
                awaiter: parent.as_str().into(),
            }],
            brief: false,
        }),
        acquire(&child, 0),
        fulfill(&child, 1),
        acquire(&parent, 1),
        fulfill(&parent, 2),
    ]
}

/// A worker that keeps its lease, and one that gives the task back.
fn heartbeat(_: u64) -> Vec<Request> {
    vec![Request::TaskHeartbeat(TaskHeartbeat {
        pid: "P".into(),
        tasks: vec![TaskRef {
            id: "root".into(),
            version: TaskVersion::new(1),
        }],
    })]
}

fn released(n: u64) -> Vec<Request> {
    let id = format!("r{n}");
    vec![
        claim(&id),
        Request::TaskRelease(TaskRelease {
            id: id.into(),
            version: TaskVersion::new(1),
        }),
    ]
}

/// An engine on which the task `root` is claimed, beside so many finished executions.
fn beside<S: Store>(store: S, settled: u64) -> Result<Engine<S>, StoreError> {
    let mut engine = Engine::new(store, Config::default());
    for n in 0..settled {
        let id = format!("old-{n}");
        let tags = [(tags::ORIGIN, id.as_str()), (tags::BRANCH, id.as_str())];
        let tags = tags.into_iter().collect();
        let settle = PromiseSettle {
            id: id.as_str().into(),
            state: Settlement::Resolved,
            value: Value::of("Ng=="),
        };
        ask(&mut engine, &Request::PromiseCreate(create(id, tags)))?;
        ask(&mut engine, &Request::PromiseSettle(settle))?;
        if n % 1_000 == 0 {
            engine.commit()?;
        }
    }
    ask(&mut engine, &claim("root"))?;
    engine.commit()?;
    Ok(engine)
}

fn ask<S: Store>(engine: &mut Engine<S>, request: &Request) -> Result<(), StoreError> {
    let answer = engine.handle(NOW, request)?;
    assert!(answer.is_ok(), "{request:?}: {answer:?}");
    Ok(())
}

/// Microseconds that a round takes, each of its requests in a commit of its own.
fn measure<S: Store>(
    name: &str,
    mut engine: Engine<S>,
    rounds: u64,
    requests: fn(u64) -> Vec<Request>,
) -> Result<f64, StoreError> {
    let work: Vec<_> = (0..rounds).map(requests).collect();
    let count: usize = work.iter().map(Vec::len).sum();
    let started = Instant::now();
    for request in work.iter().flatten() {
        ask(&mut engine, request)?;
        engine.commit()?;
    }
    let seconds = started.elapsed().as_secs_f64();
    let per_second = |n: f64| (n / seconds).round();
    println!(
        "{name}: {} rounds/s, {} requests/s",
        per_second(rounds as f64),
        per_second(count as f64)
    );
    Ok(seconds * 1e6 / rounds as f64)
}

/// What a step costs in an empty store, and in one that is full of what has finished.
fn measure_full<S: Store>(
    name: &str,
    rounds: u64,
    store: impl Fn() -> Result<S, StoreError>,
) -> Result<(), StoreError> {
    let empty = beside(store()?, 0)?;
    let empty = measure(&format!("step, {name}, empty"), empty, rounds, steps)?;
    let full = beside(store()?, SETTLED)?;
    let full = measure(
        &format!("step, {name}, {SETTLED} settled"),
        full,
        rounds,
        steps,
    )?;
    println!(
        "step, {name}: {:.2} times as long with {SETTLED} settled",
        full / empty
    );
    Ok(())
}

/// A new file in the folder for temporary files; it is left there.
#[cfg(feature = "sqlite")]
fn file() -> Result<SqliteStore, StoreError> {
    static FILES: AtomicU64 = AtomicU64::new(0);
    let number = FILES.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir();
    let name = format!("resonate-bench-{}-{number}.db", std::process::id());
    let options = SqliteOptions::new(folder.join(name));
    SqliteStore::open(options.synchronous(Synchronous::Normal))
}

fn main() -> Result<(), StoreError> {
    let fresh = || beside(MemoryStore::default(), 0);
    measure("fence create + settle", fresh()?, STEPS, steps)?;
    measure("call and return", fresh()?, STEPS / 3, call)?;
    measure("claim and release", fresh()?, STEPS, released)?;
    measure("heartbeat", fresh()?, STEPS, heartbeat)?;
    measure_full("memory", STEPS / 3, || Ok(MemoryStore::default()))?;
    #[cfg(feature = "sqlite")]
    measure_full("SQLite NORMAL", STEPS / 30, file)?;
    Ok(())
}
