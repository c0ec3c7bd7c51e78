//! Transactions: whole or not at all, many steps to a commit, and no message before it.
#![allow(clippy::unwrap_used)]

use resonate_core::Millis;
use resonate_core::engine::{Config, Engine, Snapshot, invariants};
use resonate_core::protocol::{Outgoing, PromiseGet, PromiseSearch, Request, Response};
use resonate_core::store::{MemoryStore, Store, StoreError, StoreErrorKind};
use support::engine::{Action, Workload, message_words, read_request, stores};
use support::failing::{FailingStore, Fault};

/// Carries out one action in the open transaction.
fn act<S: Store>(engine: &mut Engine<S>, now: Millis, action: &Action) -> Result<(), StoreError> {
    match action {
        Action::Send(request) => engine.handle(now, request).map(drop),
        Action::Tick => engine.tick(now).map(drop),
        Action::Recover(gone) => engine.recover(now, &|pid| pid == gone),
    }
}

/// `count` seeds, and a fifth of them on a store that waits for a disk.
fn seeds(store: &dyn Store, count: u64) -> std::ops::Range<u64> {
    0..if store.blocks() { count / 5 } else { count }
}

fn kept<S: Store>(engine: &Engine<S>) -> Snapshot {
    Snapshot::of(engine.store()).unwrap()
}

#[track_caller]
fn same(left: &Snapshot, right: &Snapshot, place: &str) {
    assert_eq!(left.differences(right), [""; 0], "{place}");
    assert_eq!(left.clock, right.clock, "{place}: the clocks");
}

/// Sends requests in one transaction, and says what the commit hands out.
fn commit(lines: &[&str]) -> Vec<String> {
    let mut engine = Engine::new(MemoryStore::default(), Config::default());
    for line in lines {
        engine
            .handle(Millis::new(1_000), &read_request(line))
            .unwrap()
            .unwrap();
    }
    let messages = engine.commit().unwrap();
    assert_eq!(engine.commit().unwrap(), [], "messages are handed out once");
    messages.iter().map(message_words).collect()
}

#[test]
fn a_rollback_undoes_everything_since_the_commit() {
    for (store, make) in stores() {
        for seed in seeds(&*make(), 20) {
            let mut engine = Engine::new(make(), Config::default());
            let mut workload = Workload::new(seed);
            for round in 0..40 {
                let committed = kept(&engine);
                let steps = 1 + round % 9;
                for _ in 0..steps {
                    let (now, action) = workload.step(&kept(&engine));
                    act(&mut engine, now, &action).unwrap();
                }
                if round % 2 == 0 {
                    engine.commit().unwrap();
                    continue;
                }
                engine.rollback();
                same(
                    &kept(&engine),
                    &committed,
                    &format!("seed {seed} on {store}"),
                );
                let violations = invariants::check(engine.store(), Millis::MAX).unwrap();
                assert_eq!(violations, [], "seed {seed} on {store}");
                assert_eq!(engine.commit().unwrap(), [], "seed {seed} on {store}");
            }
        }
    }
}

#[test]
fn it_does_not_matter_how_many_steps_share_a_commit() {
    for (store, make) in stores() {
        for seed in seeds(&*make(), 20) {
            let mut one = Engine::new(make(), Config::default());
            let mut many = Engine::new(make(), Config::default());
            let mut workload = Workload::new(seed);
            for step in 0..200 {
                let (now, action) = workload.step(&kept(&one));
                act(&mut one, now, &action).unwrap();
                one.commit().unwrap();
                act(&mut many, now, &action).unwrap();
                if step % 7 == 0 {
                    many.commit().unwrap();
                }
            }
            many.commit().unwrap();
            let (one, many) = (kept(&one), kept(&many));
            assert_eq!(one.differences(&many), [""; 0], "seed {seed} on {store}");
        }
    }
}

#[test]
fn of_many_offers_of_a_task_the_latest_is_sent() {
    let claim_and_release = [
        "create w 90000 TG",
        "acquire w 0",
        "release w 1",
        "acquire w 1",
        "release w 2",
        "create v 90000 TG",
    ];
    assert_eq!(commit(&claim_and_release), ["execute w 2", "execute v 0"]);
}

