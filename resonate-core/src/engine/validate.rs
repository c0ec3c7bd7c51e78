//! What is wrong with a request by itself, all of it in one refusal (protocol §1.4, §2).

use std::fmt;

use crate::address::Address;
use crate::cron::Cron;
use crate::protocol::{
    FenceAction, PromiseCreate, PromiseSettle, Refusal, Request, ScheduleCreate, Status,
    TaskFulfill, TaskHeartbeat, TaskSuspend,
};
use crate::{Millis, tags};

/// Refuses a request that would be refused whatever is kept.
pub(super) fn request(request: &Request) -> Result<(), Refusal> {
    let mut wrong = Problems::default();
    match request {
        Request::PromiseGet(get) => wrong.id("id", get.id.as_str()),
        Request::PromiseCreate(create) => promise_create(&mut wrong, create),
        Request::PromiseSettle(settle) => promise_settle(&mut wrong, settle),
        Request::RegisterCallback(callback) => {
            wrong.id("awaited", callback.awaited.as_str());
            wrong.id("awaiter", callback.awaiter.as_str());
            wrong.unless(callback.awaited != callback.awaiter, || {
                format!("`{}` cannot await itself", callback.awaited)
            });
        }
        Request::RegisterListener(listener) => {
            wrong.id("awaited", listener.awaited.as_str());
            wrong.address("the listener's address", &listener.address);
        }
        Request::PromiseSearch(search) => wrong.limit(search.limit),
        Request::TaskSearch(search) => wrong.limit(search.limit),
        Request::ScheduleSearch(search) => wrong.limit(search.limit),
        Request::TaskGet(task) | Request::TaskHalt(task) | Request::TaskContinue(task) => {
            wrong.id("id", task.id.as_str());
        }
        Request::TaskCreate(create) => {
            wrong.claim(create.pid.as_str(), create.ttl);
            task_promise(&mut wrong, &create.action);
        }
        Request::TaskAcquire(acquire) => {
            wrong.id("id", acquire.id.as_str());
            wrong.claim(acquire.pid.as_str(), acquire.ttl);
        }
        Request::TaskFence(fence) => {
            wrong.id("id", fence.id.as_str());
            wrong.unless(fence.id != *fence.action.id(), || {
                format!(
                    "task `{}` cannot fence its own promise: fulfill it",
                    fence.id
                )
            });
            match &fence.action {
                FenceAction::Create(create) => promise_create(&mut wrong, create),
                FenceAction::Settle(settle) => promise_settle(&mut wrong, settle),
            }
        }
        Request::TaskSuspend(suspend) => task_suspend(&mut wrong, suspend),
        Request::TaskRelease(release) => wrong.id("id", release.id.as_str()),
        Request::TaskFulfill(fulfill) => task_fulfill(&mut wrong, fulfill),
        Request::TaskHeartbeat(heartbeat) => task_heartbeat(&mut wrong, heartbeat),
        Request::ScheduleGet(name) | Request::ScheduleDelete(name) => {
            wrong.id("id", name.id.as_str());
        }
        Request::ScheduleCreate(create) => schedule_create(&mut wrong, create),
    }
    wrong.into_refusal()
}

fn promise_create(wrong: &mut Problems, create: &PromiseCreate) {
    wrong.id("id", create.id.as_str());
    wrong.unless(Millis::ZERO <= create.timeout_at, || {
        format!(
            "timeoutAt of `{}` is {}: it must be 0 or later",
            create.id, create.timeout_at
        )
    });
    if let Some(target) = create.tags.target() {
        wrong.address(tags::TARGET, target);
    }
    match create.tags.delay() {
        Ok(None) => {}
        Ok(Some(delay)) => {
            wrong.unless(delay < create.timeout_at, || {
                format!(
                    "{} of `{}` is {delay}: it must be before timeoutAt, {}",
                    tags::DELAY,
                    create.id,
                    create.timeout_at
                )
            });
            wrong.unless(create.tags.target().is_some(), || {
                format!("{} of `{}` needs {}", tags::DELAY, create.id, tags::TARGET)
            });
        }
        Err(text) => wrong.add(format!(
            "{} of `{}` is `{text}`: it must be an instant in milliseconds",
            tags::DELAY,
            create.id
        )),
    }
}

