//! One request of each kind, and an answer that fits it.

use std::sync::Arc;

use resonate_core::protocol::{
    FenceAction, PromiseCreate, PromiseGet, PromiseRecord, PromiseSearch, PromiseSettle,
    PromiseState, RegisterCallback, RegisterListener, Request, Response, ScheduleCreate,
    ScheduleName, ScheduleRecord, ScheduleSearch, Settlement, TaskAcquire, TaskCreate, TaskFence,
    TaskFulfill, TaskHeartbeat, TaskId, TaskRecord, TaskRef, TaskRelease, TaskSearch, TaskStatus,
    TaskSuspend,
};
use resonate_core::{Millis, TaskVersion, Value};

pub(crate) const V1: TaskVersion = TaskVersion::new(1);

/// One of each kind.
pub(crate) fn every_request() -> Vec<Request> {
    let mut requests = Vec::from(promise_requests());
    requests.extend(task_requests());
    requests.extend(claim_requests());
    requests.extend(schedule_requests());
    requests
}

fn create() -> PromiseCreate {
    PromiseCreate {
        id: "a".into(),
        timeout_at: Millis::MAX,
        param: Value::of("Ng=="),
        tags: [("k", "é")].into_iter().collect(),
    }
}

fn settle() -> PromiseSettle {
    PromiseSettle {
        id: "a".into(),
        state: Settlement::RejectedCanceled,
        value: Value::default(),
    }
}

fn callback() -> RegisterCallback {
    RegisterCallback {
        awaited: "a".into(),
        awaiter: "w".into(),
    }
}

fn promise_requests() -> [Request; 6] {
    [
        Request::PromiseGet(PromiseGet { id: "a".into() }),
        Request::PromiseCreate(create()),
        Request::PromiseSettle(settle()),
        Request::RegisterCallback(callback()),
        Request::RegisterListener(RegisterListener {
            awaited: "a".into(),
            address: "x".into(),
        }),
        Request::PromiseSearch(PromiseSearch {
            limit: Some(2),
            ..PromiseSearch::default()
        }),
    ]
}

fn task_requests() -> [Request; 6] {
    let task = || TaskId { id: "w".into() };
    [
        Request::TaskGet(task()),
        Request::TaskHalt(task()),
        Request::TaskContinue(task()),
        Request::TaskCreate(TaskCreate {
            pid: "p".into(),
            ttl: 1,
            action: create(),
        }),
        Request::TaskAcquire(TaskAcquire {
            id: "w".into(),
            version: V1,
            pid: "p".into(),
            ttl: 9,
            brief: false,
        }),
        Request::TaskSearch(TaskSearch {
            state: Some(TaskStatus::Halted),
            ..TaskSearch::default()
        }),
    ]
}

fn claim_requests() -> [Request; 6] {
    let id = || "w".into();
    let fence = |action| {
        Request::TaskFence(TaskFence {
            id: id(),
            version: V1,
            action,
        })
    };
    [
        fence(FenceAction::Create(create())),
        fence(FenceAction::Settle(settle())),
        Request::TaskSuspend(TaskSuspend {
            id: id(),
            version: V1,
            actions: vec![callback(), callback()],
            brief: false,
        }),
        Request::TaskRelease(TaskRelease {
            id: id(),
            version: V1,
        }),
        Request::TaskFulfill(TaskFulfill {
            id: id(),
            version: V1,
            action: settle(),
        }),
        Request::TaskHeartbeat(TaskHeartbeat {
            pid: "p".into(),
            tasks: vec![TaskRef {
                id: id(),
                version: V1,
            }],
        }),
    ]
}

fn schedule_requests() -> [Request; 4] {
    let name = || ScheduleName { id: "s".into() };
    [
        Request::ScheduleGet(name()),
        Request::ScheduleCreate(ScheduleCreate {
            id: "s".into(),
            cron: "* * * * *".into(),
            promise_id: "{{.id}}".into(),
            promise_timeout: 1,
            promise_param: Value::default(),
            promise_tags: [("k", "v")].into_iter().collect(),
        }),
        Request::ScheduleDelete(name()),
        Request::ScheduleSearch(ScheduleSearch {
            cursor: Some("s".into()),
            ..ScheduleSearch::default()
        }),
    ]
}

pub(crate) fn promise() -> Arc<PromiseRecord> {
    Arc::new(PromiseRecord {
        id: "a".into(),
        state: PromiseState::Resolved,
        param: Value::default(),
        value: Value::of("Ng=="),
        tags: [("k", "v")].into_iter().collect(),
        timeout_at: Millis::new(9),
        created_at: Millis::new(1),
        settled_at: Some(Millis::new(5)),
    })
}

pub(crate) fn task() -> TaskRecord {
    TaskRecord {
        id: "w".into(),
        state: TaskStatus::Suspended,
        version: V1,
        resumes: 2,
        ttl: None,
        pid: None,
    }
}

pub(crate) fn schedule() -> Arc<ScheduleRecord> {
    Arc::new(ScheduleRecord {
        id: "s".into(),
        cron: "* * * * *".into(),
        promise_id: "x".into(),
        promise_timeout: 1,
        promise_param: Value::default(),
        promise_tags: [("k", "v")].into_iter().collect(),
        created_at: Millis::new(1),
        next_run_at: Millis::new(60_000),
        last_run_at: None,
    })
}

/// A response that fits `request`.
pub(crate) fn response(request: &Request) -> Response {
    let preload = vec![promise()];
    match request {
        Request::PromiseGet(_)
        | Request::PromiseCreate(_)
        | Request::PromiseSettle(_)
        | Request::RegisterCallback(_)
        | Request::RegisterListener(_)
        | Request::TaskFulfill(_) => Response::Promise(promise()),
        Request::PromiseSearch(_) => Response::Promises {
            promises: preload,
            cursor: Some("a".into()),
        },
        Request::TaskGet(_) => Response::Task(task()),
        Request::TaskCreate(_) | Request::TaskAcquire(_) => {
            let task = TaskRecord {
                ttl: Some(1),
                pid: Some("p".into()),
                ..task()
            };
            Response::Claimed {
                task,
                promise: promise(),
                preload,
            }
        }
        Request::TaskFence(fence) => Response::Fenced {
            kind: fence.action.kind(),
            result: Ok(promise()),
            preload,
        },
        Request::TaskSuspend(_) => Response::Redirect { preload },
        Request::TaskRelease(_)
        | Request::TaskHeartbeat(_)
        | Request::TaskHalt(_)
        | Request::TaskContinue(_)
        | Request::ScheduleDelete(_) => Response::Done,
        Request::TaskSearch(_) => Response::Tasks {
            tasks: vec![task()],
            cursor: None,
        },
        Request::ScheduleGet(_) | Request::ScheduleCreate(_) => Response::Schedule(schedule()),
        Request::ScheduleSearch(_) => Response::Schedules {
            schedules: vec![schedule()],
            cursor: None,
        },
    }
}