#[test]
fn an_offer_that_was_overtaken_is_not_sent() {
    let overtaken: [&[&str]; 4] = [
        &["create w 90000 TG", "acquire w 0"],
        &["create w 90000 TG", "halt w"],
        &["create w 90000 TG", "settle w resolved"],
        &["create w 90000 TG", "task.create w 90000 TG"],
    ];
    for lines in overtaken {
        assert!(commit(lines).is_empty(), "{lines:?}");
    }
}

#[test]
fn messages_leave_in_the_order_of_their_causes() {
    let said = commit(&[
        "create z 90000 TG",
        "create p 90000",
        "listen p poll://uni@g/me",
        "settle p resolved",
        "create a 90000 TG",
    ]);
    let expected = [
        "execute z 0",
        "unblock p resolved poll://uni@g/me",
        "execute a 0",
    ];
    assert_eq!(said, expected);
}

#[test]
fn messages_of_a_rolled_back_transaction_are_lost() {
    let mut engine = Engine::new(MemoryStore::default(), Config::default());
    let create = read_request("create w 90000 TG");
    engine.handle(Millis::new(1_000), &create).unwrap().unwrap();
    engine.rollback();
    assert_eq!(engine.commit().unwrap(), []);
    engine.handle(Millis::new(1_000), &create).unwrap().unwrap();
    let messages: Vec<Outgoing> = engine.commit().unwrap();
    assert_eq!(messages.len(), 1);
}

#[test]
fn the_clock_survives_a_restart() {
    let shown: [&[&str]; 4] = [
        &["get p"],
        &["search"],
        &["search state=pending"],
        &["settle p resolved"],
    ];
    for lines in shown {
        let mut engine = Engine::new(MemoryStore::default(), Config::default());
        let create = read_request("create p 5000");
        engine.handle(Millis::new(1_000), &create).unwrap().unwrap();
        engine.commit().unwrap();
        for line in lines {
            let request = read_request(line);
            engine
                .handle(Millis::new(5_000), &request)
                .unwrap()
                .unwrap();
        }
        engine.commit().unwrap();
        let mut engine = Engine::new(engine.into_store(), Config::default());
        let get = Request::PromiseGet(PromiseGet { id: "p".into() });
        let answer = engine.handle(Millis::new(2_000), &get).unwrap();
        let settled = matches!(&answer, Ok(Response::Promise(p)) if !p.state.is_pending());
        assert!(settled, "once {lines:?} showed it timed out: {answer:?}");
    }
}

#[test]
fn a_read_that_shows_nothing_new_keeps_nothing() {
    let mut engine = Engine::new(MemoryStore::default(), Config::default());
    let create = read_request("create p 5000");
    engine.handle(Millis::new(1_000), &create).unwrap().unwrap();
    engine.commit().unwrap();
    let search = Request::PromiseSearch(PromiseSearch::default());
    engine.handle(Millis::new(4_000), &search).unwrap().unwrap();
    engine.tick(Millis::new(4_000)).unwrap();
    engine.commit().unwrap();
    assert_eq!(kept(&engine).clock, Millis::new(1_000));
}

#[test]
fn a_failure_leaves_nothing_half_done_and_can_be_repeated() {
    for (store, make) in stores() {
        for seed in seeds(&*make(), 5) {
            let script = script(seed, make());
            let mut clean = Engine::new(make(), Config::default());
            for (now, actions) in &script {
                run(&mut clean, *now, actions).unwrap();
            }
            for call in 0.. {
                let failing = FailingStore::new(make(), Fault::Call(call));
                let mut engine = Engine::new(failing, Config::default());
                repeat_until_done(&mut engine, &script);
                let end = Snapshot::of(engine.store().inner()).unwrap();
                let place = format!("seed {seed}, call {call} on {store}");
                same(&end, &kept(&clean), &place);
                if !engine.store().has_failed() {
                    break;
                }
            }
        }
    }
}

