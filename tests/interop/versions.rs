//! Several versions of one function, for SDKs that keep them apart.

use serde_json::{Value, json};
use support::peers::Sdk;

use crate::interop::Bench;

pub(crate) async fn each_version_is_called_by_its_number(bench: &Bench) {
    let (peer, (ours, _)) = (bench.theirs().await, bench.ours().await);
    for (version, answer) in [(1, "edition 1"), (2, "edition 2")] {
        let answered = peer.ask(json!({
            "do": "rpc", "id": bench.unique("id"), "func": "edition", "args": ["edition"],
            "version": version,
        }));
        assert_eq!(answered.await, Ok(json!(answer)));
        let call = ours.id(bench.unique("id"));
        let call = call.rpc::<String>("edition", ("edition",));
        let answered = call.version(version).target(peer.group()).await.unwrap();
        assert_eq!(answered, answer);
    }
    // What ours leave out is 1 to them. TypeScript calls the latest that it has itself.
    let call = ours.id(bench.unique("id"));
    let call = call.rpc::<String>("edition", ("edition",));
    assert_eq!(call.target(peer.group()).await.unwrap(), "edition 1");
    let unsaid = peer
        .call(&bench.unique("id"), "edition", json!(["edition"]))
        .await;
    let latest = match bench.sdk {
        Sdk::TypeScript(_) => 2,
        Sdk::Python | Sdk::Rust => 1,
    };
    assert_eq!(unsaid, Ok(json!(format!("edition {latest}"))));
}

pub(crate) async fn their_number_picks_our_version(bench: &Bench) {
    let (peer, (_ours, group)) = (bench.theirs().await, bench.ours().await);
    let call = |version: Value| {
        json!({
            "do": "rpc", "id": bench.unique("edition"), "target": group,
            "func": "rust_edition", "args": ["edition"], "version": version,
        })
    };
    assert_eq!(peer.ask(call(json!(2))).await, Ok(json!("edition 2")));
    assert_eq!(peer.ask(call(json!(1))).await, Ok(json!("edition 1")));
    // Unsaid, theirs write 1.
    let id = bench.unique("edition");
    let unsaid = peer.rpc(&id, &group, "rust_edition", json!(["edition"]));
    assert_eq!(unsaid.await, Ok(json!("edition 1")));
}
