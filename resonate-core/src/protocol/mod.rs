//! The words of the wire protocol, version [`VERSION`], as types.

pub mod envelope;
mod message;
mod promise;
mod request;
mod response;
mod schedule;
pub mod sse;
mod task;

pub use message::{Message, Outgoing};
pub use promise::{
    PromiseCreate, PromiseGet, PromiseRecord, PromiseSearch, PromiseSettle, PromiseState,
    RegisterCallback, RegisterListener, Settlement,
};
pub use request::Request;
pub use response::{Answer, Refusal, Response, Status};
pub use schedule::{ScheduleCreate, ScheduleName, ScheduleRecord, ScheduleSearch};
pub use task::{
    FenceAction, TaskAcquire, TaskCreate, TaskFence, TaskFulfill, TaskHeartbeat, TaskId,
    TaskRecord, TaskRef, TaskRelease, TaskSearch, TaskStatus, TaskSuspend,
};

/// The protocol version that every envelope names.
pub const VERSION: &str = "2026-04-01";
