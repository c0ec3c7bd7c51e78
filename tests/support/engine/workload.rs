//! Random requests over few ids, so that they meet: the same seed asks the same.

use resonate_core::engine::Snapshot;
use resonate_core::model::Promise;
use resonate_core::protocol::{
    FenceAction, PromiseCreate, PromiseGet, PromiseSearch, PromiseSettle, RegisterCallback,
    RegisterListener, Request, ScheduleCreate, ScheduleName, ScheduleSearch, Settlement,
    TaskAcquire, TaskCreate, TaskFence, TaskFulfill, TaskHeartbeat, TaskId, TaskRef, TaskRelease,
    TaskSearch, TaskStatus, TaskSuspend,
};
use resonate_core::{Millis, ProcessId, PromiseId, Tags, TaskVersion, Value, tags};

use super::answer::DEFAULT_TARGET;

const TASKS: [&str; 4] = ["a", "b", "c", "d"];
const OTHERS: [&str; 6] = ["a:1", "a:2", "b:1", "x", "y", "z"];

/// What happens next.
#[derive(Clone, Debug)]
pub enum Action {
    /// A client asks.
    Send(Box<Request>),
    /// The clock has its turn.
    Tick,
    /// The host restarts, and this process is gone.
    Recover(ProcessId),
}

/// An endless sequence of actions and the times they happen at.
#[derive(Clone, Debug)]
pub struct Workload {
    state: u64,
    now: i64,
    settled: u64,
    /// The tasks that are kept, each where it stands: requests mostly fit what they meet.
    tasks: Vec<(TaskRef, TaskStatus)>,
}

