//! Answers and messages as words.

use resonate_core::protocol::{
    Answer, Message, Outgoing, PromiseRecord, Response, ScheduleRecord, TaskRecord,
};

/// The status and the words of an answer.
#[must_use]
pub fn answer(answer: &Answer) -> (u16, Vec<String>) {
    let response = match answer {
        Ok(response) => response,
        Err(refusal) => return (refusal.status.code(), Vec::new()),
    };
    let redirect = matches!(response, Response::Redirect { .. });
    (if redirect { 300 } else { 200 }, words(response))
}

fn words(response: &Response) -> Vec<String> {
    match response {
        Response::Promise(it) => promise(it),
        Response::Promises { promises, cursor } => list(
            "ids",
            promises.iter().map(|it| it.id.as_str()),
            cursor.as_deref(),
        ),
        Response::Task(it) => task(it),
        Response::Claimed {
            task: claimed,
            promise: it,
            preload,
        } => {
            let ids = preload.iter().map(|it| it.id.as_str());
            [task(claimed), promise(it), list("preload", ids, None)].concat()
        }
        Response::Fenced {
            kind,
            result,
            preload,
        } => {
            let (status, inner) = match result {
                Ok(record) => (200, promise(record)),
                Err(refusal) => (refusal.status.code(), Vec::new()),
            };
            let ids = preload.iter().map(|it| it.id.as_str());
            let head = vec![(*kind).to_owned(), format!("inner={status}")];
            [head, inner, list("preload", ids, None)].concat()
        }
        Response::Redirect { preload } => {
            list("preload", preload.iter().map(|it| it.id.as_str()), None)
        }
        Response::Tasks { tasks, cursor } => list(
            "ids",
            tasks.iter().map(|it| it.id.as_str()),
            cursor.as_deref(),
        ),
        Response::Schedule(it) => schedule(it),
        Response::Schedules { schedules, cursor } => list(
            "ids",
            schedules.iter().map(|it| it.id.as_str()),
            cursor.as_deref(),
        ),
        Response::Done => Vec::new(),
    }
}

fn list<'a>(name: &str, ids: impl Iterator<Item = &'a str>, cursor: Option<&str>) -> Vec<String> {
    let ids: Vec<_> = ids.collect();
    vec![
        format!("{name}=[{}]", ids.join(",")),
        format!("cursor={}", cursor.unwrap_or("none")),
    ]
}

fn promise(record: &PromiseRecord) -> Vec<String> {
    let settled = record
        .settled_at
        .map_or_else(|| "none".to_owned(), |at| at.to_string());
    let data = record.value.data.as_deref().unwrap_or("none");
    vec![
        record.id.to_string(),
        format!("{:?}", record.state).to_lowercase(),
        format!("createdAt={}", record.created_at),
        format!("timeoutAt={}", record.timeout_at),
        format!("settledAt={settled}"),
        format!("value={data}"),
        format!("tags={}", record.tags.len()),
    ]
}

fn task(record: &TaskRecord) -> Vec<String> {
    vec![
        format!("task={}", record.id),
        format!("task:{:?}", record.state).to_lowercase(),
        format!("v{}", record.version),
        format!("resumes={}", record.resumes),
        format!(
            "ttl={}",
            record
                .ttl
                .map_or_else(|| "none".to_owned(), |ttl| ttl.to_string())
        ),
        format!(
            "pid={}",
            record.pid.as_ref().map_or("none", |pid| pid.as_str())
        ),
    ]
}

fn schedule(record: &ScheduleRecord) -> Vec<String> {
    let last = record
        .last_run_at
        .map_or_else(|| "none".to_owned(), |at| at.to_string());
    vec![
        record.id.to_string(),
        format!("nextRunAt={}", record.next_run_at),
        format!("lastRunAt={last}"),
    ]
}

/// The messages as words, sorted.
#[must_use]
pub fn outgoing(sent: &[Outgoing]) -> Vec<String> {
    let mut all: Vec<_> = sent.iter().map(message).collect();
    all.sort_unstable();
    all
}

fn message(outgoing: &Outgoing) -> String {
    let address = &outgoing.address;
    match &outgoing.message {
        Message::Execute(task) => format!("execute {} {} {address}", task.id, task.version),
        Message::Unblock(promise) => {
            let state = format!("{:?}", promise.state).to_lowercase();
            format!("unblock {} {state} {address}", promise.id)
        }
    }
}