fn promise_settle(wrong: &mut Problems, settle: &PromiseSettle) {
    wrong.id("id", settle.id.as_str());
}

/// The promise of a `task.create`: one that has a task, which is claimed at once.
fn task_promise(wrong: &mut Problems, create: &PromiseCreate) {
    wrong.unless(create.tags.target().is_some(), || {
        format!(
            "`{}` needs the tag {} to have a task",
            create.id,
            tags::TARGET
        )
    });
    wrong.unless(create.tags.get(tags::DELAY).is_none(), || {
        format!(
            "`{}` is claimed at once: leave {} out",
            create.id,
            tags::DELAY
        )
    });
    promise_create(wrong, create);
}

fn task_suspend(wrong: &mut Problems, suspend: &TaskSuspend) {
    let id = &suspend.id;
    wrong.id("id", id.as_str());
    wrong.unless(!suspend.actions.is_empty(), || {
        format!("task `{id}` awaits nothing: name what it waits for, or release it")
    });
    for edge in &suspend.actions {
        wrong.id("awaited", edge.awaited.as_str());
        wrong.unless(edge.awaiter == *id, || {
            format!(
                "awaiter `{}` is not the suspended task `{id}`",
                edge.awaiter
            )
        });
        wrong.unless(edge.awaited != *id, || {
            format!("task `{id}` cannot await itself")
        });
    }
}

fn task_fulfill(wrong: &mut Problems, fulfill: &TaskFulfill) {
    wrong.id("id", fulfill.id.as_str());
    wrong.unless(fulfill.action.id == fulfill.id, || {
        format!(
            "task `{}` cannot fulfill promise `{}`: it can only settle its own",
            fulfill.id, fulfill.action.id
        )
    });
}

fn task_heartbeat(wrong: &mut Problems, heartbeat: &TaskHeartbeat) {
    wrong.unless(!heartbeat.pid.as_str().is_empty(), || {
        "pid is empty: say which process".into()
    });
    for task in &heartbeat.tasks {
        wrong.id("id", task.id.as_str());
    }
}

fn schedule_create(wrong: &mut Problems, create: &ScheduleCreate) {
    wrong.id("id", create.id.as_str());
    wrong.id("promiseId", &create.promise_id);
    wrong.unless(0 <= create.promise_timeout, || {
        format!(
            "promiseTimeout of `{}` is {}: it must be 0 or more",
            create.id, create.promise_timeout
        )
    });
    if let Some(target) = create.promise_tags.target() {
        wrong.address(tags::TARGET, target);
    }
    if let Err(error) = create.cron.parse::<Cron>() {
        wrong.add(format!("cron of `{}`: {error}", create.id));
    }
}

/// Everything that is wrong with one request.
#[derive(Default)]
struct Problems(Vec<String>);

impl Problems {
    fn add(&mut self, problem: String) {
        self.0.push(problem);
    }

    fn unless(&mut self, right: bool, problem: impl FnOnce() -> String) {
        if !right {
            self.add(problem());
        }
    }

    fn id(&mut self, field: &str, id: &str) {
        self.unless(!id.is_empty(), || {
            format!("{field} is empty: give it a name")
        });
        self.unless(!id.contains('\0'), || {
            format!("{field} {id:?} contains a NUL: leave it out")
        });
    }

    fn claim(&mut self, pid: &str, ttl: i64) {
        self.unless(!pid.is_empty(), || "pid is empty: say which process".into());
        self.unless(1 <= ttl, || {
            format!("ttl is {ttl}: it must be 1 or more milliseconds")
        });
    }

    fn address(&mut self, field: impl fmt::Display, text: &str) {
        if let Err(error) = text.parse::<Address>() {
            self.add(format!("{field}: {error}"));
        }
    }

    fn limit(&mut self, limit: Option<i64>) {
        self.unless(
            limit.is_none_or(|limit| (1..=1000).contains(&limit)),
            || {
                format!(
                    "limit is {}: it must be 1 to 1000",
                    limit.unwrap_or_default()
                )
            },
        );
    }

    fn into_refusal(self) -> Result<(), Refusal> {
        if self.0.is_empty() {
            return Ok(());
        }
        Err(Refusal::new(Status::BadRequest, self.0.join("; ")))
    }
}
