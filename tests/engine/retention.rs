//! What a retention forgets: executions that finished long enough ago, whole, and nothing that
//! somebody still needs.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use resonate_core::engine::{Config, Engine};
use resonate_core::protocol::Outgoing;
use resonate_core::store::{MemoryStore, Store, View};
use resonate_core::{Millis, PromiseId};
use support::engine::{EngineHarness, Workload, read_request, stores};

const RETAIN: Duration = Duration::from_secs(10);

fn config() -> Config {
    Config {
        retain: Some(RETAIN),
        ..Config::default()
    }
}

/// Plays a script on every store: an instant, and a request or `tick`.
fn play(config: &Config, script: &[(i64, &str)], then: impl Fn(&mut EngineHarness)) {
    for (_, make) in stores() {
        let mut engine = EngineHarness::new(make(), config.clone());
        for (now, line) in script {
            engine.at(Millis::new(*now));
            if *line == "tick" {
                engine.tick();
            } else {
                ask(&mut engine, line);
            }
        }
        then(&mut engine);
    }
}

fn ask(engine: &mut EngineHarness, line: &str) -> Vec<Outgoing> {
    let (answer, sent) = engine.send(&read_request(line));
    answer.unwrap();
    sent
}

/// Lets the time come, and says what is kept then.
fn kept(engine: &mut EngineHarness, now: i64) -> Vec<String> {
    let sent = engine.at(Millis::new(now)).tick();
    assert!(sent.is_empty(), "{sent:?}");
    let promises = engine.snapshot().promises.keys();
    promises.map(ToString::to_string).collect()
}

fn next_wakeup(engine: &EngineHarness) -> Option<i64> {
    engine.engine().next_wakeup().unwrap().map(Millis::get)
}

#[test]
fn a_finished_execution_goes_whole_when_its_time_is_over_and_no_sooner() {
    let script = [
        (1_000, "task.create w 90000 TG pid=P ttl=60000"),
        (1_000, "create other 90000"),
        (1_001, "fence.create w 1 w:0 90000 #resonate:origin=w"),
        (1_002, "fence.settle w 1 w:0 resolved value=x"),
        (2_000, "fulfill w 1 resolved value=x"),
    ];
    play(&config(), &script, |engine| {
        assert_eq!(next_wakeup(engine), Some(12_000));
        assert_eq!(kept(engine, 11_999), ["other", "w", "w:0"]);
        assert_eq!(next_wakeup(engine), Some(12_000));
        assert_eq!(kept(engine, 12_000), ["other"]);
        // Its id is as good as new.
        ask(engine, "task.create w 90000 TG pid=P ttl=60000");
        assert_eq!(kept(engine, 12_001), ["other", "w"]);
    });
}

#[test]
fn without_a_retention_everything_is_kept() {
    let script = [(1_000, "create p 90000"), (1_001, "settle p resolved")];
    play(&Config::default(), &script, |engine| {
        assert_eq!(next_wakeup(engine), None);
        assert_eq!(kept(engine, i64::MAX - 1), ["p"]);
    });
}

#[test]
fn what_an_execution_left_behind_keeps_all_of_it() {
    let script = [
        (1_000, "task.create w 900000 TG pid=P ttl=60000"),
        (1_001, "create w:d 900000 TG #resonate:origin=w"),
        (1_001, "create w:0 900000 #resonate:origin=w"),
        (1_002, "settle w:0 resolved"),
        (2_000, "fulfill w 1 resolved"),
        (2_001, "acquire w:d 0 pid=Q ttl=800000"),
    ];
    play(&config(), &script, |engine| {
        assert_eq!(kept(engine, 500_000), ["w", "w:0", "w:d"]);
        ask(engine, "fulfill w:d 1 resolved");
        assert_eq!(kept(engine, 509_999), ["w", "w:0", "w:d"]);
        // It is looked at again within a minute.
        assert_eq!(kept(engine, 570_000), [""; 0]);
    });
}

#[test]
fn what_another_task_was_woken_for_is_kept_until_that_has_taken_it() {
    let script = [
        (1_000, "create p 900000 EX"),
        (1_000, "task.create w 900000 TG pid=P ttl=60000"),
        (1_001, "suspend w 1 p"),
        (1_002, "settle p resolved"),
        (1_003, "halt w"),
        (90_000, "tick"),
    ];
    play(&config(), &script, |engine| {
        assert_eq!(kept(engine, 200_000), ["p", "w"]);
        ask(engine, "continue w");
        ask(engine, "acquire w 1 pid=P ttl=600000");
        assert_eq!(kept(engine, 300_000), ["w"]);
    });
}

