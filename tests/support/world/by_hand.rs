//! What workers of other deploys and other SDKs do, by hand.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use resonate_core::execution::{IdGrammar, Lineage, Plan, PlanKind};
use resonate_core::payload::{Args, Base64Json, Codec as _, Invocation};
use resonate_core::protocol::{
    FenceAction, PromiseRecord, PromiseSettle, Request, Response, Settlement, TaskAcquire,
    TaskFence, TaskRelease,
};
use resonate_core::{ProcessId, PromiseId, Tags, TaskVersion, Value};

use super::World;

/// Plays a worker of another deploy: claims the task, keeps it to this version, and gives it
/// back.
pub async fn pin(world: &World, id: &str, name: &str, version: u32) -> Arc<PromiseRecord> {
    let (id, pid) = (PromiseId::from(id), ProcessId::from("another-deploy"));
    let acquire = Request::TaskAcquire(TaskAcquire {
        id: id.clone(),
        version: TaskVersion::default(),
        pid,
        ttl: 60_000,
    });
    let Ok(Response::Claimed { task, promise, .. }) = world.ask(acquire).await else {
        panic!("`{id}` is not on offer");
    };
    let invocation = Invocation::new(name, Some(version), Args::default(), None);
    let place = IdGrammar::Colon.named_child(&id, "version");
    let plan = Plan {
        id: place.clone(),
        kind: PlanKind::Local,
        deadline: promise.timeout_at,
        param: Base64Json::default()
            .encode(invocation.to_json().get())
            .unwrap(),
        labels: Tags::default(),
    };
    let create = FenceAction::Create(plan.child_of(&Lineage::of(&promise)));
    let settle = FenceAction::Settle(PromiseSettle {
        id: place.clone(),
        state: Settlement::Resolved,
        value: Value::default(),
    });
    for action in [create, settle] {
        let (id, version) = (id.clone(), task.version);
        let fence = Request::TaskFence(TaskFence {
            id,
            version,
            action,
        });
        world.ask(fence).await.unwrap();
    }
    let version = task.version;
    let release = Request::TaskRelease(TaskRelease { id, version });
    world.ask(release).await.unwrap();
    world.promise(place.as_str()).await.unwrap()
}
