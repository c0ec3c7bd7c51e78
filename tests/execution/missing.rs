//! What a process lacks: it holds the work for one that has it.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use resonate::prelude::*;
use resonate::{FaultKind, Info};
use support::world::World;

#[resonate::function]
async fn calls_nobody(ctx: &Context, versioned: bool) -> Result<u64> {
    ctx.step("before", || async { Ok::<_, Error>(1) }).await?;
    let call = ctx.run("nobody", (1,));
    let call = if versioned { call.version(3) } else { call };
    // An error here would be recorded, and be final.
    Ok(call.await.unwrap_or(0))
}

#[tokio::test(start_paused = true)]
async fn a_local_call_of_what_is_not_linked_here_is_held_and_settles_nothing() {
    for versioned in [false, true] {
        let world = World::new();
        let peer = world.join("w").await;
        let handle = calls_nobody::run(peer.id("c"), versioned).spawn();
        tokio::time::sleep(Duration::from_secs(60)).await;
        let [fault] = &peer.faults()[..] else {
            panic!("{:?}", peer.faults());
        };
        assert_eq!(fault.kind, FaultKind::UnknownFunction);
        assert!(fault.message.contains("`nobody`"), "{}", fault.message);
        assert!(!handle.is_done());
        assert!(world.promise("c:1").await.is_none());
    }
}

/// What a process may have to lend, or not.
struct Pool(u64);

#[resonate::function]
async fn pooled_leaf(info: &Info) -> Result<u64> {
    Ok(info.dependency::<Pool>()?.0)
}

#[resonate::function(blocking)]
fn pooled_blocking(info: &Info) -> Result<u64> {
    Ok(info.dependency::<Pool>()?.0)
}

/// Asks by itself, and through its steps.
#[resonate::function]
pub(crate) async fn pooled(ctx: &Context, own: bool) -> Result<u64> {
    if own {
        return Ok(ctx.dependency::<Pool>()?.0);
    }
    let leaf = pooled_leaf::run(ctx).await?;
    Ok(leaf + pooled_blocking::run(ctx).await?)
}

#[tokio::test(start_paused = true)]
async fn what_misses_a_dependency_is_held_for_a_worker_that_has_it() {
    let world = World::new();
    let caller = world
        .join_as("caller", |builder| builder.client_only())
        .await;
    let handles = [
        caller.id("root").rpc::<u64>("pooled_leaf", ()).spawn(),
        pooled::rpc(caller.id("own"), true).spawn(),
        pooled::rpc(caller.id("steps"), false).spawn(),
    ];
    let poor = world.join("poor").await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    let faults = poor.faults();
    assert_eq!(faults.len(), 3, "{faults:?}");
    for fault in faults {
        assert_eq!(fault.kind, FaultKind::MissingDependency, "{fault}");
        assert!(fault.message.contains("Pool"), "{fault}");
    }
    assert!(handles.iter().all(|handle| !handle.is_done()));
    drop(poor);
    let _rich = world
        .join_as("rich", |builder| builder.dependency(Pool(7)))
        .await;
    let mut results = Vec::new();
    for handle in handles {
        results.push(handle.await.unwrap());
    }
    assert_eq!(results, [7, 7, 14]);
}
