//! The data of each kind of request, both ways. Actions inside a request are small frames.

use serde::de::{DeserializeOwned, Error as _, IgnoredAny};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Error;

use super::request::{DebugRequest, DecodedRequest};
use crate::object::Object;
use crate::payload::Json;
use crate::protocol::{
    FenceAction, PromiseCreate, PromiseSettle, RegisterCallback, Request, TaskCreate, TaskFence,
    TaskFulfill, TaskSuspend, VERSION,
};
use crate::{Millis, ProcessId, PromiseId, TaskVersion};

/// The request that `kind` and `data` make; `None` when there is no such kind.
pub(super) fn decode(kind: &str, data: &Json) -> Option<Result<DecodedRequest, Error>> {
    let request = match kind {
        "promise.get" => read(data).map(Request::PromiseGet),
        "promise.create" => read(data).map(Request::PromiseCreate),
        "promise.settle" => read(data).map(Request::PromiseSettle),
        "promise.register_callback" => read(data).map(Request::RegisterCallback),
        "promise.register_listener" => read(data).map(Request::RegisterListener),
        "promise.search" => read(data).map(Request::PromiseSearch),
        "task.get" => read(data).map(Request::TaskGet),
        "task.create" => task_create(data),
        "task.acquire" => read(data).map(Request::TaskAcquire),
        "task.fence" => task_fence(data),
        "task.suspend" => task_suspend(data),
        "task.release" => read(data).map(Request::TaskRelease),
        "task.fulfill" => task_fulfill(data),
        "task.heartbeat" => read(data).map(Request::TaskHeartbeat),
        "task.halt" => read(data).map(Request::TaskHalt),
        "task.continue" => read(data).map(Request::TaskContinue),
        "task.search" => read(data).map(Request::TaskSearch),
        "schedule.get" => read(data).map(Request::ScheduleGet),
        "schedule.create" => read(data).map(Request::ScheduleCreate),
        "schedule.delete" => read(data).map(Request::ScheduleDelete),
        "schedule.search" => read(data).map(Request::ScheduleSearch),
        other => return debug(other, data),
    };
    Some(request.map(|request| DecodedRequest::Request(Box::new(request))))
}

/// The ids that a request of `kind` concerns, read without judging the rest of its data.
pub(super) fn resource_ids(kind: &str, data: &Json) -> Vec<String> {
    let data: serde_json::Value = serde_json::from_str(data.get()).unwrap_or_default();
    let one = |id: &serde_json::Value| id.as_str().map(str::to_owned).into_iter().collect();
    match kind {
        "promise.get" | "promise.create" | "promise.settle" | "task.get" | "task.acquire"
        | "task.release" | "task.fulfill" | "task.suspend" | "task.fence" | "task.halt"
        | "task.continue" | "schedule.get" | "schedule.delete" => one(&data["id"]),
        "promise.register_callback" | "promise.register_listener" => one(&data["awaited"]),
        "schedule.create" => one(&data["promiseId"]),
        "task.create" => one(&data["action"]["data"]["id"]),
        "task.heartbeat" => {
            let tasks = data["tasks"].as_array().into_iter().flatten();
            let ids = tasks.map(|task| task["id"].as_str().map(str::to_owned));
            ids.collect::<Option<_>>().unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

fn debug(kind: &str, data: &Json) -> Option<Result<DecodedRequest, Error>> {
    #[derive(Deserialize)]
    struct Tick {
        time: Millis,
    }
    let request = match kind {
        "debug.start" => Ok(DebugRequest::Start),
        "debug.stop" => Ok(DebugRequest::Stop),
        "debug.reset" => Ok(DebugRequest::Reset),
        "debug.snap" => Ok(DebugRequest::Snap),
        "debug.tick" => read(data).map(|Tick { time }| DebugRequest::Tick { time }),
        _ => return None,
    };
    Some(request.map(DecodedRequest::Debug))
}

fn read<T: DeserializeOwned>(data: &Json) -> Result<T, Error> {
    serde_json::from_str(data.get()).map(|Object(data)| data)
}

/// An action inside a request. Its head has to be there and may be anything, its kind any text.
#[derive(Deserialize)]
struct Action<T> {
    #[serde(rename = "kind")]
    _kind: String,
    #[serde(rename = "head")]
    _head: IgnoredAny,
    data: Object<T>,
}

/// What the requests on a claim have in common.
#[derive(Deserialize)]
struct OnClaim<A> {
    id: PromiseId,
    version: TaskVersion,
    action: A,
}

fn task_create(data: &Json) -> Result<Request, Error> {
    #[derive(Deserialize)]
    struct Read {
        pid: ProcessId,
        ttl: i64,
        action: Object<Action<PromiseCreate>>,
    }
    let Read { pid, ttl, action } = read(data)?;
    let action = action.0.data.0;
    Ok(Request::TaskCreate(TaskCreate { pid, ttl, action }))
}

fn task_fence(data: &Json) -> Result<Request, Error> {
    /// Here the kind decides, and the head may be absent.
    #[derive(Deserialize)]
    struct Read {
        kind: String,
        data: Json,
    }
    let claim: OnClaim<Object<Read>> = read(data)?;
    let Object(Read { kind, data }) = claim.action;
    let action = match kind.as_str() {
        "promise.create" => FenceAction::Create(read(&data)?),
        "promise.settle" => FenceAction::Settle(read(&data)?),
        _ => {
            return Err(Error::custom(
                "action.kind must be promise.create or promise.settle",
            ));
        }
    };
    Ok(Request::TaskFence(TaskFence {
        id: claim.id,
        version: claim.version,
        action,
    }))
}

fn task_suspend(data: &Json) -> Result<Request, Error> {
    #[derive(Deserialize)]
    struct Read {
        id: PromiseId,
        version: TaskVersion,
        actions: Vec<Object<Action<RegisterCallback>>>,
    }
    let Read {
        id,
        version,
        actions,
    } = read(data)?;
    let actions = actions.into_iter().map(|Object(action)| action.data.0);
    Ok(Request::TaskSuspend(TaskSuspend {
        id,
        version,
        actions: actions.collect(),
        brief: false,
    }))
}

fn task_fulfill(data: &Json) -> Result<Request, Error> {
    let claim: OnClaim<Object<Action<PromiseSettle>>> = read(data)?;
    Ok(Request::TaskFulfill(TaskFulfill {
        id: claim.id,
        version: claim.version,
        action: claim.action.0.data.0,
    }))
}

/// The data of `request`, to be written inside the frame `corr_id`.
pub(super) struct Data<'r> {
    pub(super) request: &'r Request,
    pub(super) corr_id: &'r str,
}

impl Serialize for Data<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.request {
            Request::PromiseGet(get) => get.serialize(to),
            Request::PromiseCreate(create) => create.serialize(to),
            Request::PromiseSettle(settle) => settle.serialize(to),
            Request::RegisterCallback(callback) => callback.serialize(to),
            Request::RegisterListener(listener) => listener.serialize(to),
            Request::PromiseSearch(search) => search.serialize(to),
            Request::TaskCreate(create) => self.task_create(create).serialize(to),
            Request::TaskAcquire(acquire) => acquire.serialize(to),
            Request::TaskFence(fence) => self.task_fence(fence).serialize(to),
            Request::TaskSuspend(suspend) => self.task_suspend(suspend).serialize(to),
            Request::TaskRelease(release) => release.serialize(to),
            Request::TaskFulfill(fulfill) => self.task_fulfill(fulfill).serialize(to),
            Request::TaskHeartbeat(heartbeat) => heartbeat.serialize(to),
            Request::TaskGet(task) | Request::TaskHalt(task) | Request::TaskContinue(task) => {
                task.serialize(to)
            }
            Request::TaskSearch(search) => search.serialize(to),
            Request::ScheduleGet(name) | Request::ScheduleDelete(name) => name.serialize(to),
            Request::ScheduleCreate(create) => create.serialize(to),
            Request::ScheduleSearch(search) => search.serialize(to),
        }
    }
}

