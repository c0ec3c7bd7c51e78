//! What a server in debug mode shows of itself.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use resonate_core::engine::Snapshot;
use resonate_core::model::{Edge, Lease, Promise, Task, TaskState};
use resonate_core::protocol::envelope::decode_message;
use resonate_core::protocol::{Outgoing, PromiseRecord, ScheduleRecord, TaskRecord, TaskStatus};
use resonate_core::{Millis, PromiseId, Text};
use serde::Deserialize;
use serde_json::value::RawValue;

/// The data of `debug.snap`. What only our own server shows is optional.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Snap {
    promises: Vec<PromiseRecord>,
    promise_timeouts: Vec<Timeout>,
    callbacks: Vec<Callback>,
    listeners: Vec<Listener>,
    tasks: Vec<TaskSeen>,
    task_timeouts: Vec<Timeout>,
    schedules: Option<Vec<Arc<ScheduleRecord>>>,
    messages: Vec<Message>,
}

#[derive(Debug, Deserialize)]
struct Timeout {
    id: PromiseId,
    timeout: Millis,
}

#[derive(Debug, Deserialize)]
struct Callback {
    awaiter: PromiseId,
    awaited: PromiseId,
}

#[derive(Debug, Deserialize)]
struct Listener {
    id: PromiseId,
    address: Text,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TaskSeen {
    #[serde(flatten)]
    record: TaskRecord,
    resume_ids: Option<Vec<PromiseId>>,
}

#[derive(Debug, Deserialize)]
struct Message {
    address: Text,
    message: Box<RawValue>,
    number: Option<u64>,
}

/// A message that a server shows, with its place in the order of all where it tells.
pub(super) struct Shown {
    pub(super) outgoing: Outgoing,
    pub(super) number: Option<u64>,
}

impl Snap {
    /// Whether it is of a server that shows all that ours does.
    pub(super) fn is_whole(&self) -> bool {
        self.schedules.is_some()
    }

    /// The messages.
    pub(super) fn messages(&self) -> Vec<Shown> {
        let shown = self.messages.iter().map(|message| Shown {
            outgoing: Outgoing {
                address: message.address.clone(),
                message: decode_message(message.message.get()).expect("a message is one"),
            },
            number: message.number,
        });
        shown.collect()
    }

    /// The same as the engine would tell it, at an instant.
    pub(super) fn snapshot(self, clock: Millis) -> Snapshot {
        let armed: BTreeSet<_> = self.promise_timeouts.into_iter().map(|it| it.id).collect();
        let due = self.task_timeouts.into_iter();
        let due: BTreeMap<_, _> = due.map(|it| (it.id, it.timeout)).collect();
        let mut snapshot = Snapshot {
            clock,
            ..Snapshot::default()
        };
        let waiting = self.callbacks.into_iter().map(|it| Edge {
            awaited: it.awaited,
            awaiter: it.awaiter,
            ready: false,
        });
        snapshot.edges.extend(waiting);
        let mut tasks = BTreeMap::new();
        for TaskSeen { record, resume_ids } in self.tasks {
            let awaiter = record.id.clone();
            let ready = resume_ids.into_iter().flatten().map(|awaited| Edge {
                awaited,
                awaiter: awaiter.clone(),
                ready: true,
            });
            snapshot.edges.extend(ready);
            let at = due.get(&awaiter).copied();
            tasks.insert(awaiter, task(record, at));
        }
        let listeners = self.listeners.into_iter();
        snapshot.listeners = listeners.map(|it| (it.id, it.address)).collect();
        let schedules = self.schedules.into_iter().flatten();
        snapshot.schedules = schedules.map(|it| (it.id.clone(), it)).collect();
        for record in self.promises {
            let id = record.id.clone();
            let promise = Promise {
                // Of a settled promise nobody can tell.
                armed: !record.state.is_pending() || armed.contains(&id),
                task: tasks.remove(&id),
                record: Arc::new(record),
            };
            snapshot.promises.insert(id, promise);
        }
        snapshot
    }
}

fn task(record: TaskRecord, due: Option<Millis>) -> Task {
    let state = match record.state {
        TaskStatus::Pending => TaskState::Pending {
            retry_at: due.unwrap_or(Millis::MAX),
        },
        TaskStatus::Acquired => TaskState::Acquired(Lease {
            pid: record.pid.unwrap_or_else(|| "".into()),
            ttl: record.ttl.unwrap_or_default(),
            expires_at: due.unwrap_or(Millis::MAX),
        }),
        TaskStatus::Suspended => TaskState::Suspended,
        TaskStatus::Halted => TaskState::Halted,
        TaskStatus::Fulfilled => TaskState::Fulfilled,
    };
    Task {
        state,
        version: record.version,
    }
}
