//! Records as other servers write them: strict in what matters, `null` taken for absent.

use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{Deserializer as _, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::object::Object;
use crate::protocol::{PromiseRecord, PromiseState, ScheduleRecord, TaskRecord, TaskStatus};
use crate::{Millis, ProcessId, PromiseId, ScheduleId, Tags, TaskVersion, Text, Value};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PromiseIn {
    id: PromiseId,
    state: PromiseState,
    param: Option<Value>,
    value: Option<Value>,
    tags: Option<Tags>,
    timeout_at: Millis,
    created_at: Millis,
    settled_at: Option<Millis>,
}

impl From<PromiseIn> for PromiseRecord {
    fn from(read: PromiseIn) -> Self {
        Self {
            id: read.id,
            state: read.state,
            param: read.param.unwrap_or_default(),
            value: read.value.unwrap_or_default(),
            tags: read.tags.unwrap_or_default(),
            timeout_at: read.timeout_at,
            created_at: read.created_at,
            settled_at: read.settled_at,
        }
    }
}

impl From<PromiseIn> for Arc<PromiseRecord> {
    fn from(read: PromiseIn) -> Self {
        Self::new(read.into())
    }
}

/// Many records, as kept.
pub(super) fn promises(read: Vec<Object<PromiseIn>>) -> Vec<Arc<PromiseRecord>> {
    read.into_iter().map(|Object(it)| it.into()).collect()
}

/// The first `max` records of a list; the others are skipped unread.
pub(super) fn first(list: &RawValue, max: usize) -> serde_json::Result<Vec<Object<PromiseIn>>> {
    serde_json::Deserializer::from_str(list.get()).deserialize_seq(First(max))
}

/// Reads a list up to so many records.
struct First(usize);

impl<'de> Visitor<'de> for First {
    type Value = Vec<Object<PromiseIn>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of promises")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut read = Vec::new();
        while read.len() < self.0 {
            let Some(record) = list.next_element()? else {
                return Ok(read);
            };
            read.push(record);
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(read)
    }
}

#[derive(Deserialize)]
pub(super) struct TaskIn {
    id: PromiseId,
    state: TaskStatus,
    version: TaskVersion,
    resumes: Option<Resumes>,
    ttl: Option<i64>,
    pid: Option<ProcessId>,
}

/// A number by the protocol; a list or a flag in some simulators.
#[derive(Deserialize)]
#[serde(untagged)]
enum Resumes {
    Count(u64),
    Any(bool),
    List(Vec<IgnoredAny>),
}

impl From<TaskIn> for TaskRecord {
    fn from(read: TaskIn) -> Self {
        Self {
            id: read.id,
            state: read.state,
            version: read.version,
            resumes: match read.resumes {
                Some(Resumes::Count(count)) => count,
                Some(Resumes::Any(any)) => any.into(),
                Some(Resumes::List(list)) => list.len() as u64,
                None => 0,
            },
            ttl: read.ttl,
            pid: read.pid,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ScheduleIn {
    id: ScheduleId,
    cron: Text,
    promise_id: Text,
    promise_timeout: i64,
    promise_param: Option<Value>,
    promise_tags: Option<Tags>,
    created_at: Millis,
    next_run_at: Millis,
    last_run_at: Option<Millis>,
}

impl From<ScheduleIn> for Arc<ScheduleRecord> {
    fn from(read: ScheduleIn) -> Self {
        Self::new(ScheduleRecord {
            id: read.id,
            cron: read.cron,
            promise_id: read.promise_id,
            promise_timeout: read.promise_timeout,
            promise_param: read.promise_param.unwrap_or_default(),
            promise_tags: read.promise_tags.unwrap_or_default(),
            created_at: read.created_at,
            next_run_at: read.next_run_at,
            last_run_at: read.last_run_at,
        })
    }
}

#[derive(Deserialize)]
pub(super) struct OnePromise {
    pub(super) promise: Object<PromiseIn>,
}

#[derive(Deserialize)]
pub(super) struct PromisePage {
    pub(super) promises: Vec<Object<PromiseIn>>,
    pub(super) cursor: Option<Text>,
}

#[derive(Deserialize)]
pub(super) struct OneTask {
    pub(super) task: Object<TaskIn>,
}

#[derive(Deserialize)]
pub(super) struct TaskPage {
    pub(super) tasks: Vec<Object<TaskIn>>,
    pub(super) cursor: Option<Text>,
}

#[derive(Deserialize)]
pub(super) struct ClaimedIn {
    pub(super) task: Object<TaskIn>,
    pub(super) promise: Object<PromiseIn>,
    pub(super) preload: Option<Vec<Object<PromiseIn>>>,
}

#[derive(Deserialize)]
pub(super) struct Preloaded {
    pub(super) preload: Option<Vec<Object<PromiseIn>>>,
}

#[derive(Deserialize)]
pub(super) struct OneSchedule {
    pub(super) schedule: Object<ScheduleIn>,
}

#[derive(Deserialize)]
pub(super) struct SchedulePage {
    pub(super) schedules: Vec<Object<ScheduleIn>>,
    pub(super) cursor: Option<Text>,
}
