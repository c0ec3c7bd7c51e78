//! One loop keeps every lease of this process, and listens for the end of what it keeps.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use resonate_core::protocol::{RegisterListener, Request, Response, TaskHeartbeat, TaskRef};
use resonate_core::{PromiseId, TaskVersion};
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::client::Core;
use crate::network::Network;

/// How often a listener is registered anew, in case the message was lost.
const REFRESH: Duration = Duration::from_secs(60);

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
    /// Whether the turn settles the promise itself from now on.
    settles: AtomicBool,
    /// When the engine was last asked to tell of the end of the promise.
    listened: Mutex<Option<Instant>>,
    notify: Notify,
    /// Until when no other worker can hold it, counted from when the last accepted renewal was
    /// sent.
    deadline: Mutex<Instant>,
}

#[derive(Default)]
struct Table {
    /// Those that are not lost.
    held: Mutex<BTreeMap<TaskRef, Arc<LeaseState>>>,
    changed: Notify,
}

/// Every lease of this process.
#[derive(Default)]
pub(crate) struct Leases {
    table: Arc<Table>,
}

/// A heartbeat that was accepted.
struct Renewed {
    tasks: Vec<TaskRef>,
    until: Instant,
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
        let state = Arc::new(LeaseState {
            origin,
            lost: AtomicBool::new(false),
            settles: AtomicBool::new(false),
            listened: Mutex::new(None),
            notify: Notify::new(),
            deadline: Mutex::new(sent + ttl),
        });
        let mut held = self.table.held();
        let is_first = held.is_empty();
        held.insert(task.clone(), Arc::clone(&state));
        drop(held);
        // A claim that was long in coming may expire before the next heartbeat.
        if is_first || sent + ttl < Instant::now() + beat_every(ttl) {
            self.table.changed.notify_one();
        }
        let TaskRef { id, version } = task;
        Lease {
            id,
            version,
            state,
            leases: Arc::downgrade(&self.table),
        }
    }

    /// Whether this very claim is held here.
    pub(crate) fn is_held(&self, task: &TaskRef) -> bool {
        self.table.held().contains_key(task)
    }

    /// Gives up what is held of this task: its promise was settled under it. A turn that settles
    /// the promise itself learns what came of that from the answer.
    pub(crate) fn give_up(&self, id: &PromiseId) {
        let first = TaskRef {
            id: id.clone(),
            version: TaskVersion::default(),
        };
        let mut held = self.table.held();
        let of_task = held.range(&first..).take_while(|(task, _)| task.id == *id);
        let settled: Vec<TaskRef> = of_task
            .filter(|(_, lease)| !lease.settles.load(Ordering::Acquire))
            .map(|(task, _)| task.clone())
            .collect();
        for task in settled {
            if let Some(lease) = held.remove(&task) {
                lease.lose();
            }
        }
    }

    /// The stream of messages had a gap: what was to be told may be lost.
    pub(crate) fn listen_anew(&self) {
        let held = self.table.held();
        held.values().for_each(|lease| *lease.listened() = None);
    }

    /// Renews leases until it is dropped, over a connection of its own where there is one.
    ///
    /// With a lease's first renewal the engine is asked to tell of the end of its promise: who
    /// cancels it elsewhere stops the work here. Short turns do without.
    pub(crate) async fn keep(&self, core: &Core, network: &dyn Network) {
        let every = beat_every(core.settings.lease);
        let mut beat = Instant::now() + every;
        let mut beats = FuturesUnordered::new();
        let mut looks = FuturesUnordered::new();
        loop {
            let Some(expires) = self.next_deadline() else {
                beats.clear();
                looks.clear();
                self.table.changed.notified().await;
                beat = Instant::now() + every;
                continue;
            };
            tokio::select! {
                biased;
                () = tokio::time::sleep_until(expires) => self.expire(),
                Some(renewed) = beats.next(), if !beats.is_empty() => self.renewed(renewed),
                Some(()) = looks.next(), if !looks.is_empty() => {}
                () = tokio::time::sleep_until(beat) => {
                    let late = beat.elapsed();
                    if late > every {
                        tracing::warn!(?late, "heartbeats are late: something blocks the threads of the runtime. Do such work in a `blocking` function");
                    }
                    beat = Instant::now() + every;
                    let lists = self.by_origin().into_iter();
                    beats.extend(lists.map(|tasks| renew(core, network, tasks)));
                    let unheard = self.unheard(core.settings.lease).into_iter();
                    looks.extend(unheard.map(|(id, lease)| listen(core, network, id, lease)));
                }
                () = self.table.changed.notified() => {}
            }
        }
    }

    fn next_deadline(&self) -> Option<Instant> {
        let held = self.table.held();
        held.values().map(|lease| lease.deadline()).min()
    }

    /// Gives up the leases that could not be renewed in time: another worker may hold them now.
    fn expire(&self) {
        let now = Instant::now();
        self.table.held().retain(|task, lease| {
            let kept = now < lease.deadline();
            if !kept {
                let TaskRef { id, version } = task;
                tracing::warn!(%id, %version, "lease lost: it could not be renewed in time");
                lease.lose();
            }
            kept
        });
    }

    /// The claims, each list of one origin: newer servers refuse a mixed list.
    fn by_origin(&self) -> Vec<Vec<TaskRef>> {
        let mut lists: BTreeMap<PromiseId, Vec<TaskRef>> = BTreeMap::new();
        for (task, lease) in self.table.held().iter() {
            let list = lists.entry(lease.origin.clone()).or_default();
            list.push(task.clone());
        }
        lists.into_values().collect()
    }

    /// The promises of leases for whose end nobody listens, or did long ago.
    fn unheard(&self, lease: Duration) -> Vec<(PromiseId, Arc<LeaseState>)> {
        let (now, refresh) = (Instant::now(), REFRESH.max(lease));
        let is_heard = |lease: &LeaseState| {
            let listened = *lease.listened();
            listened.is_some_and(|at| now < at + refresh)
        };
        let held = self.table.held();
        let unheard = held.iter().filter(|(_, lease)| !is_heard(lease));
        unheard
            .map(|(task, lease)| (task.id.clone(), Arc::clone(lease)))
            .collect()
    }

    fn renewed(&self, renewed: Option<Renewed>) {
        let Some(Renewed { tasks, until }) = renewed else {
            return;
        };
        let held = self.table.held();
        for lease in tasks.iter().filter_map(|task| held.get(task)) {
            let mut deadline = lease
                .deadline
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            *deadline = until.max(*deadline);
        }
    }
}

