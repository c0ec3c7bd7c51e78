//! Every property is seen to fail: a healthy world is broken in one place, and the property that
//! guards the place says so.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use resonate_core::engine::invariants::{Cause, Transition, check_state, check_step};
use resonate_core::engine::{Config, Snapshot};
use resonate_core::model::{Edge, Promise, TaskState};
use resonate_core::protocol::{
    Message, Outgoing, PromiseRecord, PromiseState, ScheduleRecord, TaskRef,
};
use resonate_core::store::MemoryStore;
use resonate_core::{Millis, TaskVersion, Value};
use support::engine::{EngineHarness, read_request};

const NOW: Millis = Millis::new(130_000);

/// One of everything at `NOW`.
fn world() -> Snapshot {
    let mut engine = EngineHarness::new(Box::new(MemoryStore::default()), Config::default());
    let script = [
        (50_000, "create live 900000 EX"),
        (50_000, "create other 900000 EX"),
        (50_000, "listen live poll://uni@g/me"),
        (50_000, "create offered 900000 TG"),
        (50_000, "task.create held 900000 TG ttl=900000"),
        (50_000, "task.create waits 900000 TG"),
        (50_000, "suspend waits 1 live"),
        (50_000, "task.create halted 900000 TG"),
        (50_000, "halt halted"),
        (50_000, "create timer 900000 TG TM"),
        (50_000, "task.create done 900000 TG"),
        (60_000, "fulfill done 1 resolved value=x"),
        (60_000, "create late 70000 EX"),
        (60_000, "create woke 900000 EX"),
        (60_000, "callback woke offered"),
        (60_000, "settle woke resolved value=x"),
        (
            60_000,
            "schedule.create s *_*_*_*_* promise=s timeout=900000",
        ),
        (60_000, "create plain 900000"),
    ];
    for (now, line) in script {
        let answer = engine.at(Millis::new(now)).send(&read_request(line)).0;
        assert!(answer.is_ok(), "{line}: {answer:?}");
    }
    engine.at(NOW).tick();
    engine.snapshot().clone()
}

fn promise<'a>(world: &'a mut Snapshot, id: &str) -> &'a mut Promise {
    world.promises.get_mut(id).unwrap()
}

fn record<'a>(world: &'a mut Snapshot, id: &str) -> &'a mut PromiseRecord {
    Arc::make_mut(&mut promise(world, id).record)
}

fn schedule(world: &mut Snapshot) -> &mut ScheduleRecord {
    Arc::make_mut(world.schedules.get_mut("s").unwrap())
}

fn state(world: &mut Snapshot, id: &str, state: TaskState) {
    promise(world, id).task.as_mut().unwrap().state = state;
}

fn version(world: &mut Snapshot, id: &str, version: u64) {
    promise(world, id).task.as_mut().unwrap().version = TaskVersion::new(version);
}

fn edge(awaited: &str, awaiter: &str, ready: bool) -> Edge {
    Edge {
        awaited: awaited.into(),
        awaiter: awaiter.into(),
        ready,
    }
}

fn wait(world: &mut Snapshot, awaited: &str, awaiter: &str, ready: bool) {
    world.edges.insert(edge(awaited, awaiter, ready));
}

fn listen(world: &mut Snapshot, id: &str, address: &str) {
    world.listeners.insert((id.into(), address.into()));
}

fn pending(retry_at: i64) -> TaskState {
    TaskState::Pending {
        retry_at: Millis::new(retry_at),
    }
}

fn lease(world: &Snapshot, expires_at: i64) -> TaskState {
    let TaskState::Acquired(lease) = &world.promises["held"].task.as_ref().unwrap().state else {
        panic!("the task is held");
    };
    let mut lease = lease.clone();
    lease.expires_at = Millis::new(expires_at);
    TaskState::Acquired(lease)
}

fn settle(world: &mut Snapshot, id: &str, how: PromiseState, at: i64) {
    let record = record(world, id);
    record.state = how;
    record.settled_at = Some(Millis::new(at));
}

