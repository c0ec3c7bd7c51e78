//! How many requests a second the engine carries out in memory. Run: `cargo bench -p
//! resonate-core`.
#![expect(clippy::print_stdout, reason = "the figures are for a person")]
#![expect(clippy::disallowed_methods, reason = "a bench reads the clock")]

use std::time::Instant;

use resonate_core::engine::{Config, Engine};
use resonate_core::protocol::{
    FenceAction, PromiseCreate, PromiseSettle, Request, Settlement, TaskAcquire, TaskCreate,
    TaskFence, TaskFulfill, TaskHeartbeat, TaskRef, TaskSuspend,
};
use resonate_core::protocol::{RegisterCallback, TaskRelease};
use resonate_core::store::{MemoryStore, StoreError};
use resonate_core::{Millis, Tags, TaskVersion, Value, tags};

const NOW: Millis = Millis::new(1_000);
const DEADLINE: Millis = Millis::new(90_000_000);
const STEPS: u64 = 300_000;

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

fn measure(name: &str, rounds: u64, requests: fn(u64) -> Vec<Request>) -> Result<(), StoreError> {
    let mut engine = Engine::new(MemoryStore::default(), Config::default());
    let refused = engine.handle(NOW, &claim("root"))?.is_err();
    assert!(!refused, "the root is claimed");
    let work: Vec<_> = (0..rounds).map(requests).collect();
    let count: usize = work.iter().map(Vec::len).sum();
    let started = Instant::now();
    for request in work.iter().flatten() {
        let answer = engine.handle(NOW, request)?;
        assert!(answer.is_ok(), "{request:?}: {answer:?}");
        engine.commit()?;
    }
    let seconds = started.elapsed().as_secs_f64();
    let per_second = |n: f64| (n / seconds).round();
    println!(
        "{name}: {} rounds/s, {} requests/s",
        per_second(rounds as f64),
        per_second(count as f64)
    );
    Ok(())
}

fn main() -> Result<(), StoreError> {
    measure("fence create + settle", STEPS, steps)?;
    measure("call and return", STEPS / 3, call)?;
    measure("claim and release", STEPS, released)?;
    measure("heartbeat", STEPS, heartbeat)
}
