//! Answers and messages as words, to compare them with what a script expects.

use resonate_core::protocol::{
    Answer, Message, Outgoing, PromiseRecord, Response, ScheduleRecord, TaskRecord,
};
use resonate_core::{Tags, Value};
use serde::Serialize;
use std::sync::Arc;

/// The address that scripts leave unsaid.
pub(super) const DEFAULT_TARGET: &str = "poll://any@g";

/// The answer as words; the text of a refusal is the last one, blanks included.
#[must_use]
pub fn words(answer: &Answer) -> Vec<String> {
    match answer {
        Ok(response) => response_words(response),
        Err(refusal) => vec![refusal.status.code().to_string(), refusal.message.clone()],
    }
}

/// The message as one text.
#[must_use]
pub fn message_words(outgoing: &Outgoing) -> String {
    let mut text = match &outgoing.message {
        Message::Execute(task) => format!("execute {} {}", task.id, task.version),
        Message::Unblock(promise) => format!("unblock {} {}", promise.id, name(&promise.state)),
    };
    if &*outgoing.address != DEFAULT_TARGET {
        text = format!("{text} {}", outgoing.address);
    }
    text
}

fn response_words(response: &Response) -> Vec<String> {
    let mut words = vec!["200".to_owned()];
    match response {
        Response::Promise(promise) => words.extend(promise_words(promise)),
        Response::Promises { promises, cursor } => {
            words.push(format!("page={}", list(promises)));
            words.extend(cursor.iter().map(|cursor| format!("cursor={cursor}")));
        }
        Response::Task(task) => words.extend(task_words(task)),
        Response::Claimed {
            task,
            promise,
            preload,
        } => {
            words.extend(task_words(task));
            words.extend(promise_words(promise));
            words.push(format!("preload={}", list(preload)));
        }
        Response::Fenced {
            kind,
            result,
            preload,
        } => {
            words.push((*kind).to_owned());
            match result {
                Ok(promise) => {
                    words.push("inner=200".to_owned());
                    words.extend(promise_words(promise));
                }
                Err(refusal) => {
                    words.push(format!("inner={}", refusal.status.code()));
                    words.push(refusal.message.clone());
                }
            }
            words.push(format!("preload={}", list(preload)));
        }
        Response::Redirect { preload } => {
            words = vec!["300".to_owned(), format!("preload={}", list(preload))];
        }
        Response::Tasks { tasks, cursor } => {
            let rows: Vec<_> = tasks
                .iter()
                .map(|task| format!("{}/{}", task.id, name(&task.state)))
                .collect();
            words.push(format!("page={}", rows.join(",")));
            words.extend(cursor.iter().map(|cursor| format!("cursor={cursor}")));
        }
        Response::Schedule(schedule) => words.extend(schedule_words(schedule)),
        Response::Schedules { schedules, cursor } => {
            let rows: Vec<_> = schedules
                .iter()
                .map(|schedule| schedule.id.as_str())
                .collect();
            words.push(format!("page={}", rows.join(",")));
            words.extend(cursor.iter().map(|cursor| format!("cursor={cursor}")));
        }
        Response::Done => {}
    }
    words
}

fn list(promises: &[Arc<PromiseRecord>]) -> String {
    let rows: Vec<_> = promises
        .iter()
        .map(|promise| format!("{}/{}", promise.id, name(&promise.state)))
        .collect();
    rows.join(",")
}

fn promise_words(promise: &PromiseRecord) -> Vec<String> {
    let mut words = vec![
        promise.id.to_string(),
        name(&promise.state),
        format!("timeoutAt={}", promise.timeout_at),
        format!("createdAt={}", promise.created_at),
    ];
    words.extend(promise.settled_at.map(|at| format!("settledAt={at}")));
    words.extend(value_words("param", &promise.param));
    words.extend(value_words("value", &promise.value));
    words.extend(tag_words(&promise.tags));
    words
}

fn task_words(task: &TaskRecord) -> Vec<String> {
    let mut words = vec![
        task.id.to_string(),
        format!("task={}", name(&task.state)),
        format!("v{}", task.version),
        format!("resumes={}", task.resumes),
    ];
    words.extend(task.ttl.map(|ttl| format!("ttl={ttl}")));
    words.extend(task.pid.as_ref().map(|pid| format!("pid={pid}")));
    words
}

fn schedule_words(schedule: &ScheduleRecord) -> Vec<String> {
    let mut words = vec![
        schedule.id.to_string(),
        format!("cron={}", schedule.cron.replace(' ', "_")),
        format!("promiseId={}", schedule.promise_id),
        format!("promiseTimeout={}", schedule.promise_timeout),
        format!("createdAt={}", schedule.created_at),
        format!("nextRunAt={}", schedule.next_run_at),
    ];
    words.extend(schedule.last_run_at.map(|at| format!("lastRunAt={at}")));
    words.extend(value_words("promiseParam", &schedule.promise_param));
    words.extend(tag_words(&schedule.promise_tags));
    words
}

fn value_words(field: &str, value: &Value) -> Vec<String> {
    let data = value.data.iter().map(|data| format!("{field}={data}"));
    let headers = value
        .headers
        .iter()
        .map(|headers| format!("{field}.headers={headers:?}"));
    data.chain(headers).collect()
}

fn tag_words(tags: &Tags) -> impl Iterator<Item = String> {
    tags.iter().map(|(key, value)| format!("#{key}={value}"))
}

/// A state by its name on the wire.
fn name(state: &impl Serialize) -> String {
    let name = serde_json::to_value(state).expect("a state has a name");
    name.as_str().expect("a state's name is text").to_owned()
}
