//! Code that was changed, held against what was recorded with the code before.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use resonate::prelude::*;
use resonate::{FaultKind, ReplayError, Replayed};
use serde::{Deserialize, Serialize};
use support::world::World;

const SECOND: Duration = Duration::from_secs(1);

/// Which code is deployed: what a workflow should not look at, and these do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deploy {
    Old,
    Swapped,
    OtherFunction,
    OtherArguments,
    OtherSleep,
    OneMore,
    OneMoreAtTheEnd,
    OneLess,
    OneRemoteLess,
    NoQuestion,
    AsksAgain,
    OtherResult,
    OtherTypes,
    Fails,
    Panics,
    Foreign,
    OtherInside,
    OtherResultInside,
    OneMoreInside,
    OneLessInside,
}

#[derive(Debug, Serialize, Deserialize)]
struct Bill {
    lines: Vec<u64>,
    total: u64,
}

#[resonate::function]
async fn price(item: String) -> Result<u64> {
    Ok(item.len() as u64)
}

#[resonate::function]
async fn reserve(item: String) -> Result<u64> {
    Ok(item.len() as u64)
}

#[resonate::function]
async fn told(total: u64) -> Result<()> {
    let _told = total;
    Ok(())
}

/// A workflow that is called as a local step.
#[resonate::function]
async fn line(ctx: &Context, item: String) -> Result<u64> {
    let deploy = *ctx.dependency::<Deploy>()?;
    if deploy == Deploy::OtherInside {
        return Ok(reserve::run(ctx, item).await?);
    }
    if deploy == Deploy::OneLessInside {
        return Ok(6);
    }
    let cents = price::run(ctx, item).await?;
    if deploy == Deploy::OneMoreInside {
        reserve::rpc(ctx, "more".into()).await?;
    }
    Ok(cents + u64::from(deploy == Deploy::OtherResultInside))
}

#[resonate::function]
async fn bill(ctx: &Context) -> Result<Bill> {
    let deploy = *ctx.dependency::<Deploy>()?;
    let pen = async || match deploy {
        Deploy::OtherFunction => reserve::run(ctx, "pen".into()).await,
        Deploy::OtherArguments => price::run(ctx, "pencil".into()).await,
        _ => price::run(ctx, "pen".into()).await,
    };
    let (first, second) = if deploy == Deploy::Swapped {
        let second = line::run(ctx, "teapot".into()).await?;
        (pen().await?, second)
    } else {
        (pen().await?, line::run(ctx, "teapot".into()).await?)
    };
    match deploy {
        Deploy::OneMore => drop(price::run(ctx, "gift".into()).await?),
        Deploy::Panics => panic!("as it was told"),
        Deploy::Foreign => std::future::pending().await,
        Deploy::Fails => return Err(Error::new("the shop is closed")),
        _ => {}
    }
    ctx.sleep(if deploy == Deploy::OtherSleep {
        SECOND * 9
    } else {
        SECOND
    })
    .await?;
    if deploy == Deploy::OtherTypes {
        ctx.promise::<u64>().await?;
    } else if deploy != Deploy::NoQuestion {
        ctx.promise::<String>().await?;
    }
    if deploy == Deploy::AsksAgain {
        ctx.promise::<String>().await?;
    }
    let lines = vec![first, second];
    let total = lines.iter().sum();
    if deploy == Deploy::OneLess {
        return Ok(Bill { lines, total });
    }
    price::run(ctx, "bag".into()).await?;
    if deploy != Deploy::OneRemoteLess {
        told::detached(ctx, total).await?;
    }
    if deploy == Deploy::OneMoreAtTheEnd {
        price::run(ctx, "more".into()).await?;
    }
    let surplus = u64::from(deploy == Deploy::OtherResult);
    Ok(Bill {
        lines,
        total: total + surplus,
    })
}

/// What the old code left behind: while it waited for an answer, and when it had ended.
async fn recorded() -> (String, String) {
    let world = World::new();
    let set = |builder: resonate::Builder| builder.dependency(Deploy::Old);
    let worker = world.join_as("worker", set).await;
    let mut handle = bill::begin_run(worker.id("b")).await.unwrap();
    tokio::time::sleep(SECOND * 5).await;
    let waiting = handle.export().await.unwrap().to_string();
    worker.promises().resolve("b:3", &"yes").await.unwrap();
    let total = (&mut handle).await.unwrap().total;
    assert_eq!(total, 9);
    (waiting, handle.export().await.unwrap().to_string())
}