#[test]
fn a_deadline_ends_what_nobody_settles() {
    let script = [
        (1_000, "create quiet 5000"),
        (1_000, "create timer 5000 TM"),
        (1_000, "create root 5000 EX"),
        (1_000, "create root:0 6000 #resonate:origin=root"),
        (6_500, "tick"),
    ];
    play(&config(), &script, |engine| {
        assert_eq!(next_wakeup(engine), Some(15_000));
        assert_eq!(kept(engine, 15_000), ["root", "root:0"]);
        assert_eq!(next_wakeup(engine), Some(16_000));
        assert_eq!(kept(engine, 16_000), [""; 0]);
    });
}

#[test]
fn what_is_born_at_an_end_long_gone_goes_too() {
    let script = [
        (1_000, "create a 90000"),
        (1_001, "settle a resolved"),
        (50_000, "tick"),
        (50_000, "create late 900"),
    ];
    play(&config(), &script, |engine| {
        assert_eq!(kept(engine, 50_000), [""; 0]);
    });
}

#[test]
fn one_tick_forgets_a_batch_and_says_that_there_is_more() {
    let config = Config {
        batch_max: 10,
        ..config()
    };
    for (_, make) in stores() {
        let mut engine = Engine::new(make(), config.clone());
        for number in 0..95 {
            let create = format!("create p{number} 90000");
            let settle = format!("settle p{number} resolved");
            engine
                .handle(Millis::new(1_000), &read_request(&create))
                .unwrap()
                .unwrap();
            engine
                .handle(Millis::new(1_000), &read_request(&settle))
                .unwrap()
                .unwrap();
        }
        engine.commit().unwrap();
        let now = Millis::new(11_000);
        let left = |engine: &Engine<Box<dyn Store + Send>>| {
            engine.store().promises_after(None, 1_000).unwrap().len()
        };
        assert!(engine.tick(now).unwrap());
        engine.commit().unwrap();
        assert_eq!(left(&engine), 85);
        // What is not kept has not happened.
        engine.tick(now).unwrap();
        assert_eq!(left(&engine), 75);
        engine.rollback();
        assert_eq!(left(&engine), 85);
        let ticks = (0..).take_while(|_| engine.tick(now).unwrap()).count();
        assert_eq!((ticks, left(&engine)), (8, 0));
    }
}

/// Whether the promise has anything to wait for, or anybody waits for it.
fn is_needed(engine: &EngineHarness, id: &PromiseId, now: Millis) -> bool {
    let snapshot = engine.snapshot();
    let promise = &snapshot.promises[id];
    promise.is_live(now) || snapshot.edges.iter().any(|edge| edge.awaited == *id)
}

#[test]
fn of_random_executions_nothing_goes_that_is_needed_and_all_else_goes() {
    for (store, make) in stores() {
        let (seeds, mut forgotten) = (if make().blocks() { 0..2 } else { 0..20 }, 0);
        for seed in seeds {
            let config = Config {
                batch_max: 1 + usize::try_from(seed % 7).unwrap(),
                ..config()
            };
            let mut engine = EngineHarness::new(make(), config);
            let mut workload = Workload::new(seed);
            let mut now = Millis::ZERO;
            // The properties of every step say what may go.
            for _ in 0..600 {
                let before = engine.snapshot().clone();
                let (at, action) = workload.step(&before);
                engine.act(at, &action);
                now = now.max(at);
                let gone = |id: &&PromiseId| !engine.snapshot().promises.contains_key(*id);
                forgotten += before.promises.keys().filter(gone).count();
            }
            // Twice, for what was looked at while the first round was still open.
            for _ in 0..2 {
                now = now.after(RETAIN + Duration::from_secs(60));
                engine.at(now).tick();
            }
            let promises = engine.snapshot().promises.values();
            let needed: std::collections::BTreeSet<_> = promises
                .filter(|it| is_needed(&engine, it.id(), now) || it.ends_at().after(RETAIN) > now)
                .map(|it| it.root())
                .collect();
            for promise in engine.snapshot().promises.values() {
                let root = promise.root();
                let is_rootless = !engine.snapshot().promises.contains_key(root);
                assert!(
                    needed.contains(root) || is_rootless,
                    "SEED={seed} on {store}: {} was kept",
                    promise.id()
                );
            }
        }
        assert!(
            forgotten > 20,
            "{store}: {forgotten} promises were forgotten"
        );
    }
}

#[test]
fn a_retention_that_is_set_later_takes_what_was_there_before() {
    let mut engine = Engine::new(MemoryStore::default(), Config::default());
    for line in ["create p 90000", "settle p resolved"] {
        engine
            .handle(Millis::new(1_000), &read_request(line))
            .unwrap()
            .unwrap();
    }
    engine.commit().unwrap();
    let mut engine = Engine::new(engine.into_store(), config());
    assert_eq!(engine.next_wakeup().unwrap(), Some(Millis::new(11_000)));
    engine.tick(Millis::new(20_000)).unwrap();
    engine.commit().unwrap();
    assert!(engine.store().promise(&"p".into()).unwrap().is_none());
}
