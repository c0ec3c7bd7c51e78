//! The process dies at each of its requests in turn, before it is sent, after it was carried out,
//! or with the answer in hand; another process goes on. The result is the same, and what was
//! recorded is not done again.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use resonate::{PromiseState, Resonate};
use resonate_core::protocol::PromiseRecord;
use resonate_core::{Value, tags};
use support::world::{Fate, World};

/// How a run ended, and what it left behind.
#[derive(Debug)]
struct Outcome {
    result: Result<String, String>,
    /// Every promise: its state and value.
    recorded: BTreeMap<String, (PromiseState, Value)>,
    /// Calls that the first process made.
    calls: usize,
    /// Steps that were done again although their result was recorded.
    repeated: Vec<String>,
}

/// A workflow to crash.
#[derive(Clone, Copy, Debug)]
struct Case {
    name: &'static str,
    /// Its argument, if it takes one.
    argument: Option<u32>,
    /// Whether time is a part of it, so that what a crash delays may turn out another way.
    is_race: bool,
    /// How far away the engine is.
    way: Option<Duration>,
}

const fn case(name: &'static str) -> Case {
    Case {
        name,
        argument: None,
        is_race: false,
        way: None,
    }
}

const fn race(name: &'static str) -> Case {
    Case {
        is_race: true,
        ..case(name)
    }
}

/// Answers what workflows ask people, until it is dropped.
pub(super) async fn answer_questions(world: &World, person: &Resonate) {
    let is_question = |record: &Arc<PromiseRecord>| {
        let tags = &record.tags;
        tags.get(tags::EXTERNAL) == Some("true") && record.state.is_pending()
    };
    loop {
        tokio::time::sleep(Duration::from_secs(10)).await;
        for question in world.promises().await.iter().filter(|it| is_question(it)) {
            let (promises, id) = (person.promises(), question.id.as_str());
            promises.resolve(id, &"Yes").await.unwrap();
        }
    }
}

/// Waits until every call is settled, detached ones too.
pub(super) async fn all_settled(world: &World) {
    let is_open =
        |record: &Arc<PromiseRecord>| record.tags.target().is_some() && record.state.is_pending();
    loop {
        tokio::time::sleep(Duration::from_secs(10)).await;
        if !world.promises().await.iter().any(is_open) {
            return;
        }
    }
}

/// Runs the case to its end with one process that dies by this fate at this call, and another
/// that comes when it is dead. Both keep so many suspended executions.
async fn run(case: Case, warm: usize, death: Option<(usize, Fate)>) -> Outcome {
    let world = case.way.map_or_else(World::new, World::far);
    let caller = world
        .join_as("caller", |builder| builder.client_only())
        .await;
    let wire = world.wire();
    if let Some((at, fate)) = death {
        wire.judge(move |call, _| (call == at).then(|| fate.clone()));
    }
    let first = world
        .join_over("first", Arc::clone(&wire), |builder| builder.warm(warm))
        .await;
    let arguments: Vec<u32> = case.argument.into_iter().collect();
    let root = caller.id("root").rpc::<String>(case.name, arguments);
    let root = root
        .timeout(Duration::from_secs(1_000_000))
        .begin()
        .await
        .unwrap();
    let to_the_end = async {
        tokio::select! {
            () = all_settled(&world) => return Vec::new(),
            () = wire.died() => {}
        }
        let before = settled(&world).await;
        drop(first);
        let second = world.join_as("second", |builder| builder.warm(warm)).await;
        all_settled(&world).await;
        assert!(second.faults().is_empty(), "{:?}", second.faults());
        let done_again = world.log.by("second").into_iter();
        done_again.filter(|step| before.contains(step)).collect()
    };
    let repeated = tokio::select! {
        ended = tokio::time::timeout(Duration::from_secs(20_000), to_the_end) => {
            ended.unwrap_or_else(|_| panic!("it never ended: {:#?}", wire.lines()))
        }
        () = answer_questions(&world, &caller), if case.name == "asks" => Vec::new(),
    };
    let recorded = world.promises().await.into_iter().map(|record| {
        let left = (record.state, record.value.clone());
        (record.id.to_string(), left)
    });
    Outcome {
        recorded: recorded.collect(),
        result: root.await.map_err(|error| error.to_string()),
        calls: wire.calls(),
        repeated,
    }
}