async fn replay(recording: &str, deploy: Deploy) -> Result<Replayed, ReplayError> {
    resonate::replay(recording).dependency(deploy).run().await
}

#[tokio::test(start_paused = true)]
async fn what_stops_an_execution_is_found_with_both_sides_and_the_remedy() {
    let (waiting, ended) = recorded().await;
    assert_eq!(replay(&ended, Deploy::Old).await.unwrap(), Replayed::Ended);
    let on = vec!["b:3".to_owned()];
    assert_eq!(
        replay(&waiting, Deploy::Old).await.unwrap(),
        Replayed::Waits { on }
    );
    let table: &[(Deploy, &[&str])] = &[
        (
            Deploy::Swapped,
            &["`b:0`", "`price` version 1", "`line` version 1"],
        ),
        (
            Deploy::OtherFunction,
            &["`b:0`", "`price` version 1", "`reserve` version 1"],
        ),
        (
            Deploy::OtherArguments,
            &["`b:0`", "`price` version 1", "other arguments"],
        ),
        (
            Deploy::OneMore,
            &["`b:2`", "a sleep", "a local step `price`"],
        ),
        (
            Deploy::OneMoreAtTheEnd,
            &["a local step `price` version 1", "`b:6`", "without that"],
        ),
        (
            Deploy::OneLess,
            &["`b:4`", "a local step `price`", "Put the step back"],
        ),
        (
            Deploy::OneRemoteLess,
            &["`b:d", "a remote call `told`", "Put the step back"],
        ),
        (
            Deploy::NoQuestion,
            &["`b:3`", "a promise", "a local step `price`"],
        ),
        (
            Deploy::AsksAgain,
            &["`b:4`", "a local step `price`", "a promise"],
        ),
        (Deploy::OtherResult, &["`b`", "`.total`", "9", "10"]),
        (Deploy::OtherTypes, &["`b:3`", "is not a `u64`"]),
        (
            Deploy::Fails,
            &["`b:4`", "a local step `price`", "Put the step back"],
        ),
        (
            Deploy::Panics,
            &["the workflow `bill` panicked: as it was told"],
        ),
        (Deploy::Foreign, &["not durable", "60s", "in a step"]),
        (
            Deploy::OtherInside,
            &["`b:1.0`", "`price` version 1", "`reserve` version 1"],
        ),
        (
            Deploy::OtherResultInside,
            &["`b:1` ends with another", "6", "7"],
        ),
        (
            Deploy::OneMoreInside,
            &["`b:1.1`", "a remote call `reserve`", "without that step"],
        ),
        (
            Deploy::OneLessInside,
            &["`b:1.0`", "a local step `price`", "ended without it"],
        ),
    ];
    for (deploy, parts) in table {
        let error = replay(&ended, *deploy).await.unwrap_err();
        let said = format!("{error:?}");
        for part in *parts {
            assert!(said.contains(part), "{deploy:?}: no {part:?} in {said}");
        }
        let remedy = ["add a version", "Do such work in a step", "panicked"];
        assert!(
            remedy.iter().any(|it| said.contains(it)),
            "{deploy:?}: {said}"
        );
    }
}

/// What an execution has not come to yet may change; what it has come to may not.
#[tokio::test(start_paused = true)]
async fn of_a_waiting_execution_only_the_past_is_held_against_the_code() {
    let (waiting, _) = recorded().await;
    for deploy in [
        Deploy::OneMoreAtTheEnd,
        Deploy::OneLess,
        Deploy::OneRemoteLess,
        Deploy::AsksAgain,
        Deploy::OtherResult,
        Deploy::OtherTypes,
        Deploy::OtherSleep,
    ] {
        let on = vec!["b:3".to_owned()];
        let came = replay(&waiting, deploy).await.unwrap();
        assert_eq!(came, Replayed::Waits { on }, "{deploy:?}");
    }
    for deploy in [
        Deploy::Swapped,
        Deploy::OtherFunction,
        Deploy::OtherArguments,
        Deploy::OneMore,
        Deploy::NoQuestion,
        Deploy::Fails,
        Deploy::Panics,
        Deploy::Foreign,
        Deploy::OtherInside,
        Deploy::OtherResultInside,
        Deploy::OneMoreInside,
        Deploy::OneLessInside,
    ] {
        assert!(replay(&waiting, deploy).await.is_err(), "{deploy:?}");
    }
}

