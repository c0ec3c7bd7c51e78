//! What is asked for.

use resonate_core::PromiseId;
use resonate_core::protocol::{
    FenceAction, PromiseCreate, PromiseGet, PromiseSearch, PromiseSettle, PromiseState,
    RegisterCallback, RegisterListener, Request, ScheduleCreate, ScheduleName, ScheduleSearch,
    Settlement, TaskAcquire, TaskCreate, TaskFence, TaskFulfill, TaskHeartbeat, TaskId, TaskRef,
    TaskRelease, TaskSearch, TaskStatus, TaskSuspend,
};

use super::{ADDRESSES, Generator, Kept, TARGET};
use crate::machine::CRON_LINES;

const STATES: [TaskStatus; 5] = [
    TaskStatus::Pending,
    TaskStatus::Acquired,
    TaskStatus::Suspended,
    TaskStatus::Halted,
    TaskStatus::Fulfilled,
];

type Draw = fn(&mut Generator, &Kept) -> Request;

/// Every kind, and how often it is drawn.
const KINDS: [(usize, Draw); 21] = [
    (3, |it, kept| {
        Request::PromiseGet(PromiseGet { id: it.id(kept) })
    }),
    (14, |it, kept| Request::PromiseCreate(it.create(kept, 45))),
    (7, |it, kept| {
        let id = it.awaited(kept);
        Request::PromiseSettle(it.settle(id))
    }),
    (5, Generator::callback),
    (5, Generator::listener),
    (2, Generator::promise_search),
    (2, |it, kept| Request::TaskGet(TaskId { id: it.id(kept) })),
    (9, Generator::run),
    (9, Generator::acquire),
    (9, Generator::fence),
    (12, Generator::suspend),
    (4, Generator::release),
    (4, Generator::fulfill),
    (6, Generator::heartbeat),
    (2, |it, kept| {
        let status = it.any(&STATES);
        Request::TaskHalt(TaskId {
            id: it.task(kept, status),
        })
    }),
    (4, |it, kept| {
        Request::TaskContinue(TaskId {
            id: it.task(kept, TaskStatus::Halted),
        })
    }),
    (2, Generator::task_search),
    (1, |it, _| {
        Request::ScheduleGet(ScheduleName {
            id: it.schedule_id(),
        })
    }),
    (2, |it, kept| it.schedule(kept)),
    (1, |it, _| {
        Request::ScheduleDelete(ScheduleName {
            id: it.schedule_id(),
        })
    }),
    (1, Generator::schedule_search),
];

impl Generator {
    /// A request, mostly of a kind that finds what it is about.
    pub(super) fn request(&mut self, kept: &Kept) -> Request {
        for _ in 0..3 {
            let request = self.weighed(&KINDS)(self, kept);
            let known = |id| kept.promises.contains_key(id);
            let about_one = request.id().filter(|_| !creates(&request));
            if about_one.is_none_or(known) || self.random.chance(10) {
                return request;
            }
        }
        self.weighed(&KINDS)(self, kept)
    }

    fn create(&mut self, kept: &Kept, target: usize) -> PromiseCreate {
        let mut id = self.fresh_id(kept);
        if self.random.chance(1) {
            id = format!("{id}\0").into();
        }
        let timeout_at = self.deadline();
        let mut tags = self.tags(target);
        if self.random.chance(12) {
            tags = self.delayed(tags);
        }
        PromiseCreate {
            id,
            timeout_at,
            param: self.value(),
            tags,
        }
    }

    fn settle(&mut self, id: PromiseId) -> PromiseSettle {
        let states = [
            Settlement::Resolved,
            Settlement::Rejected,
            Settlement::RejectedCanceled,
        ];
        PromiseSettle {
            id,
            state: self.any(&states),
            value: self.value(),
        }
    }

    fn callback(&mut self, kept: &Kept) -> Request {
        let any = self.any(&STATES);
        let awake = self.random.chance(60);
        let awaiter = self.task(kept, if awake { TaskStatus::Acquired } else { any });
        let awaited = if self.random.chance(70) {
            self.pending(kept)
        } else {
            self.id(kept)
        };
        Request::RegisterCallback(RegisterCallback { awaited, awaiter })
    }

    fn listener(&mut self, kept: &Kept) -> Request {
        let awaited = self.pending(kept);
        Request::RegisterListener(RegisterListener {
            awaited,
            address: self.address().into(),
        })
    }

    fn run(&mut self, kept: &Kept) -> Request {
        let mut action = self.create(kept, 95);
        if self.random.chance(30) {
            action.id = self.task(kept, TaskStatus::Pending);
        }
        Request::TaskCreate(TaskCreate {
            pid: self.pid().into(),
            ttl: self.ttl(),
            action,
        })
    }

    fn acquire(&mut self, kept: &Kept) -> Request {
        let id = self.task(kept, TaskStatus::Pending);
        let version = self.version(kept, &id);
        Request::TaskAcquire(TaskAcquire {
            id,
            version,
            pid: self.pid().into(),
            ttl: self.ttl(),
            brief: false,
        })
    }

    fn fence(&mut self, kept: &Kept) -> Request {
        let id = self.task(kept, TaskStatus::Acquired);
        let version = self.version(kept, &id);
        let action = if self.random.chance(60) {
            FenceAction::Create(self.create(kept, 30))
        } else {
            let inner = self.awaited(kept);
            FenceAction::Settle(self.settle(inner))
        };
        Request::TaskFence(TaskFence {
            id,
            version,
            action,
        })
    }

