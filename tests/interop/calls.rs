//! Ours calling theirs, and theirs calling ours.

use serde_json::{Value, json};
use support::peers::Sdk;

use super::functions::{self, Declined};
use super::{Bench, to};

/// The largest integer that every language counts to exactly is 2^53.
const BIG: i64 = (1 << 53) + 1;

pub(crate) async fn values_come_back_as_they_were_sent(bench: &Bench) {
    let (peer, (ours, group)) = (bench.theirs().await, bench.ours().await);
    let exact = !matches!(bench.sdk, Sdk::TypeScript(_));
    let values = [
        json!(null),
        json!(""),
        json!("é \u{1F600} \n\t\"\\ \u{2028}"),
        json!([]),
        json!([[1, [2, [null]]], {}]),
        json!({ "a": { "b": [true, false, 1.5, -0.25] } }),
        json!(if exact { BIG } else { BIG - 1 }),
        json!("x".repeat(100_000)),
    ];
    for value in values {
        // An only argument is a list of one to all but their Rust SDK, which has it bare.
        if bench.sdk != Sdk::Rust {
            let call = ours.id(bench.unique("echo"));
            let call = call.rpc::<Value>("echo", (&value,)).target(peer.group());
            assert_eq!(call.await.unwrap(), value, "ours, of theirs");
        }
        let id = bench.unique("echo");
        let back = peer.rpc(&id, &group, "rust_echo", json!([value])).await;
        assert_eq!(back.as_ref(), Ok(&value), "theirs, of ours");
    }
    let id = bench.unique("nothing");
    let nothing = peer.rpc(&id, &group, "rust_nothing", json!([])).await;
    assert_eq!(nothing, Ok(Value::Null));
    if bench.sdk != Sdk::Rust {
        let call = ours.id(bench.unique("nothing"));
        call.rpc::<()>("nothing", ())
            .target(peer.group())
            .await
            .unwrap();
    }
}

pub(crate) async fn ours_calls_theirs(bench: &Bench) {
    let (peer, (ours, _)) = (bench.theirs().await, bench.ours().await);
    let call = ours.id(bench.unique("sum")).rpc::<i64>("add", (20, 22));
    assert_eq!(call.target(peer.group()).await.unwrap(), 42);
    let call = ours
        .id(bench.unique("workflow"))
        .rpc::<i64>("nested", (1, 2));
    assert_eq!(call.target(peer.group()).await.unwrap(), 21);
    // A whole address, as theirs write it.
    let call = ours.id(bench.unique("address")).rpc::<i64>("add", (20, 22));
    let address = format!("poll://any@{}", peer.group());
    assert_eq!(call.target(address).await.unwrap(), 42);
}

pub(crate) async fn ours_awaits_theirs_inside_a_workflow(bench: &Bench) {
    let (peer, (ours, _)) = (bench.theirs().await, bench.ours().await);
    let args = vec![json!(20), json!(22)];
    let (at, group) = (ours.id(bench.unique("relay")), peer.group().to_owned());
    let sum = functions::relays::run(at, "add".into(), group, args).await;
    assert_eq!(sum.unwrap(), json!(42));
    // One that calls functions itself.
    let args = vec![json!(1), json!(2)];
    let (at, group) = (ours.id(bench.unique("relay")), peer.group().to_owned());
    let sum = functions::relays::run(at, "nested".into(), group, args).await;
    assert_eq!(sum.unwrap(), json!(21));
}

pub(crate) async fn their_failure_reaches_ours(bench: &Bench) {
    let (peer, (ours, _)) = (bench.theirs().await, bench.ours().await);
    let said = "the bank refused: no funds";
    let call = ours.id(bench.unique("fails"));
    let call = call.rpc::<String>("fails", ("the bank", "no funds"));
    let failed = call.target(peer.group()).await.unwrap_err();
    assert!(failed.to_string().ends_with(said), "{failed}");
    let own = failed.failed().expect("it is the function's own error");
    assert!(own.is_application());

    let args = vec![json!("the bank"), json!("no funds")];
    let (at, group) = (ours.id(bench.unique("catches")), peer.group().to_owned());
    let caught = functions::catches::run(at, "fails".into(), group, args).await;
    let caught = caught.unwrap();
    assert!(caught.as_str().unwrap().ends_with(said), "{caught}");
}

