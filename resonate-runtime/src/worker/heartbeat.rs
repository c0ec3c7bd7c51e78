//! One loop keeps every lease of this process.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use resonate_core::protocol::{Request, TaskHeartbeat, TaskRef};
use resonate_core::registry::BoxFuture;
use resonate_core::{PromiseId, TaskVersion};
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::client::Core;

/// A claim that this process holds, until it is dropped or lost.
pub(crate) struct Lease {
    pub(crate) id: PromiseId,
    pub(crate) version: TaskVersion,
    state: Arc<LeaseState>,
    leases: Weak<Table>,
}

struct LeaseState {
    origin: PromiseId,
    lost: AtomicBool,
    notify: Notify,
    /// Until when no other worker can hold it, counted from when the last accepted renewal was
    /// sent.
    deadline: Mutex<Instant>,
}

type Key = (PromiseId, TaskVersion);

#[derive(Default)]
struct Table {
    held: Mutex<BTreeMap<Key, Arc<LeaseState>>>,
    changed: Notify,
}

/// Claims that were renewed, by a request sent at this instant.
struct Renewed {
    tasks: Vec<TaskRef>,
    sent: Instant,
}

/// Every lease of this process.
#[derive(Default)]
pub(crate) struct Leases {
    table: Arc<Table>,
}

impl Leases {
    /// Holds a claim that was asked for at `sent` and granted.
    pub(crate) fn hold(
        &self,
        task: TaskRef,
        origin: PromiseId,
        sent: Instant,
        ttl: Duration,
    ) -> Lease {
        let TaskRef { id, version } = task;
        let state = Arc::new(LeaseState {
            origin,
            lost: AtomicBool::new(false),
            notify: Notify::new(),
            deadline: Mutex::new(sent + ttl),
        });
        let mut held = self
            .table
            .held
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let first = held.is_empty();
        held.insert((id.clone(), version), Arc::clone(&state));
        drop(held);
        if first {
            self.table.changed.notify_one();
        }
        Lease {
            id,
            version,
            state,
            leases: Arc::downgrade(&self.table),
        }
    }

    /// Renews leases until it is dropped, and gives up in time those that are not: also while
    /// an answer is awaited.
    pub(crate) async fn keep(&self, core: &Core) {
        let lease = core.settings.lease;
        let mut renewing: FuturesUnordered<BoxFuture<'_, Option<Renewed>>> =
            FuturesUnordered::new();
        let mut beat = Instant::now() + lease / 3;
        loop {
            if self.is_empty() {
                renewing.clear();
                self.table.changed.notified().await;
                beat = Instant::now() + lease / 3;
            }
            let wake = self
                .next_deadline()
                .map_or(beat, |expired| beat.min(expired));
            tokio::select! {
                biased;
                () = tokio::time::sleep_until(wake) => {}
                Some(renewed) = renewing.next(), if !renewing.is_empty() => {
                    if let Some(Renewed { tasks, sent }) = renewed {
                        self.renewed(&tasks, sent + lease);
                    }
                }
            }
            self.expire();
            if Instant::now() >= beat {
                beat = Instant::now() + lease / 3;
                // An answer that comes after a lease is of no use.
                let renewals = self.by_origin().into_iter();
                renewing.extend(renewals.map(|tasks| -> BoxFuture<'_, _> {
                    let sent = Instant::now();
                    Box::pin(async move {
                        let answered = tokio::time::timeout(lease, renew(core, tasks)).await;
                        let tasks = answered.ok().flatten()?;
                        Some(Renewed { tasks, sent })
                    })
                }));
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.table
            .held
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_empty()
    }

    fn next_deadline(&self) -> Option<Instant> {
        let held = self
            .table
            .held
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        held.values().map(|lease| lease.deadline()).min()
    }

    /// Gives up the leases that could not be renewed in time: another worker may hold them now.
    fn expire(&self) {
        let now = Instant::now();
        let mut held = self
            .table
            .held
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        held.retain(|(id, version), lease| {
            let kept = now < lease.deadline();
            if !kept {
                tracing::warn!(%id, %version, "lease lost: it could not be renewed in time");
                lease.lose();
            }
            kept
        });
    }

    /// The claims, each list of one origin: newer servers refuse a mixed list.
    fn by_origin(&self) -> Vec<Vec<TaskRef>> {
        let held = self
            .table
            .held
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let mut lists: BTreeMap<PromiseId, Vec<TaskRef>> = BTreeMap::new();
        for ((id, version), lease) in held.iter() {
            let task = TaskRef {
                id: id.clone(),
                version: *version,
            };
            lists.entry(lease.origin.clone()).or_default().push(task);
        }
        lists.into_values().collect()
    }

    fn renewed(&self, tasks: &[TaskRef], until: Instant) {
        let held = self
            .table
            .held
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for task in tasks {
            if let Some(lease) = held.get(&(task.id.clone(), task.version)) {
                let mut deadline = lease
                    .deadline
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner);
                *deadline = until.max(*deadline);
            }
        }
    }
}

/// One heartbeat; the claims it renewed.
async fn renew(core: &Core, tasks: Vec<TaskRef>) -> Option<Vec<TaskRef>> {
    let pid = core.settings.pid.clone();
    let beat = Request::TaskHeartbeat(TaskHeartbeat {
        pid,
        tasks: tasks.clone(),
    });
    match core.ask(beat).await {
        Ok(_) => Some(tasks),
        Err(error) => {
            tracing::warn!(%error, leases = tasks.len(), "a heartbeat failed");
            None
        }
    }
}

impl LeaseState {
    fn deadline(&self) -> Instant {
        *self.deadline.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the claim was given up, or its time is over: an answer that grants it may come
    /// after that.
    fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Acquire) || Instant::now() >= self.deadline()
    }

    fn lose(&self) {
        self.lost.store(true, Ordering::Release);
        self.notify.notify_one();
    }
}

impl Lease {
    pub(crate) fn is_lost(&self) -> bool {
        self.state.is_lost()
    }

    /// Waits until the lease is lost.
    pub(crate) fn lost(&self) -> impl Future<Output = ()> + Send + 'static + use<> {
        let state = Arc::clone(&self.state);
        async move {
            while !state.is_lost() {
                state.notify.notified().await;
            }
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(table) = self.leases.upgrade() {
            let key = (self.id.clone(), self.version);
            table
                .held
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .remove(&key);
        }
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lease({} version {})", self.id, self.version)
    }
}

impl fmt::Debug for Leases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.by_origin()).finish()
    }
}
