//! What a generated workflow does, and what its result has to look like.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use support::random::Random;

/// A workflow: these operations, one after the other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Plan(pub(crate) Vec<Op>);

/// What a leaf is told to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Chore {
    /// What it returns.
    pub(crate) value: u64,
    /// How long an attempt takes.
    pub(crate) millis: u64,
    /// How many attempts fail first.
    pub(crate) failures: u32,
}

/// One operation of a workflow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Op {
    /// A local leaf; it may fail a few times.
    Leaf(Chore),
    /// A local leaf that fails for good.
    Broken(String),
    /// An inline step.
    Step(u64),
    /// A leaf on some worker.
    Rpc(Chore),
    /// A workflow as a local step.
    Nested(Plan),
    /// A workflow on some worker.
    Remote(Plan),
    /// All at the same time, joined in order.
    All(Vec<Self>),
    /// All at the same time, taken as they end.
    Each(Vec<Self>),
    /// A leaf against a sleep; the loser is not looked at.
    Race { chore: Chore, sleep: u64 },
    /// A sleep.
    Sleep(u64),
    /// A workflow that outlives this one.
    Detached(Plan),
    /// A promise that the simulation settles with this value, once a leaf has told its id.
    Human(u64),
    /// Time and randomness, handed to a leaf.
    Draw,
    /// A call that is canceled after a sleep, locally or elsewhere.
    Cancel {
        chore: Chore,
        sleep: u64,
        remote: bool,
    },
}

impl Plan {
    /// A plan of about `size` operations.
    pub(crate) fn draw(random: &mut Random, size: usize) -> Self {
        let mut left = size;
        let mut ops = Vec::new();
        while left > 0 {
            ops.push(op(random, &mut left, 0));
        }
        Self(ops)
    }

    /// Whether `result` is what this plan may come to.
    pub(crate) fn fits(&self, result: &Json) -> bool {
        all_fit(&self.0, result)
    }

    /// How many detached executions it begins, at any depth.
    pub(crate) fn detached(&self) -> usize {
        self.0.iter().map(Op::detached).sum()
    }
}

impl Op {
    fn fits(&self, result: &Json) -> bool {
        let text = |expected: &str| result.as_str() == Some(expected);
        match self {
            Self::Leaf(chore) | Self::Rpc(chore) => *result == chore.value,
            Self::Broken(message) => text(message),
            Self::Step(value) | Self::Human(value) => *result == *value,
            Self::Nested(plan) | Self::Remote(plan) => plan.fits(result),
            Self::All(ops) | Self::Each(ops) => all_fit(ops, result),
            Self::Race { chore, .. } => *result == chore.value || text("slept"),
            Self::Sleep(_) => text("slept"),
            Self::Detached(_) => text("detached"),
            Self::Draw => result.is_u64(),
            Self::Cancel { chore, .. } => *result == chore.value || text("canceled"),
        }
    }

    fn detached(&self) -> usize {
        match self {
            Self::Nested(plan) | Self::Remote(plan) => plan.detached(),
            Self::Detached(plan) => 1 + plan.detached(),
            Self::All(ops) | Self::Each(ops) => ops.iter().map(Self::detached).sum(),
            Self::Leaf(_)
            | Self::Broken(_)
            | Self::Step(_)
            | Self::Rpc(_)
            | Self::Race { .. }
            | Self::Sleep(_)
            | Self::Human(_)
            | Self::Draw
            | Self::Cancel { .. } => 0,
        }
    }
}

fn all_fit(ops: &[Op], result: &Json) -> bool {
    let Some(results) = result.as_array() else {
        return false;
    };
    results.len() == ops.len() && ops.iter().zip(results).all(|(op, one)| op.fits(one))
}

/// Levels of nesting at most.
const DEPTH_MAX: usize = 3;

fn op(random: &mut Random, left: &mut usize, depth: usize) -> Op {
    *left = left.saturating_sub(1);
    let nests = depth < DEPTH_MAX && *left > 0;
    match random.below(if nests { 22 } else { 13 }) {
        0..=2 => Op::Leaf(chore(random)),
        3 => Op::Broken(format!("broken {}", random.below(100))),
        4 => Op::Step(value(random)),
        5 | 6 => Op::Rpc(chore(random)),
        7 => Op::Race {
            chore: chore(random),
            sleep: millis(random),
        },
        8 => Op::Sleep(millis(random)),
        9 => Op::Human(value(random)),
        10 => Op::Draw,
        11 | 12 => Op::Cancel {
            chore: chore(random),
            sleep: millis(random),
            remote: random.chance(50),
        },
        13 | 14 => Op::Nested(nested(random, left, depth)),
        15 | 16 => Op::Remote(nested(random, left, depth)),
        17 => Op::Detached(nested(random, left, depth)),
        18 | 19 => Op::All(several(random, left, depth)),
        _ => Op::Each(several(random, left, depth)),
    }
}

fn nested(random: &mut Random, left: &mut usize, depth: usize) -> Plan {
    Plan(several(random, left, depth))
}

fn several(random: &mut Random, left: &mut usize, depth: usize) -> Vec<Op> {
    let count = 1 + random.below(3);
    (0..count).map(|_| op(random, left, depth + 1)).collect()
}

fn chore(random: &mut Random) -> Chore {
    Chore {
        value: value(random),
        millis: if random.chance(30) { 0 } else { millis(random) },
        failures: if random.chance(20) {
            1 + u32::from(random.chance(30))
        } else {
            0
        },
    }
}

fn value(random: &mut Random) -> u64 {
    random.number() % 1_000
}

/// A span: mostly short, sometimes longer than a lease.
fn millis(random: &mut Random) -> u64 {
    let most = if random.chance(10) { 20_000 } else { 1_500 };
    random.number() % most
}
