//! Numbers and writes from a seed.

use std::collections::BTreeMap;
use std::sync::Arc;

use resonate_core::model::{Edge, Lease, Promise, Task, TaskState};
use resonate_core::protocol::{PromiseRecord, PromiseState, ScheduleRecord};
use resonate_core::store::Write;
use resonate_core::{Millis, Tags, TaskVersion, Text, Value, tags};

use crate::model::Contents;

/// The seeds to run: the one in `SEED`, or the first `count`.
///
/// # Panics
/// When `SEED` is no number.
#[must_use]
pub fn seeds(count: u64) -> Vec<u64> {
    match std::env::var("SEED") {
        Ok(seed) => vec![seed.parse().expect("SEED is a number")],
        Err(_) => (0..count).collect(),
    }
}

/// Numbers that a seed repeats.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The numbers of `seed`.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number (splitmix64).
    pub const fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap_or(u64::MAX);
        usize::try_from(self.number() % end).unwrap_or(0)
    }

    /// True in `percent` of 100 cases.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of them.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// Names whose order as bytes is not that of their numbers, letters or lengths, and awkward ones.
pub const NAMES: [&str; 14] = [
    "w",
    "w:1",
    "w:10",
    "w:2",
    "W",
    "a b",
    "",
    "ä",
    "z",
    "😀",
    "é\u{301}",
    "x\0y",
    "%_'\";--",
    "\u{ffff}",
];

/// A write that the contract allows after what `kept` holds.
pub fn write(random: &mut Random, kept: &Contents) -> Write {
    match random.below(17) {
        0..=6 => Write::Promise(promise(random, kept)),
        7..=8 => Write::Edge(Edge {
            awaited: name(random).into(),
            awaiter: name(random).into(),
            ready: random.chance(50),
        }),
        9 => Write::RemoveEdge {
            awaited: name(random).into(),
            awaiter: name(random).into(),
        },
        10..=11 => Write::Listener {
            promise: name(random).into(),
            address: name(random),
        },
        12 => Write::RemoveListeners(name(random).into()),
        13 => Write::Schedule(Arc::new(schedule(random))),
        14 => Write::RemoveSchedule(name(random).into()),
        15 => Write::RemovePromise(name(random).into()),
        _ if random.chance(5) => Write::Reset,
        _ => Write::Clock(instant(random)),
    }
}

/// A name; some are too long for one page of a file.
pub fn name(random: &mut Random) -> Text {
    let name = *random.pick(&NAMES);
    if random.chance(3) {
        return format!("{name}{}", "long".repeat(2000)).into();
    }
    name.into()
}

/// An instant; small ones often coincide.
pub fn instant(random: &mut Random) -> Millis {
    match random.below(8) {
        0 => Millis::MAX,
        1 => Millis::new(i64::MAX - 1),
        2 => Millis::ZERO,
        _ => Millis::new(i64::try_from(random.below(6)).unwrap_or(0)),
    }
}

fn promise(random: &mut Random, kept: &Contents) -> Promise {
    let id = name(random).into();
    let settled = random.chance(50);
    let mut record = match kept.promises.get(&id) {
        Some(known) => PromiseRecord::clone(&known.record),
        None => PromiseRecord {
            id,
            state: PromiseState::Pending,
            param: value(random),
            value: Value::default(),
            tags: labels(random),
            timeout_at: instant(random),
            created_at: instant(random),
            settled_at: None,
        },
    };
    record.state = PromiseState::Pending;
    record.settled_at = None;
    if settled {
        record.state = *random.pick(&[
            PromiseState::Resolved,
            PromiseState::Rejected,
            PromiseState::RejectedCanceled,
            PromiseState::RejectedTimedout,
        ]);
        record.settled_at = Some(instant(random));
    }
    record.value = value(random);
    Promise {
        record: Arc::new(record),
        armed: random.chance(50),
        task: random.chance(60).then(|| task(random)),
    }
}

fn task(random: &mut Random) -> Task {
    let state = match random.below(5) {
        0 => TaskState::Pending {
            retry_at: instant(random),
        },
        1 => TaskState::Acquired(Lease {
            pid: name(random).into(),
            ttl: *random.pick(&[1, 60_000, i64::MAX]),
            expires_at: instant(random),
        }),
        2 => TaskState::Suspended,
        3 => TaskState::Halted,
        _ => TaskState::Fulfilled,
    };
    Task {
        state,
        version: TaskVersion::new(random.number() >> 1 >> random.below(63)),
    }
}

fn schedule(random: &mut Random) -> ScheduleRecord {
    ScheduleRecord {
        id: name(random).into(),
        cron: name(random),
        promise_id: name(random),
        promise_timeout: instant(random).get(),
        promise_param: value(random),
        promise_tags: labels(random),
        created_at: instant(random),
        next_run_at: instant(random),
        last_run_at: random.chance(50).then(|| instant(random)),
    }
}

/// Headers and data: absent, empty, awkward, or longer than a page.
fn value(random: &mut Random) -> Value {
    let headers = random.chance(30).then(|| {
        let pairs = 0..random.below(3);
        pairs
            .map(|_| (name(random).to_string(), name(random).to_string()))
            .collect::<BTreeMap<_, _>>()
    });
    let data = match random.below(6) {
        0 | 1 => None,
        2 => Some("x".repeat(random.below(20_000)).into()),
        _ => Some(name(random)),
    };
    Value { headers, data }
}

fn labels(random: &mut Random) -> Tags {
    let mut labels: Tags = (0..random.below(3))
        .map(|_| (name(random), name(random)))
        .collect();
    if random.chance(60) {
        labels = labels.with(tags::BRANCH, *random.pick(&NAMES[..4]));
    }
    if random.chance(30) {
        labels = labels.with(tags::ORIGIN, *random.pick(&NAMES[..4]));
    }
    labels
}