fn rename(world: &mut Snapshot, id: &str, as_id: &str) {
    let promise = world.promises.remove(id).unwrap();
    world.promises.insert(as_id.into(), promise);
}

#[test]
fn a_healthy_world_violates_nothing() {
    let world = world();
    assert_eq!(check_state(&world, NOW), []);
    assert_eq!(
        check_step(&transition(Cause::Tick, &world, &world, &[])),
        []
    );
}

type Breaks = fn(&mut Snapshot);

#[test]
fn every_property_of_a_state_can_fail() {
    let broken: &[(&str, Breaks)] = &[
        ("a1", |w| record(w, "live").timeout_at = Millis::new(1)),
        ("a2", |w| record(w, "live").timeout_at = Millis::new(50_000)),
        ("a3", |w| settle(w, "done", PromiseState::Resolved, 900_001)),
        ("a4", |w| settle(w, "done", PromiseState::Resolved, 1)),
        ("a5", |w| record(w, "done").settled_at = None),
        ("a5", |w| record(w, "live").settled_at = Some(NOW)),
        ("a6", |w| record(w, "live").value = Value::of("x")),
        ("a7", |w| record(w, "late").state = PromiseState::Resolved),
        ("a8", |w| record(w, "late").value = Value::of("x")),
        ("a9", |w| state(w, "timer", pending(200_000))),
        ("a9", |w| state(w, "offered", pending(i64::MAX))),
        ("a10", |w| {
            record(w, "done").state = PromiseState::RejectedTimedout
        }),
        ("a13", |w| promise(w, "live").armed = false),
        ("a14", |w| wait(w, "held", "held", false)),
        ("a15", |w| {
            record(w, "live").created_at = Millis::new(130_001)
        }),
        ("a16", |w| {
            settle(w, "done", PromiseState::Resolved, 130_001)
        }),
        ("b2", |w| {
            let TaskState::Acquired(mut lease) = lease(w, 200_000) else {
                return;
            };
            lease.ttl = 0;
            state(w, "held", TaskState::Acquired(lease));
        }),
        ("b5", |w| wait(w, "live", "done", false)),
        ("b8", |w| wait(w, "woke", "waits", true)),
        ("b10", |w| version(w, "held", 0)),
        ("c2", |w| schedule(w).next_run_at = Millis::new(1)),
        ("c3", |w| schedule(w).last_run_at = Some(Millis::new(1))),
        ("c4", |w| {
            schedule(w).last_run_at = Some(Millis::new(999_999))
        }),
        ("c5", |w| rename(w, "live", "renamed")),
        ("c7", |w| schedule(w).id = "t".into()),
        ("d1", |w| promise(w, "offered").task = None),
        ("d1", |w| {
            promise(w, "live").task = promise(w, "held").task.clone()
        }),
        ("d2", |w| settle(w, "held", PromiseState::Resolved, 60_000)),
        ("d3", |w| wait(w, "live", "other", false)),
        ("d3", |w| wait(w, "live", "nobody", false)),
        ("d3", |w| wait(w, "nobody", "held", false)),
        ("d4", |w| listen(w, "live", "nowhere")),
        ("d4", |w| listen(w, "none", "poll://any@g")),
        ("d10", |w| state(w, "held", TaskState::Fulfilled)),
        ("d11", |w| w.edges.clear()),
        ("k1", |w| listen(w, "done", "poll://any@g")),
        ("k1", |w| wait(w, "done", "held", false)),
        ("k2", |w| wait(w, "live", "held", true)),
        ("k3", |w| promise(w, "other").armed = false),
    ];
    for (number, (property, break_it)) in broken.iter().enumerate() {
        let mut world = world();
        break_it(&mut world);
        let found = check_state(&world, NOW);
        assert!(
            found
                .iter()
                .any(|violation| violation.property == *property),
            "{property} (row {number}) did not see it: {found:?}"
        );
    }
}

