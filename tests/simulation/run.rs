//! One simulation, from its seed to its verdict.

use std::sync::Arc;
use std::time::Duration;

use resonate_core::engine::Snapshot;
use resonate_core::model::{Promise, TaskState};
use resonate_core::protocol::PromiseState;
use resonate_core::store::{MemoryStore, SqliteOptions, SqliteStore, Store};
use resonate_core::tags;
use serde_json::Value as Json;
use support::random::Random;
use support::world::VirtualClock;

use crate::clock::SkewedClock;
use crate::cluster::Cluster;
use crate::floor::Book;
use crate::ground::Ground;
use crate::options::Options;
use crate::plan::Plan;
use crate::store::Vault;
use crate::trace::{Report, Trace};

/// How long everything may take to finish once nothing goes wrong any more.
const LIVENESS: Duration = Duration::from_secs(3_600);

/// Runs the simulation of these options.
pub(crate) fn simulate(options: &Options) -> Report {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store: Box<dyn Store + Send> = if options.on_file {
        let path = folder.path().join("simulation.db");
        Box::new(SqliteStore::open(SqliteOptions::new(path)).unwrap())
    } else {
        Box::new(MemoryStore::default())
    };
    runtime.block_on(run(options.clone(), store))
}

async fn run(options: Options, store: Box<dyn Store + Send>) -> Report {
    let trace = Arc::new(Trace::start());
    let mut random = Random::new(options.seed ^ 0x5157_u64);
    let time = Arc::new(VirtualClock::start());
    let clock = Arc::new(SkewedClock::new(&time, 0));
    let vault = Vault::new(store, Arc::clone(&clock), Arc::clone(&trace));
    let book = Book::new(Arc::clone(&vault), Arc::clone(&trace));
    let ground = Ground::new(options.clone(), Arc::clone(&trace), vault, clock);
    ground.start_engine();
    let plans: Vec<Plan> = (0..options.roots)
        .map(|_| Plan::draw(&mut random, options.size))
        .collect();
    let forked = Random::new(random.number());
    let mut cluster = Cluster::start(Arc::clone(&ground), book, time, forked).await;
    misbehave(&mut cluster, &options, &plans, random).await;
    cluster.calm_down().await;
    for (number, plan) in plans.iter().enumerate() {
        // Nobody may have survived starting it.
        cluster.start_root(&root(number), plan);
    }
    if finish(&mut cluster, &ground, &plans).await {
        judge(&cluster, &ground, &plans).await;
    }
    cluster.count();
    ground.vault.audit();
    ground.end();
    trace.end()
}

fn root(number: usize) -> String {
    format!("root{number}")
}

/// The safety phase: executions are started while things go wrong.
async fn misbehave(cluster: &mut Cluster, options: &Options, plans: &[Plan], mut random: Random) {
    let mut left = options.mishaps;
    let mut next = 0;
    while left > 0 || next < plans.len() {
        if next < plans.len() && random.chance(50) {
            cluster.start_root(&root(next), &plans[next]);
            next += 1;
        } else if left > 0 {
            cluster.mishap().await;
            left -= 1;
        }
        let most = usize::try_from(options.lease.as_millis()).unwrap();
        let most = if random.chance(30) { 100 } else { most };
        for _ in 0..4 {
            cluster.settle_announced();
            tokio::time::sleep(Duration::from_millis(random.below(most) as u64 / 4)).await;
        }
    }
}

/// The liveness phase: whether everything finished.
async fn finish(cluster: &mut Cluster, ground: &Ground, plans: &[Plan]) -> bool {
    let begun = ground.trace.elapsed();
    let limit = begun + LIVENESS.as_millis();
    loop {
        cluster.settle_announced();
        let kept = ground.vault.kept();
        let open = unfinished(&kept);
        let started = (0..plans.len()).all(|n| kept.promises.contains_key(root(n).as_str()));
        if open.is_empty() && started {
            return true;
        }
        if ground.trace.elapsed() > limit {
            let list = open.join("\n  ");
            ground.trace.finding(format_args!(
                "unfinished, an hour after the last fault:\n  {list}"
            ));
            return false;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// Promises and tasks that are not at their end.
fn unfinished(kept: &Snapshot) -> Vec<String> {
    let open = kept
        .promises
        .values()
        .filter(|promise| is_open(kept, promise));
    open.map(|promise| {
        let record = &promise.record;
        format!(
            "{} {:?}, its task {:?}",
            record.id, record.state, promise.task
        )
    })
    .collect()
}

fn is_open(kept: &Snapshot, promise: &Promise) -> bool {
    match &promise.task {
        Some(task) => task.state != TaskState::Fulfilled,
        None => promise.record.state.is_pending() && !is_abandoned(kept, promise),
    }
}

/// Whether an execution above it was canceled: what it had begun then stays as it is.
fn is_abandoned(kept: &Snapshot, promise: &Promise) -> bool {
    let mut above = promise;
    loop {
        if above.record.state == PromiseState::RejectedCanceled {
            return true;
        }
        let parent = above.record.tags.get(tags::PARENT);
        match parent.and_then(|id| kept.promises.get(id)) {
            Some(parent) if parent.id() != above.id() => above = parent,
            Some(_) | None => return false,
        }
    }
}

/// Compares what came out with what the plans say.
async fn judge(cluster: &Cluster, ground: &Ground, plans: &[Plan]) {
    for (number, plan) in plans.iter().enumerate() {
        let id = root(number);
        match cluster.client.resonate().get::<Json>(&id).await {
            Ok(result) if plan.fits(&result) => {}
            Ok(result) => ground
                .trace
                .finding(format_args!("`{id}` came to {result}, of {plan:?}")),
            Err(error) => ground
                .trace
                .finding(format_args!("`{id}` failed: {error:?}, of {plan:?}")),
        }
        ground.trace.count("roots finished");
    }
    let kept = ground.vault.kept();
    let expected: usize = plans.iter().map(Plan::detached).sum();
    let detached = kept
        .promises
        .keys()
        .filter(|id| is_detached(&kept, id.as_str()));
    let detached = detached.count();
    ground.trace.add("detached calls", detached as u64);
    if detached != expected {
        ground
            .trace
            .finding(format_args!("{detached} detached calls, of {expected}"));
    }
}

/// Whether the promise is of a detached call: it hangs off the origin, and is not the next step.
fn is_detached(kept: &Snapshot, id: &str) -> bool {
    let Some(promise) = kept.promises.get(id) else {
        return false;
    };
    let record = &promise.record;
    let segment = id.rsplit([':', '.']).next().unwrap_or_default();
    let hash = segment.strip_prefix('d').unwrap_or_default();
    hash.len() == 16 && record.tags.target().is_some()
}
