//! The answers to `debug.*`, for a server in debug mode (protocol §2.18).

use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::answer::{Head, Written};
use super::message::MessageFrame;
use crate::protocol::{Outgoing, PromiseRecord, ScheduleRecord, TaskRecord};
use crate::{Millis, PromiseId, Text};

/// What a debug request that was carried out answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DebugAnswer {
    /// `{}`: start, stop, reset.
    Done,
    /// `[]`: tick.
    Ticked,
    /// Everything: snap.
    Snap(Box<DebugSnap>),
}

/// Everything that a server keeps, as stored: a deadline that nobody acted on has not passed.
/// Every list comes in the order of its ids, as bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DebugSnap {
    /// The promises.
    pub promises: Vec<Arc<PromiseRecord>>,
    /// When a pending promise is settled unasked.
    pub promise_timeouts: Vec<(PromiseId, Millis)>,
    /// Who waits for whom and was not told yet: awaiter, awaited.
    pub callbacks: Vec<(PromiseId, PromiseId)>,
    /// Who listens for what.
    pub listeners: Vec<(PromiseId, Text)>,
    /// The tasks, each with the promises whose settlement it has not consumed yet.
    pub tasks: Vec<(TaskRecord, Vec<PromiseId>)>,
    /// When a task is acted on unasked.
    pub task_timeouts: Vec<TaskTimeout>,
    /// The schedules.
    pub schedules: Vec<Arc<ScheduleRecord>>,
    /// The messages that left while the clock was paused; of those that replace each other the
    /// last.
    pub messages: Vec<Sent>,
    /// Where a worker that is pushed to calls back.
    pub server_url: String,
}

/// When a task is acted on unasked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskTimeout {
    /// It is offered again.
    Offer(PromiseId, Millis),
    /// Its lease lapses.
    Lease(PromiseId, Millis),
}

/// A message that left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// What, and where to.
    pub outgoing: Outgoing,
    /// Its place in the order of all messages since the last reset; a later one that replaces it
    /// has a greater number.
    pub number: u64,
}

/// The frame of a debug request's answer, always of status 200.
#[must_use]
pub fn encode_debug_answer(kind: &str, corr_id: &str, answer: &DebugAnswer) -> String {
    super::write(&Written {
        kind,
        head: Head::new(corr_id, 200),
        data: Data(answer),
    })
}

struct Data<'a>(&'a DebugAnswer);

impl Serialize for Data<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            DebugAnswer::Done => Empty {}.serialize(to),
            DebugAnswer::Ticked => [(); 0].serialize(to),
            DebugAnswer::Snap(snap) => written(snap).serialize(to),
        }
    }
}

#[derive(Serialize)]
struct Empty {}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SnapWritten<'a> {
    promises: &'a [Arc<PromiseRecord>],
    promise_timeouts: Vec<TimeoutWritten<'a>>,
    callbacks: Vec<Callback<'a>>,
    listeners: Vec<Listener<'a>>,
    tasks: Vec<TaskWritten<'a>>,
    task_timeouts: Vec<TaskTimeoutWritten<'a>>,
    schedules: &'a [Arc<ScheduleRecord>],
    messages: Vec<SentWritten<'a>>,
}

#[derive(Serialize)]
struct TimeoutWritten<'a> {
    id: &'a PromiseId,
    timeout: Millis,
}

#[derive(Serialize)]
struct TaskTimeoutWritten<'a> {
    id: &'a PromiseId,
    #[serde(rename = "type")]
    kind: u8,
    timeout: Millis,
}

#[derive(Serialize)]
struct Callback<'a> {
    awaiter: &'a PromiseId,
    awaited: &'a PromiseId,
}

#[derive(Serialize)]
struct Listener<'a> {
    id: &'a PromiseId,
    address: &'a Text,
}

#[derive(Serialize)]
struct TaskWritten<'a> {
    #[serde(flatten)]
    task: &'a TaskRecord,
    #[serde(rename = "resumeIds")]
    resume_ids: &'a [PromiseId],
}

#[derive(Serialize)]
struct SentWritten<'a> {
    address: &'a Text,
    message: MessageFrame<'a>,
    number: u64,
}

fn written(snap: &DebugSnap) -> SnapWritten<'_> {
    let timeouts = snap.promise_timeouts.iter();
    let callbacks = snap.callbacks.iter();
    let listeners = snap.listeners.iter();
    let tasks = snap.tasks.iter();
    let messages = snap.messages.iter();
    SnapWritten {
        promises: &snap.promises,
        promise_timeouts: timeouts
            .map(|(id, timeout)| TimeoutWritten {
                id,
                timeout: *timeout,
            })
            .collect(),
        callbacks: callbacks
            .map(|(awaiter, awaited)| Callback { awaiter, awaited })
            .collect(),
        listeners: listeners
            .map(|(id, address)| Listener { id, address })
            .collect(),
        tasks: tasks
            .map(|(task, resume_ids)| TaskWritten { task, resume_ids })
            .collect(),
        task_timeouts: snap.task_timeouts.iter().map(task_timeout).collect(),
        schedules: &snap.schedules,
        messages: messages
            .map(|sent| SentWritten {
                address: &sent.outgoing.address,
                message: MessageFrame::of(&sent.outgoing.message, &snap.server_url),
                number: sent.number,
            })
            .collect(),
    }
}

fn task_timeout(timeout: &TaskTimeout) -> TaskTimeoutWritten<'_> {
    let (id, kind, at) = match timeout {
        TaskTimeout::Offer(id, at) => (id, 0, at),
        TaskTimeout::Lease(id, at) => (id, 1, at),
    };
    TaskTimeoutWritten {
        id,
        kind,
        timeout: *at,
    }
}