/// Work that was given up because no worker could run it: the code that goes on is what is tested.
#[tokio::test(start_paused = true)]
async fn what_was_rejected_as_a_fault_replays_as_far_as_it_had_come() {
    let (waiting, _) = recorded().await;
    let fault = r#""rejected", "value": {"__type":"error","name":"Fault","message":"no `bill`"}"#;
    let given_up = waiting.replacen(r#""pending""#, fault, 1);
    let on = vec!["b:3".to_owned()];
    let came = replay(&given_up, Deploy::Old).await.unwrap();
    assert_eq!(came, Replayed::Waits { on });
    assert!(replay(&given_up, Deploy::OneMore).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_recording_of_code_that_is_not_here_says_what_is() {
    let (_, ended) = recorded().await;
    let table = [
        (
            "bill",
            "bil",
            FaultKind::UnknownFunction,
            "the nearest names here: `bill`",
        ),
        (
            "bill",
            "nothingLikeIt",
            FaultKind::UnknownFunction,
            "resonate::link!",
        ),
    ];
    for (was, is, wanted, part) in table {
        let was = format!(r#""func":"{was}""#);
        let text = ended.replacen(&was, &format!(r#""func":"{is}""#), 1);
        match replay(&text, Deploy::Old).await.unwrap_err() {
            ReplayError::Fault { kind, message } => {
                assert_eq!(kind, wanted);
                assert!(message.contains(part), "{message}");
            }
            other => panic!("{other:?}"),
        }
    }
    let later = ended.replacen(r#""version":1"#, r#""version":7"#, 1);
    let error = replay(&later, Deploy::Old).await.unwrap_err();
    assert!(
        error.to_string().contains("no version 7 of `bill`"),
        "{error}"
    );

    let named = resonate::replay(&ended).dependency(Deploy::Old);
    assert_eq!(named.of::<bill>().run().await.unwrap(), Replayed::Ended);
    let error = resonate::replay(&ended)
        .of::<line>()
        .run()
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "`b` is a recording of `bill` version 1, and this test is about `line` version 1"
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_no_recording_is_told_by_what_it_is() {
    let (_, ended) = recorded().await;
    let own = ended.find(r#"    {"#).unwrap();
    let second = own + ended[own..].find("    },\n").unwrap() + "    },\n".len();
    let rootless = format!("{}{}", &ended[..own], &ended[second..]);
    let table = [
        ("", "this is no recording: EOF"),
        ("{}", "it lacks `\"recording\": 1`"),
        (
            r#"{"recording": 2}"#,
            "format 2, and this program reads format 1",
        ),
        (r#"{"recording": 1}"#, "missing field `id`"),
        (&rootless, "its first promise has to be `b`"),
    ];
    for (text, part) in table {
        match resonate::replay(text).run().await.unwrap_err() {
            error @ ReplayError::Unreadable(_) => {
                assert!(error.to_string().contains(part), "{error}");
            }
            other => panic!("{other:?}"),
        }
    }
}

/// A folder of recordings is one test, which tells everything that fails.
#[tokio::test(start_paused = true)]
async fn a_folder_is_replayed_whole() {
    let (waiting, ended) = recorded().await;
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let all = || resonate::replay_all(folder.path());
    let empty = all().run().await.unwrap_err();
    assert!(matches!(empty, ReplayError::NoRecordings { .. }), "{empty}");
    for (name, text) in [("1.json", &waiting), ("2.json", &ended)] {
        std::fs::write(path(name), text).unwrap();
    }
    std::fs::write(path("README.md"), "what these are").unwrap();
    let replaying = tokio::spawn(all().dependency(Deploy::Old).run());
    let replayed = replaying.await.unwrap().unwrap();
    let on = vec!["b:3".to_owned()];
    let expected = [
        (path("1.json"), Replayed::Waits { on }),
        (path("2.json"), Replayed::Ended),
    ];
    assert_eq!(replayed, expected);

    std::fs::write(path("3.json"), "{}").unwrap();
    let failed = all().dependency(Deploy::OneMoreAtTheEnd).run().await;
    let said = failed.unwrap_err().to_string();
    assert!(
        !said.contains("1.json") && said.contains("2.json: the code now asks"),
        "{said}"
    );
    assert!(
        said.contains("3.json: this is JSON, but no recording"),
        "{said}"
    );
    let gone = resonate::replay_all(path("nowhere"))
        .run()
        .await
        .unwrap_err();
    assert!(gone.to_string().contains("nowhere"), "{gone}");
}
