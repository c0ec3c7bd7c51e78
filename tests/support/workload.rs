//! Steps whose parts lie in every table, so that half a step can be told from a whole one.

use std::sync::Arc;

use resonate_core::model::{Edge, Promise, Task, TaskState};
use resonate_core::protocol::{PromiseRecord, PromiseState, ScheduleRecord};
use resonate_core::store::{Store, StoreError, View, Write};
use resonate_core::{Millis, PromiseId, Tags, TaskVersion, Value, tags};

use crate::model::Contents;

/// A row of steps; step `n` is the same whenever it is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Workload {
    /// How long each promise's input is.
    pub payload_bytes: usize,
}

impl Workload {
    /// Everything that step `number`, from 1, writes: a promise with a task, an edge and a
    /// listener, the settlement of the promise before, a schedule, and the clock.
    #[must_use]
    pub fn step(&self, number: i64) -> Vec<Write> {
        let promise = id(number);
        let mut writes = vec![
            Write::Promise(self.promise(number, false)),
            Write::Edge(edge(number, false)),
            Write::Listener {
                promise,
                address: "poll://any@books".into(),
            },
            Write::Schedule(Arc::new(schedule(number))),
            Write::Clock(Millis::new(number)),
        ];
        if number > 1 {
            writes.extend([
                Write::Promise(self.promise(number - 1, true)),
                Write::Edge(edge(number - 1, true)),
                Write::RemoveListeners(id(number - 1)),
            ]);
        }
        writes
    }

    /// What is kept after `steps` steps.
    #[must_use]
    pub fn after(&self, steps: i64) -> Contents {
        let mut contents = Contents::default();
        for number in 1..=steps {
            for write in self.step(number) {
                contents.write(write);
            }
        }
        contents
    }

    /// How many steps `view` holds.
    ///
    /// # Panics
    /// When it does not hold whole steps and nothing else.
    #[track_caller]
    pub fn count(&self, view: &dyn View) -> i64 {
        let contents = Contents::of(view);
        let steps = contents.clock.get();
        assert!(
            contents == self.after(steps),
            "whole steps, {steps} of them"
        );
        steps
    }

    /// Does step `number` and keeps it.
    ///
    /// # Errors
    /// Those of the store, with the call that failed.
    pub fn run(&self, store: &mut dyn Store, number: i64) -> Result<(), (Call, StoreError)> {
        let writes = self.step(number);
        store.apply(writes).map_err(|error| (Call::Apply, error))?;
        store.commit().map_err(|error| (Call::Commit, error))
    }

    fn promise(&self, number: i64, settled: bool) -> Promise {
        let payload = format!("{number};").repeat(self.payload_bytes / 4);
        let state = if settled {
            TaskState::Fulfilled
        } else {
            TaskState::Pending {
                retry_at: Millis::new(number),
            }
        };
        let labels: Tags = [(tags::TARGET, "poll://any@books"), (tags::BRANCH, "books")]
            .into_iter()
            .collect();
        Promise {
            record: Arc::new(PromiseRecord {
                id: id(number),
                state: if settled {
                    PromiseState::Resolved
                } else {
                    PromiseState::Pending
                },
                param: Value::of(payload),
                value: if settled {
                    Value::of(format!("result {number}"))
                } else {
                    Value::default()
                },
                tags: labels,
                timeout_at: Millis::new(number + 1000),
                created_at: Millis::new(number),
                settled_at: settled.then(|| Millis::new(number + 1)),
            }),
            armed: true,
            task: Some(Task {
                state,
                version: TaskVersion::new(u64::from(settled)),
            }),
        }
    }
}

/// Which call of a store failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// [`Store::apply`].
    Apply,
    /// [`Store::commit`].
    Commit,
}

fn id(number: i64) -> PromiseId {
    format!("book:{number}").into()
}

fn edge(number: i64, ready: bool) -> Edge {
    Edge {
        awaited: id(number),
        awaiter: "book:1".into(),
        ready,
    }
}

fn schedule(number: i64) -> ScheduleRecord {
    ScheduleRecord {
        id: "nightly".into(),
        cron: "0 3 * * *".into(),
        promise_id: "{{.id}}.{{.timestamp}}".into(),
        promise_timeout: 1000,
        promise_param: Value::default(),
        promise_tags: Tags::default(),
        created_at: Millis::new(1),
        next_run_at: Millis::new(number),
        last_run_at: None,
    }
}