fn transition<'a>(
    cause: Cause,
    before: &'a Snapshot,
    after: &'a Snapshot,
    messages: &'a [Outgoing],
) -> Transition<'a> {
    Transition {
        cause,
        now: NOW,
        retain: None,
        before,
        after,
        messages,
    }
}

/// A step in the making: it did nothing yet.
struct Taken {
    cause: Cause,
    before: Snapshot,
    after: Snapshot,
    messages: Vec<Outgoing>,
}

impl Taken {
    fn say(&mut self, address: &str, message: Message) {
        self.messages.push(Outgoing {
            address: address.into(),
            message,
        });
    }

    fn offer(&mut self, address: &str, id: &str, version: u64) {
        let task = TaskRef {
            id: id.into(),
            version: TaskVersion::new(version),
        };
        self.say(address, Message::Execute(task));
    }

    fn unblock(&mut self, id: &str) {
        let record = Arc::clone(&self.after.promises[id].record);
        self.say("poll://uni@g/me", Message::Unblock(record));
    }
}

type Misstep = fn(&mut Taken);

#[test]
fn every_property_of_promises_across_a_step_can_fail() {
    check_missteps(&[
        ("e1", |s| {
            record(&mut s.after, "live").created_at = Millis::new(3)
        }),
        ("e1", |s| {
            record(&mut s.after, "live").param = Value::of("x")
        }),
        ("e2", |s| {
            record(&mut s.after, "done").value = Value::of("y")
        }),
        ("e3", |s| drop(s.after.promises.remove("live"))),
        ("e5", |s| {
            let record = record(&mut s.after, "done");
            record.state = PromiseState::Pending;
            record.settled_at = None;
        }),
        ("e6", |s| {
            record(&mut s.after, "live").settled_at = Some(NOW)
        }),
        ("e7", |s| {
            record(&mut s.after, "live").value = Value::of("x")
        }),
        ("e9", |s| s.after.edges.clear()),
        ("e10", |s| wait(&mut s.after, "done", "held", true)),
        ("e11", |s| s.after.listeners.clear()),
        ("e12", |s| listen(&mut s.after, "done", "poll://any@g")),
        ("e14", |s| {
            settle(&mut s.after, "live", PromiseState::Resolved, 129_999)
        }),
        ("e14", |s| {
            settle(
                &mut s.after,
                "live",
                PromiseState::RejectedTimedout,
                130_000,
            )
        }),
        ("e14", |s| {
            s.cause = Cause::Tick;
            settle(&mut s.after, "live", PromiseState::Resolved, 130_000);
        }),
        ("e16", |s| {
            s.before.promises.remove("plain");
            settle(&mut s.after, "plain", PromiseState::Resolved, 130_000);
        }),
        ("e16", |s| {
            s.before.promises.remove("live");
        }),
        ("g4", |s| {
            settle(&mut s.after, "live", PromiseState::Resolved, 130_000);
            s.after.edges.remove(&edge("live", "waits", false));
        }),
        ("h7", |s| schedule(&mut s.after).promise_timeout = 3),
        ("k9", |s| promise(&mut s.after, "other").armed = false),
    ]);
}