    fn suspend(&mut self, kept: &Kept) -> Request {
        let id = self.resumed(kept);
        let version = self.version(kept, &id);
        let mut actions = Vec::new();
        for _ in 0..self.weighed(&[(1, 0), (50, 1), (25, 2), (10, 3), (2, 8)]) {
            let awaited = self.another(kept, &id);
            let stranger = self.random.chance(1);
            let awaiter = if stranger { self.id(kept) } else { id.clone() };
            actions.push(RegisterCallback { awaited, awaiter });
        }
        Request::TaskSuspend(TaskSuspend {
            id,
            version,
            actions,
            brief: false,
        })
    }

    /// Mostly a promise that is pending and not `id`, now and then `id` itself.
    fn another(&mut self, kept: &Kept, id: &PromiseId) -> PromiseId {
        let drawn = (0..4).map(|_| self.pending(kept)).collect::<Vec<_>>();
        let other = drawn.iter().find(|drawn| *drawn != id);
        if self.random.chance(2) {
            return id.clone();
        }
        other.cloned().unwrap_or_else(|| self.id(kept))
    }

    fn release(&mut self, kept: &Kept) -> Request {
        let id = self.task(kept, TaskStatus::Acquired);
        let version = self.version(kept, &id);
        Request::TaskRelease(TaskRelease { id, version })
    }

    fn fulfill(&mut self, kept: &Kept) -> Request {
        let id = self.task(kept, TaskStatus::Acquired);
        let version = self.version(kept, &id);
        let stranger = self.random.chance(4);
        let own = if stranger { self.id(kept) } else { id.clone() };
        Request::TaskFulfill(TaskFulfill {
            id,
            version,
            action: self.settle(own),
        })
    }

    fn heartbeat(&mut self, kept: &Kept) -> Request {
        let mut tasks = Vec::new();
        for _ in 0..self.random.below(4) {
            let id = self.task(kept, TaskStatus::Acquired);
            if !id.as_str().is_empty() {
                let version = self.version(kept, &id);
                tasks.push(TaskRef { id, version });
            }
        }
        let pid = if self.random.chance(70) { "P" } else { "Q" };
        Request::TaskHeartbeat(TaskHeartbeat {
            pid: pid.into(),
            tasks,
        })
    }

    fn limit(&mut self) -> Option<i64> {
        self.weighed(&[
            (6, None),
            (4, Some(1)),
            (6, Some(3)),
            (2, Some(1_000)),
            (1, Some(0)),
            (1, Some(1_001)),
            (1, Some(-1)),
        ])
    }

    fn cursor(&mut self, kept: &Kept) -> Option<resonate_core::Text> {
        self.random.chance(40).then(|| self.id(kept).text().clone())
    }

    fn promise_search(&mut self, kept: &Kept) -> Request {
        let state = self.weighed(&[
            (4, None),
            (2, Some(PromiseState::Pending)),
            (1, Some(PromiseState::Resolved)),
            (1, Some(PromiseState::Rejected)),
            (1, Some(PromiseState::RejectedCanceled)),
            (2, Some(PromiseState::RejectedTimedout)),
        ]);
        let tags = self.random.chance(30).then(|| self.tags(10));
        let (limit, cursor) = (self.limit(), self.cursor(kept));
        Request::PromiseSearch(PromiseSearch {
            state,
            tags,
            limit,
            cursor,
        })
    }

    fn task_search(&mut self, kept: &Kept) -> Request {
        let all = self.random.chance(40);
        let state = (!all).then(|| self.any(&STATES));
        let (limit, cursor) = (self.limit(), self.cursor(kept));
        Request::TaskSearch(TaskSearch {
            state,
            limit,
            cursor,
        })
    }

    fn schedule(&mut self, kept: &Kept) -> Request {
        let bad = ["nope", "", "* * *", "0 0 * * 0", "61 * * * *"];
        let known: Vec<_> = CRON_LINES.iter().map(|(line, _, _)| *line).collect();
        // The first line fires so often that it would drown a script.
        let frequent = self.random.chance(6);
        let line = if frequent {
            known[0]
        } else {
            self.any(&known[1..])
        };
        let cron = if self.random.chance(8) {
            self.any(&bad)
        } else {
            line
        };
        let own = self.id(kept);
        let template = self.weighed(&[
            (6, "{{.id}}-{{.timestamp}}"),
            (3, "{{.id}}.{{.timestamp}}"),
            (1, "{{.timestamp}}/{{.id}}{{.timestamp}}"),
            (4, own.as_str()),
        ]);
        let mut promise_tags = self.tags(80);
        if self.random.chance(15) {
            promise_tags = self.delayed(promise_tags);
        }
        // Servers differ in whether the target's syntax is looked at this early.
        if promise_tags.target().is_some() {
            promise_tags = promise_tags.with(TARGET, self.any(&ADDRESSES));
        }
        Request::ScheduleCreate(ScheduleCreate {
            id: self.schedule_id(),
            cron: cron.into(),
            promise_id: template.into(),
            promise_timeout: self.weighed(&[
                (1, -1),
                (1, 0),
                (3, 1_000),
                (6, 90_000),
                (1, i64::MAX),
            ]),
            promise_param: self.value(),
            promise_tags,
        })
    }

    fn schedule_search(&mut self, kept: &Kept) -> Request {
        let tags = self.random.chance(40).then(|| self.tags(10));
        let (limit, cursor) = (self.limit(), self.cursor(kept));
        Request::ScheduleSearch(ScheduleSearch {
            tags,
            limit,
            cursor,
        })
    }
}

/// Whether the request may well name what is not there.
fn creates(request: &Request) -> bool {
    let kind = request.kind();
    kind.ends_with(".create") || kind.starts_with("schedule.")
}
