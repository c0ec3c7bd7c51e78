//! What workers of other deploys and other SDKs do, by hand.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use resonate_core::execution::{IdGrammar, Lineage, Plan, PlanKind};
use resonate_core::payload::{Args, Base64Json, Codec as _, Invocation};
use resonate_core::protocol::{
    FenceAction, PromiseRecord, PromiseSettle, Request, Response, Settlement, TaskAcquire,
    TaskFence, TaskRef, TaskRelease,
};
use resonate_core::{Millis, ProcessId, PromiseId, Tags, TaskVersion, Value};

use super::World;

/// Plays a worker of another deploy: claims the task, keeps it to this version, and gives it
/// back.
pub async fn pin(world: &World, id: &str, name: &str, version: u32) -> Arc<PromiseRecord> {
    let (id, pid) = (PromiseId::from(id), ProcessId::from("another-deploy"));
    let (task, promise) = claim(world, &id, pid).await;
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
    fence_and_release(world, &task, vec![create, settle]).await;
    world.promise(place.as_str()).await.unwrap()
}

/// Plays a worker of another deploy: claims the task, makes a remote call as its first step, and
/// gives it back.
pub async fn record_remote_step(world: &World, id: &str, target: &str) {
    let (id, pid) = (PromiseId::from(id), ProcessId::from("another-deploy"));
    let (task, promise) = claim(world, &id, pid).await;
    let plan = Plan {
        id: IdGrammar::Colon.child(&id, 0),
        kind: PlanKind::Remote(target.into()),
        deadline: promise.timeout_at,
        param: Value::default(),
        labels: Tags::default(),
    };
    let create = FenceAction::Create(plan.child_of(&Lineage::of(&promise)));
    fence_and_release(world, &task, vec![create]).await;
}

/// Offers a task whose input nobody can read.
pub async fn offer_nonsense(world: &World, id: &str, target: &str) {
    let id = PromiseId::from(id);
    let plan = Plan {
        id: id.clone(),
        kind: PlanKind::Remote(target.into()),
        deadline: Millis::MAX,
        param: Value::of("nonsense"),
        labels: Tags::default(),
    };
    let create = Request::PromiseCreate(plan.root(target));
    world.ask(create).await.unwrap();
}

async fn claim(world: &World, id: &PromiseId, pid: ProcessId) -> (TaskRef, Arc<PromiseRecord>) {
    let acquire = Request::TaskAcquire(TaskAcquire {
        id: id.clone(),
        version: TaskVersion::default(),
        pid,
        ttl: 60_000,
        brief: false,
    });
    let Ok(Response::Claimed { task, promise, .. }) = world.ask(acquire).await else {
        panic!("`{id}` is not on offer");
    };
    let (id, version) = (task.id, task.version);
    (TaskRef { id, version }, promise)
}

async fn fence_and_release(world: &World, task: &TaskRef, actions: Vec<FenceAction>) {
    for action in actions {
        let TaskRef { id, version } = task.clone();
        let fence = TaskFence {
            id,
            version,
            action,
        };
        world.ask(Request::TaskFence(fence)).await.unwrap();
    }
    let TaskRef { id, version } = task.clone();
    let release = Request::TaskRelease(TaskRelease { id, version });
    world.ask(release).await.unwrap();
}
