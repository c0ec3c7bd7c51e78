//! One loop keeps every lease of this process.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use resonate_core::protocol::{Request, TaskHeartbeat, TaskRef};
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
    held: Mutex<HashMap<Key, Arc<LeaseState>>>,
    changed: Notify,
}

/// Every lease of this process.
#[derive(Default)]
pub(crate) struct Leases {
    table: Arc<Table>,
}

impl Leases {
    /// Holds a claim that was asked for at `sent` and granted; `None` when it is held already.
    pub(crate) fn hold(
        &self,
        task: TaskRef,
        origin: PromiseId,
        sent: Instant,
        ttl: Duration,
    ) -> Option<Lease> {
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
        if held.contains_key(&(id.clone(), version)) {
            return None;
        }
        held.insert((id.clone(), version), Arc::clone(&state));
        drop(held);
        if first {
            self.table.changed.notify_one();
        }
        Some(Lease {
            id,
            version,
            state,
            leases: Arc::downgrade(&self.table),
        })
    }

    /// Whether this process knows that it holds the claim.
    pub(crate) fn holds(&self, id: &PromiseId, version: TaskVersion) -> bool {
        let held = self
            .table
            .held
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        held.contains_key(&(id.clone(), version))
    }

    /// Renews leases until it is dropped. A renewal that hangs holds up neither those of other
    /// origins nor the end of leases that nobody renewed.
    pub(crate) async fn keep(&self, core: &Core) {
        let every = core.settings.lease / 3;
        let mut beat = Instant::now() + every;
        let mut under_way = BTreeSet::new();
        let mut renewals = FuturesUnordered::new();
        loop {
            if self.is_empty() && renewals.is_empty() {
                self.table.changed.notified().await;
                beat = Instant::now() + every;
            }
            let wake = self
                .next_deadline()
                .map_or(beat, |expires| beat.min(expires));
            tokio::select! {
                Some(origin) = renewals.next(), if !renewals.is_empty() => {
                    under_way.remove(&origin);
                }
                () = tokio::time::sleep_until(wake) => self.expire(),
            }
            if Instant::now() < beat {
                continue;
            }
            beat = Instant::now() + every;
            for origin in self.table.origins() {
                if under_way.insert(origin.clone()) {
                    renewals.push(async move {
                        self.renew(core, &origin).await;
                        origin
                    });
                }
            }
        }
    }

    /// Renews the leases of one origin; tries again until it worked, or they are gone. Newer
    /// servers refuse a request with several origins, or with none.
    async fn renew(&self, core: &Core, origin: &PromiseId) {
        let every = core.settings.lease / 3;
        loop {
            let tasks = self.table.of(origin);
            if tasks.is_empty() {
                return;
            }
            let (sent, leases) = (Instant::now(), tasks.len());
            let beat = Request::TaskHeartbeat(TaskHeartbeat {
                pid: core.settings.pid.clone(),
                tasks: tasks.clone(),
            });
            let cause = match tokio::time::timeout(every, core.ask_once(beat)).await {
                Ok(Ok(Ok(_))) => return self.renewed(&tasks, sent + core.settings.lease),
                Ok(Ok(Err(refusal))) => refusal.to_string(),
                Ok(Err(error)) => error.to_string(),
                Err(_) => format!("no answer within {every:?}"),
            };
            tracing::warn!(%origin, leases, cause, "a heartbeat failed; it is tried again");
            tokio::time::sleep(every / 4).await;
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
        held.values()
            .filter(|lease| !lease.is_lost())
            .map(|lease| lease.deadline())
            .min()
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

    fn renewed(&self, tasks: &[TaskRef], until: Instant) {
        let held = self
            .table
            .held
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for task in tasks {
            if let Some(lease) = held.get(&(task.id.clone(), task.version)) {
                *lease
                    .deadline
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner) = until;
            }
        }
    }
}

impl Table {
    fn origins(&self) -> BTreeSet<PromiseId> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.values().map(|lease| lease.origin.clone()).collect()
    }

    /// The claims of one origin.
    fn of(&self, origin: &PromiseId) -> Vec<TaskRef> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let claims = held.iter().filter(|(_, lease)| lease.origin == *origin);
        let task = |(id, version): &Key| TaskRef {
            id: id.clone(),
            version: *version,
        };
        claims.map(|(key, _)| task(key)).collect()
    }
}

impl LeaseState {
    fn deadline(&self) -> Instant {
        *self.deadline.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Acquire)
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
        let held = self
            .table
            .held
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        f.debug_list().entries(held.keys()).finish()
    }
}