impl Table {
    fn held(&self) -> MutexGuard<'_, BTreeMap<TaskRef, Arc<LeaseState>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How often a lease of this length is renewed.
fn beat_every(ttl: Duration) -> Duration {
    ttl / 3
}

/// One heartbeat, for as long as it is of any use.
async fn renew(core: &Core, network: &dyn Network, tasks: Vec<TaskRef>) -> Option<Renewed> {
    let (pid, lease) = (core.settings.pid.clone(), core.settings.lease);
    let sent = Instant::now();
    let count = tasks.len();
    let beat = Request::TaskHeartbeat(TaskHeartbeat {
        pid,
        tasks: tasks.clone(),
    });
    match tokio::time::timeout(lease, core.ask_over(network, beat)).await {
        Ok(Ok(_)) => Some(Renewed {
            tasks,
            until: sent + lease,
        }),
        Ok(Err(error)) => {
            tracing::warn!(%error, leases = count, "a heartbeat failed");
            None
        }
        Err(_) => {
            tracing::warn!(leases = count, "a heartbeat was not answered");
            None
        }
    }
}

/// Asks the engine to tell of the end of a promise, and acts on what it says now.
async fn listen(core: &Core, network: &dyn Network, id: PromiseId, lease: Arc<LeaseState>) {
    let asked = Instant::now();
    let listener = Request::RegisterListener(RegisterListener {
        awaited: id,
        address: core.own_address(),
    });
    // Where it fails, the next heartbeat tries again.
    if let Ok(Ok(Response::Promise(record))) = core.ask_once_over(network, listener).await {
        *lease.listened() = Some(asked);
        core.settled(&record);
    }
}

impl LeaseState {
    fn listened(&self) -> MutexGuard<'_, Option<Instant>> {
        self.listened.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn deadline(&self) -> Instant {
        *self.deadline.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn was_lost(&self) -> bool {
        self.lost.load(Ordering::Acquire)
    }

    fn lose(&self) {
        self.lost.store(true, Ordering::Release);
        self.notify.notify_one();
    }
}

impl Lease {
    /// Whether another worker may hold the task. After a pause of the whole process this is known
    /// before the loop that keeps leases has run.
    pub(crate) fn is_lost(&self) -> bool {
        self.state.was_lost() || self.state.deadline() <= Instant::now()
    }

    /// The turn settles the promise itself from now on.
    pub(crate) fn settles(&self) {
        self.state.settles.store(true, Ordering::Release);
    }

    /// Waits until the lease is lost.
    pub(crate) fn lost(&self) -> impl Future<Output = ()> + Send + 'static + use<> {
        let state = Arc::clone(&self.state);
        async move {
            while !state.was_lost() {
                state.notify.notified().await;
            }
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(table) = self.leases.upgrade() {
            let task = TaskRef {
                id: self.id.clone(),
                version: self.version,
            };
            table.held().remove(&task);
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
        f.debug_list().entries(self.table.held().keys()).finish()
    }
}