pub(crate) async fn theirs_calls_ours(bench: &Bench) {
    let (peer, (ours, group)) = (bench.theirs().await, bench.ours().await);
    let id = bench.unique("sum");
    assert_eq!(
        peer.rpc(&id, &group, "rust_add", json!([20, 22])).await,
        Ok(json!(42))
    );
    let (id, args) = (
        bench.unique("relay"),
        to("rust_add", &group, &json!([20, 22])),
    );
    assert_eq!(peer.call(&id, "relays", args).await, Ok(json!(42)));
    // The last parameter of three may not be left out, the second may.
    let (id, args) = (bench.unique("greet"), json!(["Ada", null, 2]));
    assert_eq!(
        peer.rpc(&id, &group, "rust_greet", args).await,
        Ok(json!("hello Ada!!"))
    );
    ours.shutdown().await;
}

pub(crate) async fn our_failure_reaches_theirs(bench: &Bench) {
    let (peer, (ours, group)) = (bench.theirs().await, bench.ours().await);
    let said = "Ada was declined: 7";
    let id = bench.unique("declines");
    let failed = peer
        .rpc(&id, &group, "rust_declines", json!(["Ada", 7]))
        .await;
    let failed = failed.unwrap_err();
    assert!(failed.message.ends_with(said), "{failed:?}");
    if let Sdk::TypeScript(_) = bench.sdk {
        assert_eq!(failed.name, "Declined");
    }
    // Who knows its type gets the error itself, from the very same promise.
    let again = functions::declines::rpc(ours.id(id), String::new(), 0).await;
    let declined = Declined {
        who: "Ada".into(),
        code: 7,
    };
    assert_eq!(again.unwrap_err().failed(), Some(declined));

    let (id, args) = (
        bench.unique("catches"),
        to("rust_declines", &group, &json!(["Ada", 7])),
    );
    let caught = peer.rpc(&id, peer.group(), "catches", args).await.unwrap();
    assert!(
        caught["message"].as_str().unwrap().ends_with(said),
        "{caught}"
    );

    // A caller's mistake is the caller's failure, and says which argument.
    let id = bench.unique("mistake");
    let failed = peer
        .rpc(&id, &group, "rust_add", json!([20, "twenty-two"]))
        .await;
    let message = failed.unwrap_err().message;
    assert!(message.contains("argument `b`"), "{message}");
}

pub(crate) async fn workflows_call_each_other_in_turns(bench: &Bench) {
    let (peer, (ours, group)) = (bench.theirs().await, bench.ours().await);
    let theirs = peer.group();
    // theirs → ours → theirs → ours → add
    let inner = to("rust_add", &group, &json!([20, 22]));
    let inner = to("relays", theirs, &inner);
    let inner = to("rust_relays", &group, &inner);
    let id = bench.unique("turns");
    assert_eq!(peer.rpc(&id, theirs, "relays", inner).await, Ok(json!(42)));
    ours.shutdown().await;
}

pub(crate) async fn ours_joins_their_execution_and_theirs_joins_ours(bench: &Bench) {
    let (peer, (ours, _)) = (bench.theirs().await, bench.ours().await);
    let id = bench.unique("theirs");
    assert_eq!(peer.call(&id, "nested", json!([1, 2])).await, Ok(json!(21)));
    assert_eq!(ours.get::<i64>(&id).await.unwrap(), 21);

    let id = bench.unique("ours");
    assert_eq!(functions::add::run(ours.id(&id), 20, 22).await.unwrap(), 42);
    assert_eq!(
        peer.ask(json!({ "do": "get", "id": id })).await,
        Ok(json!(42))
    );
}

pub(crate) async fn each_worker_of_a_mixed_group_does_what_it_can(bench: &Bench) {
    let peer = bench.theirs().await;
    let ours = bench.ours_in(peer.group()).await;
    let calls = (0..4).map(|number| {
        let (ours, peer, group) = (&ours, &peer, peer.group());
        async move {
            let call = ours
                .id(bench.unique("theirs"))
                .rpc::<i64>("add", (number, 1));
            let id = bench.unique("ours");
            let args = json!([number, 2]);
            let calls = (call.target(group), peer.rpc(&id, group, "rust_add", args));
            let (theirs, ours) = tokio::join!(calls.0, calls.1);
            assert_eq!(theirs.unwrap(), number + 1);
            assert_eq!(ours, Ok(json!(number + 2)));
        }
    });
    futures_util::future::join_all(calls).await;
}
