//! One request of the protocol, typed.

use super::promise::{
    PromiseCreate, PromiseGet, PromiseSearch, PromiseSettle, RegisterCallback, RegisterListener,
};
use super::schedule::{ScheduleCreate, ScheduleName, ScheduleSearch};
use super::task::{
    TaskAcquire, TaskCreate, TaskFence, TaskFulfill, TaskHeartbeat, TaskId, TaskRelease,
    TaskSearch, TaskSuspend,
};

/// The 21 requests that a client may make (protocol §2).
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each arm is documented at the type it carries")]
pub enum Request {
    PromiseGet(PromiseGet),
    PromiseCreate(PromiseCreate),
    PromiseSettle(PromiseSettle),
    RegisterCallback(RegisterCallback),
    RegisterListener(RegisterListener),
    PromiseSearch(PromiseSearch),
    TaskGet(TaskId),
    TaskCreate(TaskCreate),
    TaskAcquire(TaskAcquire),
    TaskFence(TaskFence),
    TaskSuspend(TaskSuspend),
    TaskRelease(TaskRelease),
    TaskFulfill(TaskFulfill),
    TaskHeartbeat(TaskHeartbeat),
    TaskHalt(TaskId),
    TaskContinue(TaskId),
    TaskSearch(TaskSearch),
    ScheduleGet(ScheduleName),
    ScheduleCreate(ScheduleCreate),
    ScheduleDelete(ScheduleName),
    ScheduleSearch(ScheduleSearch),
}

impl Request {
    /// The request's kind on the wire.
    ///
    /// ```
    /// use resonate_core::protocol::{PromiseGet, Request};
    ///
    /// let request = Request::PromiseGet(PromiseGet { id: "order-17".into() });
    /// assert_eq!(request.kind(), "promise.get");
    /// ```
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::PromiseGet(_) => "promise.get",
            Self::PromiseCreate(_) => "promise.create",
            Self::PromiseSettle(_) => "promise.settle",
            Self::RegisterCallback(_) => "promise.register_callback",
            Self::RegisterListener(_) => "promise.register_listener",
            Self::PromiseSearch(_) => "promise.search",
            Self::TaskGet(_) => "task.get",
            Self::TaskCreate(_) => "task.create",
            Self::TaskAcquire(_) => "task.acquire",
            Self::TaskFence(_) => "task.fence",
            Self::TaskSuspend(_) => "task.suspend",
            Self::TaskRelease(_) => "task.release",
            Self::TaskFulfill(_) => "task.fulfill",
            Self::TaskHeartbeat(_) => "task.heartbeat",
            Self::TaskHalt(_) => "task.halt",
            Self::TaskContinue(_) => "task.continue",
            Self::TaskSearch(_) => "task.search",
            Self::ScheduleGet(_) => "schedule.get",
            Self::ScheduleCreate(_) => "schedule.create",
            Self::ScheduleDelete(_) => "schedule.delete",
            Self::ScheduleSearch(_) => "schedule.search",
        }
    }

    /// The promise, task or schedule that the request concerns, where it names one.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::PromiseGet(get) => Some(get.id.as_str()),
            Self::PromiseCreate(create) => Some(create.id.as_str()),
            Self::PromiseSettle(settle) => Some(settle.id.as_str()),
            Self::RegisterCallback(callback) => Some(callback.awaited.as_str()),
            Self::RegisterListener(listener) => Some(listener.awaited.as_str()),
            Self::TaskGet(task) | Self::TaskHalt(task) | Self::TaskContinue(task) => {
                Some(task.id.as_str())
            }
            Self::TaskCreate(create) => Some(create.action.id.as_str()),
            Self::TaskAcquire(acquire) => Some(acquire.id.as_str()),
            Self::TaskFence(fence) => Some(fence.id.as_str()),
            Self::TaskSuspend(suspend) => Some(suspend.id.as_str()),
            Self::TaskRelease(release) => Some(release.id.as_str()),
            Self::TaskFulfill(fulfill) => Some(fulfill.id.as_str()),
            Self::ScheduleGet(name) | Self::ScheduleDelete(name) => Some(name.id.as_str()),
            Self::ScheduleCreate(create) => Some(create.id.as_str()),
            Self::PromiseSearch(_)
            | Self::TaskHeartbeat(_)
            | Self::TaskSearch(_)
            | Self::ScheduleSearch(_) => None,
        }
    }
}