async fn settled(world: &World) -> BTreeSet<String> {
    let promises = world.promises().await.into_iter();
    let settled = promises.filter(|record| !record.state.is_pending());
    settled.map(|record| record.id.to_string()).collect()
}

/// Crashes the case at each of its calls, in each way, with every turn replayed and with none.
async fn crash_everywhere(case: Case, expected: Result<&str, &str>) {
    let replayed = crash_at_each_call(case, 0, expected).await;
    let kept = crash_at_each_call(case, 1_000, expected).await;
    if !case.is_race {
        assert_eq!(replayed, kept, "what is recorded");
    }
    // Where each request is kept on its own, and results set out before their creation's answer.
    let way = Some(Duration::from_millis(2));
    crash_at_each_call(Case { way, ..case }, 1_000, expected).await;
}

/// What is recorded without a crash, and with any.
async fn crash_at_each_call(
    case: Case,
    warm: usize,
    expected: Result<&str, &str>,
) -> BTreeMap<String, (PromiseState, Value)> {
    let calm = run(case, warm, None).await;
    let result = calm.result.as_ref().map(String::as_str);
    assert_eq!(result.map_err(String::as_str), expected, "without a crash");
    assert!(calm.calls > 1);
    for at in 0..calm.calls {
        for fate in [Fate::CutBefore, Fate::CutUnanswered, Fate::CutAfter] {
            let told = format!(
                "{} dies at call {at} of {}: {fate:?}, {warm} kept",
                case.name, calm.calls
            );
            let crashed = run(case, warm, Some((at, fate))).await;
            assert_eq!(crashed.result, calm.result, "{told}");
            assert_eq!(crashed.repeated, Vec::<String>::new(), "{told}");
            if !case.is_race {
                assert_eq!(crashed.recorded, calm.recorded, "{told}");
            }
        }
    }
    calm.recorded
}

macro_rules! survives_every_crash {
    ($($test:ident: $case:expr => $expected:expr;)*) => {
        $(
            #[tokio::test(start_paused = true)]
            async fn $test() {
                crash_everywhere($case, $expected).await;
            }
        )*
    };
}

survives_every_crash! {
    a_chain_of_local_steps: case("local_chain") => Ok("ABC");
    more_local_steps_than_share_a_branch: case("local_crowd") => Ok("171");
    a_chain_of_remote_calls: case("rpc_chain") => Ok("ABC");
    a_fan_out_and_its_join: case("fan_out") => Ok("H0 H1 H2 T0 T1 T2");
    nested_workflows_side_by_side: case("joins") => Ok("XX Y1Y2 Z1Z2");
    results_taken_as_they_come: race("gathers") => Ok("H0 H1 H2 T0 T1 T2");
    races_of_steps_and_sleeps: race("races") => Ok("012");
    recursion_here_and_there: Case { argument: Some(3), ..case("recursion") }
        => Ok("(((BOTTOM ) (BOTTOM )) )");
    sleeps: case("sleeps") => Ok("BEFOREAFTER");
    a_question_to_a_person: case("asks") => Ok("PLEASEYES");
    detached_calls: case("detaches") => Ok("BETWEEN true true");
    failing_steps_and_a_failing_root: case("errs")
        => Err("gave up: HERE FAILED, THERE FAILED");
    panicking_steps: case("catches_panics") => Ok("[TRUE, TRUE]");
    every_sort_of_handle: case("begins") => Ok("HERE THERE OWN true true");
}