#[test]
fn every_property_of_tasks_across_a_step_can_fail() {
    check_missteps(&[
        ("f1", |s| promise(&mut s.after, "offered").task = None),
        ("f2", |s| version(&mut s.after, "held", 2)),
        ("f2", |s| {
            let lease = lease(&s.after, 1_030_000);
            state(&mut s.after, "offered", lease);
        }),
        ("f4", |s| {
            state(&mut s.after, "offered", TaskState::Suspended)
        }),
        ("f4", |s| state(&mut s.after, "done", pending(160_000))),
        ("f4", |s| {
            s.cause = Cause::Tick;
            state(&mut s.after, "halted", pending(160_000));
        }),
        ("f8", |s| {
            s.before.promises.remove("halted");
        }),
        ("f8", |s| {
            s.before.promises.remove("held");
        }),
        ("f10", |s| {
            let TaskState::Acquired(mut lease) = lease(&s.after, 950_000) else {
                return;
            };
            lease.pid = "Q".into();
            state(&mut s.after, "held", TaskState::Acquired(lease));
        }),
        ("f12", |s| {
            s.before.edges.insert(edge("done", "offered", true));
            s.after.edges.remove(&edge("woke", "offered", true));
            s.after.edges.insert(edge("done", "offered", true));
        }),
        ("f13", |s| s.after.edges.retain(|edge| !edge.ready)),
        ("f14", |s| {
            let lease = lease(&s.after, 130_001);
            state(&mut s.after, "offered", lease);
        }),
        ("f15", |s| {
            let lease = lease(&s.after, 999_999);
            state(&mut s.after, "held", lease);
        }),
        ("f15", |s| {
            s.cause = Cause::Tick;
            let lease = lease(&s.after, 1_030_000);
            state(&mut s.after, "held", lease);
        }),
        ("f16", |s| state(&mut s.after, "held", pending(160_000))),
        ("f17", |s| {
            state(&mut s.before, "offered", pending(130_001));
            state(&mut s.after, "offered", pending(160_000));
        }),
        ("f18", |s| {
            state(&mut s.before, "offered", pending(120_000));
            state(&mut s.after, "offered", pending(130_000));
        }),
        ("f18", |s| state(&mut s.after, "held", pending(130_000))),
        ("f19", |s| state(&mut s.after, "waits", pending(160_000))),
        ("g6", |s| {
            state(&mut s.after, "waits", pending(160_000));
            s.after.edges.insert(edge("woke", "waits", true));
        }),
        ("g7", |s| state(&mut s.after, "held", TaskState::Suspended)),
        ("g8", |s| promise(&mut s.before, "offered").task = None),
        ("h5", |s| {
            record(&mut s.after, "held").timeout_at = NOW;
            state(&mut s.after, "held", pending(160_000));
        }),
    ]);
}

#[test]
fn every_property_of_messages_can_fail() {
    check_missteps(&[
        ("c8", |s| {
            s.offer("poll://any@g", "offered", 0);
            s.offer("poll://any@g", "offered", 0);
        }),
        ("d5", |s| s.offer("poll://any@g", "nobody", 0)),
        ("d7", |s| s.offer("poll://any@other", "offered", 0)),
        ("d8", |s| s.unblock("live")),
        ("d9", |s| {
            let record = Arc::clone(&s.after.promises["done"].record);
            s.say("nowhere", Message::Unblock(record));
        }),
        ("g5", |s| s.after.listeners.clear()),
        ("g5", |s| s.unblock("done")),
        ("h2", |s| s.offer("poll://any@g", "offered", 1)),
        ("h2", |s| s.offer("poll://any@g", "held", 1)),
        ("h3", |s| {
            s.unblock("done");
            record(&mut s.after, "done").value = Value::of("y");
        }),
        ("h4", |s| s.unblock("live")),
        ("h6", |s| {
            record(&mut s.after, "offered").timeout_at = NOW;
            s.offer("poll://any@g", "offered", 0);
        }),
    ]);
}

#[track_caller]
fn check_missteps(missteps: &[(&str, Misstep)]) {
    for (number, (property, take)) in missteps.iter().enumerate() {
        let world = world();
        let mut step = Taken {
            cause: Cause::Request,
            before: world.clone(),
            after: world,
            messages: Vec::new(),
        };
        take(&mut step);
        let Taken {
            cause,
            before,
            after,
            messages,
        } = &step;
        let found = check_step(&transition(*cause, before, after, messages));
        assert!(
            found
                .iter()
                .any(|violation| violation.property == *property),
            "{property} (row {number}) did not see it: {found:?}"
        );
    }
}