impl Workload {
    /// The sequence that `seed` stands for.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            state: seed,
            now: 50_000,
            settled: 0,
            tasks: Vec::new(),
        }
    }

    /// The next action on what is kept and its time, which now and then lies before that of the
    /// one before.
    pub fn step(&mut self, kept: &Snapshot) -> (Millis, Action) {
        self.tasks = kept.promises.iter().filter_map(standing).collect();
        self.now += match self.below(10) {
            0..6 => 0,
            6..8 => self.between(1, 100),
            8 => self.between(100, 1_000),
            _ if self.below(20) == 0 => self.between(3_000, 70_000),
            _ => 1,
        };
        let slip = if self.below(20) == 0 {
            self.between(1, 500)
        } else {
            0
        };
        let action = match self.below(200) {
            0 => Action::Recover(self.pid()),
            1..30 => Action::Tick,
            _ => Action::Send(Box::new(self.request())),
        };
        (Millis::new(self.now - slip), action)
    }

    fn request(&mut self) -> Request {
        match self.below(40) {
            0 => Request::PromiseGet(PromiseGet { id: self.id() }),
            1..8 => Request::PromiseCreate(self.create()),
            8..11 => Request::PromiseSettle(self.settle()),
            11..13 => Request::RegisterCallback(RegisterCallback {
                awaited: self.id(),
                awaiter: self.task(),
            }),
            13..15 => Request::RegisterListener(RegisterListener {
                awaited: self.id(),
                address: ["poll://uni@g/1", "poll://uni@g/2"][self.index(2)].into(),
            }),
            15 => self.search(),
            16 => Request::TaskGet(TaskId { id: self.id() }),
            17..20 => Request::TaskCreate(TaskCreate {
                pid: self.pid(),
                ttl: self.between(1, 2_000),
                action: self.targeted(),
            }),
            20..24 => self.acquire(),
            24..28 => self.fence(),
            28..32 => Request::TaskSuspend(self.suspend()),
            32 => {
                let TaskRef { id, version } = self.claim(TaskStatus::Acquired);
                Request::TaskRelease(TaskRelease { id, version })
            }
            33 => Request::TaskFulfill(self.fulfill()),
            34 => self.heartbeat(),
            35 => Request::TaskHalt(TaskId { id: self.task() }),
            36..38 => Request::TaskContinue(TaskId {
                id: self.claim(TaskStatus::Halted).id,
            }),
            _ => self.schedule(),
        }
    }

    fn acquire(&mut self) -> Request {
        let TaskRef { id, version } = self.claim(TaskStatus::Pending);
        Request::TaskAcquire(TaskAcquire {
            id,
            version,
            pid: self.pid(),
            ttl: self.between(1, 2_000),
            brief: false,
        })
    }

    fn fence(&mut self) -> Request {
        let TaskRef { id, version } = self.claim(TaskStatus::Acquired);
        Request::TaskFence(TaskFence {
            id,
            version,
            action: if self.below(2) == 0 {
                FenceAction::Create(self.create())
            } else {
                FenceAction::Settle(self.settle())
            },
        })
    }

    fn create(&mut self) -> PromiseCreate {
        if self.below(3) == 0 {
            return self.targeted();
        }
        let id = self.id();
        let tags = match self.below(4) {
            0 => Tags::default(),
            1 => Tags::default().with(tags::EXTERNAL, "true"),
            2 => Tags::default().with(tags::TIMER, "true"),
            _ => {
                let holder = TASKS[self.index(2)];
                Tags::default()
                    .with(tags::BRANCH, holder)
                    .with(tags::ORIGIN, holder)
            }
        };
        PromiseCreate {
            id,
            timeout_at: self.deadline(),
            param: Value::of("in"),
            tags,
        }
    }

    fn targeted(&mut self) -> PromiseCreate {
        let mut tags = Tags::default().with(tags::TARGET, DEFAULT_TARGET);
        let id = self.task();
        if self.below(2) == 0 {
            tags = tags.with(tags::BRANCH, id.as_str());
        }
        match self.below(8) {
            0 => tags = tags.with(tags::TIMER, "true"),
            1 => {
                let delay = self.now + self.between(-100, 2_000);
                tags = tags.with(tags::DELAY, delay.to_string());
            }
            _ => {}
        }
        PromiseCreate {
            id,
            timeout_at: self.deadline(),
            param: Value::default(),
            tags,
        }
    }

    fn settle(&mut self) -> PromiseSettle {
        self.settled += 1;
        PromiseSettle {
            id: self.id(),
            state: self.settlement(),
            value: Value::of(self.settled.to_string()),
        }
    }

    fn fulfill(&mut self) -> TaskFulfill {
        let TaskRef { id, version } = self.claim(TaskStatus::Acquired);
        TaskFulfill {
            version,
            action: PromiseSettle {
                id: id.clone(),
                ..self.settle()
            },
            id,
        }
    }

    fn settlement(&mut self) -> Settlement {
        let all = [
            Settlement::Resolved,
            Settlement::Rejected,
            Settlement::RejectedCanceled,
        ];
        all[self.index(all.len())]
    }

    fn suspend(&mut self) -> TaskSuspend {
        let TaskRef { id, version } = self.claim(TaskStatus::Acquired);
        let awaited = self.below(3).div_ceil(2).max(1);
        TaskSuspend {
            brief: false,
            version,
            actions: (0..awaited)
                .map(|_| RegisterCallback {
                    awaited: self.id(),
                    awaiter: id.clone(),
                })
                .collect(),
            id,
        }
    }

    fn heartbeat(&mut self) -> Request {
        let tasks = self.below(4);
        Request::TaskHeartbeat(TaskHeartbeat {
            pid: self.pid(),
            tasks: (0..tasks)
                .map(|_| self.claim(TaskStatus::Acquired))
                .collect(),
        })
    }

    fn search(&mut self) -> Request {
        let limit = Some(self.between(0, 4));
        match self.below(3) {
            0 => Request::PromiseSearch(PromiseSearch {
                limit,
                ..PromiseSearch::default()
            }),
            1 => Request::TaskSearch(TaskSearch {
                limit,
                ..TaskSearch::default()
            }),
            _ => Request::ScheduleSearch(ScheduleSearch {
                limit,
                ..ScheduleSearch::default()
            }),
        }
    }

    fn schedule(&mut self) -> Request {
        let id = ["s", "t"][self.index(2)].into();
        match self.below(4) {
            0 => Request::ScheduleGet(ScheduleName { id }),
            1 => Request::ScheduleDelete(ScheduleName { id }),
            _ => Request::ScheduleCreate(ScheduleCreate {
                id,
                cron: "*/20 * * * * *".into(),
                promise_id: "{{.id}}{{.timestamp}}".into(),
                promise_timeout: self.between(0, 30_000),
                promise_param: Value::default(),
                promise_tags: Tags::default().with(tags::TARGET, DEFAULT_TARGET),
            }),
        }
    }

    fn deadline(&mut self) -> Millis {
        Millis::new(match self.below(6) {
            0 => self.now,
            1 => self.now - self.between(0, 1_000),
            2..5 => self.now + self.between(1, 3_000),
            _ => self.now + 200_000,
        })
    }

    /// Ids are renewed as the clock goes on, or everything would soon be settled.
    fn named(&self, name: &str) -> PromiseId {
        format!("{}{name}", self.now / 10_000).into()
    }

    fn id(&mut self) -> PromiseId {
        if self.below(3) == 0 {
            return self.task();
        }
        let index = self.index(OTHERS.len());
        self.named(OTHERS[index])
    }

    fn task(&mut self) -> PromiseId {
        let index = self.index(TASKS.len());
        self.named(TASKS[index])
    }

    fn pid(&mut self) -> ProcessId {
        ["P", "Q"][self.index(2)].into()
    }

    /// A task, mostly one that stands so and at its version.
    fn claim(&mut self, status: TaskStatus) -> TaskRef {
        let fitting = self.tasks.iter().filter(|(_, is)| *is == status);
        let fitting: Vec<_> = fitting.map(|(task, _)| task.clone()).collect();
        if fitting.is_empty() || self.below(4) == 0 {
            return TaskRef {
                id: self.task(),
                version: TaskVersion::new(self.below(4)),
            };
        }
        fitting[self.index(fitting.len())].clone()
    }

    fn index(&mut self, len: usize) -> usize {
        let below = self.below(u64::try_from(len).unwrap_or(u64::MAX));
        usize::try_from(below).unwrap_or(0)
    }

    fn between(&mut self, from: i64, to: i64) -> i64 {
        let span = u64::try_from(to - from).unwrap_or(1);
        from + i64::try_from(self.below(span)).unwrap_or(0)
    }

    /// A number below `bound`: `SplitMix64`, which any seed serves.
    fn below(&mut self, bound: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % bound
    }
}

/// The task of a promise, and where it stands.
fn standing((id, promise): (&PromiseId, &Promise)) -> Option<(TaskRef, TaskStatus)> {
    let task = promise.task.as_ref()?;
    let id = id.clone();
    let version = task.version;
    Some((TaskRef { id, version }, task.state.status()))
}