type Script = Vec<(Millis, Vec<Action>)>;

/// Transactions of three actions each.
fn script(seed: u64, store: Box<dyn Store + Send>) -> Script {
    let mut engine = Engine::new(store, Config::default());
    let mut workload = Workload::new(seed);
    let mut latest = Millis::ZERO;
    let mut script = Vec::new();
    for _ in 0..25 {
        let mut actions = Vec::new();
        for _ in 0..3 {
            let (now, action) = workload.step(&kept(&engine));
            latest = latest.max(now);
            act(&mut engine, latest, &action).unwrap();
            actions.push(action);
        }
        engine.commit().unwrap();
        script.push((latest, actions));
    }
    script
}

fn run<S: Store>(
    engine: &mut Engine<S>,
    now: Millis,
    actions: &[Action],
) -> Result<(), StoreError> {
    for action in actions {
        act(engine, now, action)?;
    }
    engine.commit().map(drop)
}

/// Runs the script; what fails is given up, looked at, and done again.
fn repeat_until_done(engine: &mut Engine<FailingStore<Box<dyn Store + Send>>>, script: &Script) {
    for (now, actions) in script {
        let before = Snapshot::of(engine.store().inner()).unwrap();
        if let Err(error) = run(engine, *now, actions) {
            assert_eq!(error.kind(), StoreErrorKind::Io);
            engine.rollback();
            let after = Snapshot::of(engine.store().inner()).unwrap();
            same(&after, &before, &format!("{actions:?} at {now}"));
            run(engine, *now, actions).unwrap();
        }
    }
}

#[test]
fn after_a_failure_the_transaction_can_only_be_given_up() {
    let create = read_request("create w 90000 TG");
    let other = read_request("create v 90000 TG");
    let now = Millis::new(1_000);
    // Call 0 reads the clock, 1 the promise, 2 applies.
    for call in 0..=2 {
        let failing = FailingStore::new(MemoryStore::default(), Fault::Call(call));
        let mut engine = Engine::new(failing, Config::default());
        assert!(engine.handle(now, &create).is_err());
        assert!(
            engine.handle(now, &other).is_err(),
            "refused until given up"
        );
        assert!(engine.tick(now).is_err());
        assert!(engine.commit().is_err(), "and not committed");
        assert_eq!(Snapshot::of(engine.store()).unwrap(), Snapshot::default());
        engine.handle(now, &create).unwrap().unwrap();
        assert_eq!(
            engine.commit().unwrap().len(),
            1,
            "a failed commit gave it up"
        );
    }
}

#[test]
fn a_failed_commit_keeps_nothing_and_says_nothing() {
    let create = read_request("create w 90000 TG");
    let now = Millis::new(1_000);
    // Call 3 applies the clock, 4 commits.
    for call in 3..=4 {
        let failing = FailingStore::new(MemoryStore::default(), Fault::Call(call));
        let mut engine = Engine::new(failing, Config::default());
        engine.handle(now, &create).unwrap().unwrap();
        assert!(engine.commit().is_err());
        assert_eq!(Snapshot::of(engine.store()).unwrap(), Snapshot::default());
        assert_eq!(engine.commit().unwrap(), []);
    }
}

#[test]
fn nothing_is_due_before_the_next_wakeup() {
    for (store, make) in stores() {
        for seed in seeds(&*make(), 10) {
            let mut engine = Engine::new(make(), Config::default());
            let mut workload = Workload::new(seed);
            let mut latest = Millis::ZERO;
            for _ in 0..200 {
                let (now, action) = workload.step(&kept(&engine));
                latest = latest.max(now);
                act(&mut engine, now, &action).unwrap();
                engine.commit().unwrap();
                let next = engine.next_wakeup().unwrap();
                if next.is_some_and(|next| next <= latest) {
                    continue;
                }
                let before = kept(&engine);
                assert!(!engine.tick(latest).unwrap());
                assert_eq!(engine.commit().unwrap(), [], "seed {seed} on {store}");
                same(&kept(&engine), &before, &format!("seed {seed} on {store}"));
            }
        }
    }
}