/// A small frame inside a request.
#[derive(Serialize)]
struct Inner<'r, D> {
    kind: &'static str,
    head: InnerHead<'r>,
    data: D,
}

#[derive(Serialize)]
struct InnerHead<'r> {
    /// Nobody reads it; the outer one says as much.
    #[serde(rename = "corrId")]
    corr_id: &'r str,
    version: &'static str,
}

impl<'r> Data<'r> {
    fn inner<D: Serialize>(&self, kind: &'static str, data: D) -> Inner<'r, D> {
        let head = InnerHead {
            corr_id: self.corr_id,
            version: VERSION,
        };
        Inner { kind, head, data }
    }

    fn task_create(&self, create: &'r TaskCreate) -> impl Serialize {
        #[derive(Serialize)]
        struct Written<'r> {
            pid: &'r ProcessId,
            ttl: i64,
            action: Inner<'r, &'r PromiseCreate>,
        }
        Written {
            pid: &create.pid,
            ttl: create.ttl,
            action: self.inner("promise.create", &create.action),
        }
    }

    fn task_fence(&self, fence: &'r TaskFence) -> impl Serialize {
        #[derive(Serialize)]
        #[serde(untagged)]
        enum Action<'r> {
            Create(&'r PromiseCreate),
            Settle(&'r PromiseSettle),
        }
        let action = match &fence.action {
            FenceAction::Create(create) => Action::Create(create),
            FenceAction::Settle(settle) => Action::Settle(settle),
        };
        WrittenOnClaim {
            id: &fence.id,
            version: fence.version,
            action: self.inner(fence.action.kind(), action),
        }
    }

    fn task_fulfill(&self, fulfill: &'r TaskFulfill) -> impl Serialize {
        WrittenOnClaim {
            id: &fulfill.id,
            version: fulfill.version,
            action: self.inner("promise.settle", &fulfill.action),
        }
    }

    fn task_suspend(&self, suspend: &'r TaskSuspend) -> impl Serialize {
        #[derive(Serialize)]
        struct Written<'r> {
            id: &'r PromiseId,
            version: TaskVersion,
            actions: Vec<Inner<'r, &'r RegisterCallback>>,
        }
        let actions = suspend.actions.iter();
        Written {
            id: &suspend.id,
            version: suspend.version,
            actions: actions
                .map(|callback| self.inner("promise.register_callback", callback))
                .collect(),
        }
    }
}

#[derive(Serialize)]
struct WrittenOnClaim<'r, A> {
    id: &'r PromiseId,
    version: TaskVersion,
    action: A,
}
