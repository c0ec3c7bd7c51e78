//! Random requests: every property holds after every step, and the workload reaches what it
//! should. `SEED=n` runs one seed alone.
#![allow(clippy::unwrap_used)]
#![expect(clippy::print_stdout, reason = "the seed of a failing run")]

use std::collections::BTreeMap;

use resonate_core::engine::{Config, Snapshot};
use resonate_core::protocol::Answer;
use support::engine::{Action, EngineHarness, Workload, stores};

const SEEDS: u64 = 20;
const STEPS: usize = 600;

/// How often each kind was answered how, and each change of a task's state seen.
#[derive(Default)]
struct Reach(BTreeMap<String, u64>);

impl Reach {
    fn saw(&mut self, what: String) {
        *self.0.entry(what).or_default() += 1;
    }

    fn saw_answer(&mut self, action: &Action, answer: Option<&Answer>) {
        if let (Action::Send(request), Some(answer)) = (action, answer) {
            let status = match answer {
                Ok(_) => 200,
                Err(refusal) => refusal.status.code(),
            };
            self.saw(format!("{} {status}", request.kind()));
        }
    }

    fn saw_change(&mut self, before: &Snapshot, after: &Snapshot) {
        for (id, promise) in &after.promises {
            let was = before
                .promises
                .get(id)
                .and_then(|promise| promise.task.as_ref());
            let was = was.map(|task| task.state.status());
            let is = promise.task.as_ref().map(|task| task.state.status());
            if was != is {
                self.saw(format!("{was:?} to {is:?}"));
            }
        }
    }
}

/// Fewer on a store that waits for a disk.
fn seeds(blocks: bool) -> Vec<u64> {
    match std::env::var("SEED") {
        Ok(seed) => vec![seed.parse().expect("SEED is a number")],
        Err(_) if blocks => (0..SEEDS / 10).collect(),
        Err(_) => (0..SEEDS).collect(),
    }
}

#[test]
fn every_step_of_random_requests_keeps_every_property() {
    let mut reach = Reach::default();
    for (store, make) in stores() {
        for seed in seeds(make().blocks()) {
            println!("SEED={seed} on {store}");
            let config = Config {
                batch_max: 1 + usize::try_from(seed % 7).unwrap(),
                fence_preload_max: 3,
                ..Config::default()
            };
            let mut engine = EngineHarness::new(make(), config);
            let mut workload = Workload::new(seed);
            for _ in 0..STEPS {
                let before = engine.snapshot().clone();
                let (now, action) = workload.step(&before);
                let (answer, _) = engine.act(now, &action);
                reach.saw_answer(&action, answer.as_ref());
                reach.saw_change(&before, engine.snapshot());
            }
        }
    }
    if std::env::var("SEED").is_err() {
        reached(&reach);
    }
}

/// What a workload that is worth its time has seen.
fn reached(reach: &Reach) {
    let expected = [
        "promise.get 200",
        "promise.get 404",
        "promise.create 200",
        "promise.settle 200",
        "promise.settle 404",
        "promise.register_callback 200",
        "promise.register_callback 400",
        "promise.register_callback 404",
        "promise.register_callback 422",
        "promise.register_listener 200",
        "promise.register_listener 404",
        "promise.search 200",
        "promise.search 400",
        "task.get 200",
        "task.get 404",
        "task.create 200",
        "task.create 409",
        "task.acquire 200",
        "task.acquire 404",
        "task.acquire 409",
        "task.fence 200",
        "task.fence 409",
        "task.suspend 200",
        "task.suspend 409",
        "task.suspend 422",
        "task.release 200",
        "task.release 409",
        "task.fulfill 200",
        "task.fulfill 409",
        "task.heartbeat 200",
        "task.halt 200",
        "task.halt 409",
        "task.continue 200",
        "task.continue 409",
        "task.search 200",
        "schedule.get 200",
        "schedule.get 404",
        "schedule.create 200",
        "schedule.delete 200",
        "schedule.delete 404",
        "schedule.search 200",
        "None to Some(Pending)",
        "None to Some(Acquired)",
        "None to Some(Fulfilled)",
        "Some(Pending) to Some(Acquired)",
        "Some(Pending) to Some(Halted)",
        "Some(Pending) to Some(Fulfilled)",
        "Some(Acquired) to Some(Pending)",
        "Some(Acquired) to Some(Suspended)",
        "Some(Acquired) to Some(Halted)",
        "Some(Acquired) to Some(Fulfilled)",
        "Some(Suspended) to Some(Pending)",
        "Some(Suspended) to Some(Halted)",
        "Some(Suspended) to Some(Fulfilled)",
        "Some(Halted) to Some(Pending)",
        "Some(Halted) to Some(Fulfilled)",
    ];
    let missing: Vec<_> = expected
        .into_iter()
        .filter(|what| !reach.0.contains_key(*what))
        .collect();
    assert!(
        missing.is_empty(),
        "never seen: {missing:?} in {:#?}",
        reach.0
    );
}
