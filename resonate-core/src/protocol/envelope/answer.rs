//! Answers as frames, as a server writes them.

use std::sync::Arc;

use serde::{Serialize, Serializer};

use crate::Text;
use crate::protocol::{
    Answer, PromiseRecord, Refusal, Response, ScheduleRecord, TaskRecord, VERSION,
};

/// The frame of `answer`, and the HTTP status that goes with it: the same number as in its head.
///
/// `kind` and `corr_id` repeat the request's. What is absent is left out, never `null`.
#[must_use]
pub fn encode_answer(kind: &str, corr_id: &str, answer: &Answer) -> (u16, String) {
    match answer {
        Ok(response) => {
            let status = response.status();
            let written = super::write(&Written {
                kind,
                head: Head::new(corr_id, status),
                data: Data { response, corr_id },
            });
            (status, written)
        }
        Err(refusal) => {
            let written = super::write(&refused(kind, corr_id, refusal));
            (refusal.status.code(), written)
        }
    }
}

#[derive(Serialize)]
pub(super) struct Written<'a, D> {
    pub(super) kind: &'a str,
    pub(super) head: Head<'a>,
    pub(super) data: D,
}

#[derive(Serialize)]
pub(super) struct Head<'a> {
    #[serde(rename = "corrId")]
    corr_id: &'a str,
    status: u16,
    version: &'static str,
}

impl<'a> Head<'a> {
    pub(super) fn new(corr_id: &'a str, status: u16) -> Self {
        Self {
            corr_id,
            status,
            version: VERSION,
        }
    }
}

/// A refusal's data is its message, as a bare string.
fn refused<'a>(kind: &'a str, corr_id: &'a str, refusal: &'a Refusal) -> Written<'a, &'a str> {
    Written {
        kind,
        head: Head::new(corr_id, refusal.status.code()),
        data: &refusal.message,
    }
}

/// The data of `response`, to be written inside the frame `corr_id`.
struct Data<'a> {
    response: &'a Response,
    corr_id: &'a str,
}

#[derive(Serialize)]
struct OnePromise<'a> {
    promise: &'a PromiseRecord,
}

impl Serialize for Data<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.response {
            Response::Promise(promise) => OnePromise { promise }.serialize(to),
            Response::Promises { promises, cursor } => promise_page(promises, cursor).serialize(to),
            Response::Task(task) => one_task(task).serialize(to),
            Response::Claimed {
                task,
                promise,
                preload,
            } => claimed(task, promise, preload).serialize(to),
            Response::Fenced {
                kind,
                result,
                preload,
            } => self.fenced(kind, result, preload).serialize(to),
            Response::Redirect { preload } => redirect(preload).serialize(to),
            Response::Tasks { tasks, cursor } => task_page(tasks, cursor).serialize(to),
            Response::Schedule(schedule) => one_schedule(schedule).serialize(to),
            Response::Schedules { schedules, cursor } => {
                schedule_page(schedules, cursor).serialize(to)
            }
            Response::Done => Empty {}.serialize(to),
        }
    }
}

#[derive(Serialize)]
struct Empty {}

fn promise_page<'a>(
    promises: &'a [Arc<PromiseRecord>],
    cursor: &'a Option<Text>,
) -> impl Serialize {
    #[derive(Serialize)]
    struct Page<'a> {
        promises: &'a [Arc<PromiseRecord>],
        #[serde(skip_serializing_if = "Option::is_none")]
        cursor: &'a Option<Text>,
    }
    Page { promises, cursor }
}

fn one_task(task: &TaskRecord) -> impl Serialize {
    #[derive(Serialize)]
    struct One<'a> {
        task: &'a TaskRecord,
    }
    One { task }
}

fn task_page<'a>(tasks: &'a [TaskRecord], cursor: &'a Option<Text>) -> impl Serialize {
    #[derive(Serialize)]
    struct Page<'a> {
        tasks: &'a [TaskRecord],
        #[serde(skip_serializing_if = "Option::is_none")]
        cursor: &'a Option<Text>,
    }
    Page { tasks, cursor }
}

fn one_schedule(schedule: &ScheduleRecord) -> impl Serialize {
    #[derive(Serialize)]
    struct One<'a> {
        schedule: &'a ScheduleRecord,
    }
    One { schedule }
}

fn schedule_page<'a>(
    schedules: &'a [Arc<ScheduleRecord>],
    cursor: &'a Option<Text>,
) -> impl Serialize {
    #[derive(Serialize)]
    struct Page<'a> {
        schedules: &'a [Arc<ScheduleRecord>],
        #[serde(skip_serializing_if = "Option::is_none")]
        cursor: &'a Option<Text>,
    }
    Page { schedules, cursor }
}

fn claimed<'a>(
    task: &'a TaskRecord,
    promise: &'a PromiseRecord,
    preload: &'a [Arc<PromiseRecord>],
) -> impl Serialize {
    #[derive(Serialize)]
    struct Claimed<'a> {
        task: &'a TaskRecord,
        promise: &'a PromiseRecord,
        preload: &'a [Arc<PromiseRecord>],
    }
    Claimed {
        task,
        promise,
        preload,
    }
}

fn redirect(preload: &[Arc<PromiseRecord>]) -> impl Serialize {
    #[derive(Serialize)]
    struct Redirect<'a> {
        preload: &'a [Arc<PromiseRecord>],
    }
    Redirect { preload }
}

impl<'a> Data<'a> {
    /// The inner answer repeats the **outer** correlation id.
    fn fenced(
        &self,
        kind: &'a str,
        result: &'a Result<Arc<PromiseRecord>, Refusal>,
        preload: &'a [Arc<PromiseRecord>],
    ) -> impl Serialize {
        #[derive(Serialize)]
        #[serde(untagged)]
        enum Action<'a> {
            Done(Written<'a, OnePromise<'a>>),
            Refused(Written<'a, &'a str>),
        }
        #[derive(Serialize)]
        struct Fenced<'a> {
            action: Action<'a>,
            preload: &'a [Arc<PromiseRecord>],
        }
        let action = match result {
            Ok(promise) => Action::Done(Written {
                kind,
                head: Head::new(self.corr_id, 200),
                data: OnePromise { promise },
            }),
            Err(refusal) => Action::Refused(refused(kind, self.corr_id, refusal)),
        };
        Fenced { action, preload }
    }
}
