//! Lines to steps.

use std::str::SplitWhitespace;

use resonate_core::protocol::{
    FenceAction, PromiseCreate, PromiseGet, PromiseSearch, PromiseSettle, PromiseState,
    RegisterCallback, RegisterListener, Request, ScheduleCreate, ScheduleName, ScheduleSearch,
    Settlement, TaskAcquire, TaskCreate, TaskFence, TaskFulfill, TaskHeartbeat, TaskId, TaskRef,
    TaskRelease, TaskSearch, TaskStatus, TaskSuspend,
};
use resonate_core::tags::{BRANCH, DELAY, EXTERNAL, SCOPE, TARGET, TIMER};
use resonate_core::{Millis, Tags, TaskVersion, Value};

use super::{Action, Line, Step};

/// Every line of a script.
///
/// # Panics
/// On a line that is not of the language; the message holds it.
#[must_use]
pub fn steps(script: &str) -> Vec<Line> {
    let lines = script.lines().map(str::trim);
    lines.filter(|line| !line.is_empty()).map(line).collect()
}

/// The request that `text` says, or nothing for `tick`.
///
/// # Panics
/// When it is not of the language.
#[must_use]
pub fn request(text: &str) -> Option<Request> {
    let mut words = Words(text.split_whitespace(), text);
    let request = words.request();
    assert!(words.0.next().is_none(), "too many words: {text}");
    request
}

fn line(text: &str) -> Line {
    let (rest, sent) = match text.split_once("=>") {
        Some((rest, sent)) => (rest, Some(messages(sent))),
        None => (text, None),
    };
    let (rest, answer) = rest.split_once(" : ").unwrap_or((rest, ""));
    let (now, what) = rest.trim().split_once(' ').unwrap_or((rest, ""));
    let now = now.strip_prefix('@').and_then(|now| now.parse().ok());
    let now = Millis::new(now.unwrap_or_else(|| panic!("no instant: {text}")));
    let action = request(what).map_or(Action::Tick, Action::Ask);
    Line {
        text: text.to_owned(),
        step: Step { now, action },
        answer: answer.split_whitespace().map(str::to_owned).collect(),
        sent,
    }
}

fn messages(text: &str) -> Vec<String> {
    let all = text.split(',').map(str::trim).filter(|it| !it.is_empty());
    let mut all: Vec<_> = all.map(str::to_owned).collect();
    all.sort_unstable();
    all
}

struct Words<'a>(SplitWhitespace<'a>, &'a str);

impl<'a> Words<'a> {
    fn text(&mut self) -> &'a str {
        let word = self.0.next();
        let word = word.unwrap_or_else(|| panic!("a word is missing: {}", self.1));
        if word == "\"\"" { "" } else { word }
    }

    fn number(&mut self) -> i64 {
        let word = self.text();
        let number = word.parse();
        number.unwrap_or_else(|_| panic!("{word} is no number: {}", self.1))
    }

    fn version(&mut self) -> TaskVersion {
        TaskVersion::new(self.number().unsigned_abs())
    }

    fn task_id(&mut self) -> TaskId {
        TaskId {
            id: self.text().into(),
        }
    }

    fn request(&mut self) -> Option<Request> {
        Some(match self.text() {
            "tick" => return None,
            "get" => Request::PromiseGet(PromiseGet {
                id: self.text().into(),
            }),
            "create" => Request::PromiseCreate(self.create()),
            "settle" => Request::PromiseSettle(self.settle()),
            "callback" => Request::RegisterCallback(RegisterCallback {
                awaited: self.text().into(),
                awaiter: self.text().into(),
            }),
            "listen" => Request::RegisterListener(RegisterListener {
                awaited: self.text().into(),
                address: self.text().into(),
            }),
            "search" => self.search(),
            "tasks" => Request::TaskSearch(TaskSearch {
                state: self.0.next().map(task_status),
                ..TaskSearch::default()
            }),
            "task" => Request::TaskGet(self.task_id()),
            "halt" => Request::TaskHalt(self.task_id()),
            "continue" => Request::TaskContinue(self.task_id()),
            "schedule" => Request::ScheduleCreate(self.schedule()),
            "schedule-get" => Request::ScheduleGet(ScheduleName {
                id: self.text().into(),
            }),
            "schedule-delete" => Request::ScheduleDelete(ScheduleName {
                id: self.text().into(),
            }),
            "schedules" => Request::ScheduleSearch(ScheduleSearch::default()),
            claim => return Some(self.claim(claim)),
        })
    }

    fn claim(&mut self, kind: &str) -> Request {
        match kind {
            "run" => Request::TaskCreate(TaskCreate {
                pid: self.text().into(),
                ttl: self.number(),
                action: self.create(),
            }),
            "acquire" => Request::TaskAcquire(TaskAcquire {
                id: self.text().into(),
                version: self.version(),
                pid: self.text().into(),
                ttl: self.number(),
            }),
            "fence" => Request::TaskFence(TaskFence {
                id: self.text().into(),
                version: self.version(),
                action: match self.text() {
                    "create" => FenceAction::Create(self.create()),
                    "settle" => FenceAction::Settle(self.settle()),
                    other => panic!("{other} is no fenced action: {}", self.1),
                },
            }),
            "suspend" => self.suspend(),
            "release" => Request::TaskRelease(TaskRelease {
                id: self.text().into(),
                version: self.version(),
            }),
            "fulfill" => Request::TaskFulfill(TaskFulfill {
                id: self.text().into(),
                version: self.version(),
                action: self.settle(),
            }),
            "heartbeat" => Request::TaskHeartbeat(self.heartbeat()),
            other => panic!("{other} is no request: {}", self.1),
        }
    }

    fn create(&mut self) -> PromiseCreate {
        PromiseCreate {
            id: self.text().into(),
            timeout_at: Millis::new(self.number()),
            param: Value::default(),
            tags: self.tags(),
        }
    }

    fn tags(&mut self) -> Tags {
        self.0.by_ref().map(tag).collect()
    }

    fn settle(&mut self) -> PromiseSettle {
        PromiseSettle {
            id: self.text().into(),
            state: match self.text() {
                "resolved" => Settlement::Resolved,
                "rejected" => Settlement::Rejected,
                "canceled" => Settlement::RejectedCanceled,
                other => panic!("{other} settles nothing: {}", self.1),
            },
            value: self.0.next().map(Value::of).unwrap_or_default(),
        }
    }

    /// `suspend w 1 a b`; `suspend w 1 a<v` names another awaiter.
    fn suspend(&mut self) -> Request {
        let (id, version) = (self.text(), self.version());
        let action = |awaited: &str| {
            let (awaited, awaiter) = awaited.split_once('<').unwrap_or((awaited, id));
            RegisterCallback {
                awaited: awaited.into(),
                awaiter: awaiter.into(),
            }
        };
        let actions = self.0.by_ref().map(action).collect();
        Request::TaskSuspend(TaskSuspend {
            id: id.into(),
            version,
            actions,
        })
    }

    fn heartbeat(&mut self) -> TaskHeartbeat {
        let pid = self.text().into();
        let mut tasks = Vec::new();
        while let Some(id) = self.0.next() {
            let version = self.version();
            tasks.push(TaskRef {
                id: id.into(),
                version,
            });
        }
        TaskHeartbeat { pid, tasks }
    }

    /// `search limit=2 cursor=b state=pending team=x`.
    fn search(&mut self) -> Request {
        let mut search = PromiseSearch::default();
        for word in self.0.by_ref() {
            match word.split_once('=').unwrap_or((word, "")) {
                ("limit", limit) => search.limit = limit.parse().ok(),
                ("cursor", cursor) => search.cursor = Some(cursor.into()),
                ("state", state) => search.state = Some(promise_state(state)),
                tag => search.tags = Some([tag].into_iter().collect()),
            }
        }
        Request::PromiseSearch(search)
    }

    fn schedule(&mut self) -> ScheduleCreate {
        ScheduleCreate {
            id: self.text().into(),
            cron: self.text().replace('_', " ").into(),
            promise_id: self.text().into(),
            promise_timeout: self.number(),
            promise_param: Value::default(),
            promise_tags: self.tags(),
        }
    }
}

fn tag(word: &str) -> (&str, &str) {
    match word {
        "TG" => (TARGET, "poll://any@g"),
        "EX" => (EXTERNAL, "true"),
        "TM" => (TIMER, "true"),
        "GL" => (SCOPE, "global"),
        other => match other.split_once('=').unwrap_or((other, "")) {
            ("BR", branch) => (BRANCH, branch),
            ("DELAY", delay) => (DELAY, delay),
            ("TARGET", target) => (TARGET, target),
            ("TIMER", timer) => (TIMER, timer),
            other => other,
        },
    }
}

fn promise_state(word: &str) -> PromiseState {
    match word {
        "pending" => PromiseState::Pending,
        "resolved" => PromiseState::Resolved,
        "rejected" => PromiseState::Rejected,
        "rejected_canceled" => PromiseState::RejectedCanceled,
        "rejected_timedout" => PromiseState::RejectedTimedout,
        other => panic!("{other} is no promise state"),
    }
}

fn task_status(word: &str) -> TaskStatus {
    match word {
        "pending" => TaskStatus::Pending,
        "acquired" => TaskStatus::Acquired,
        "suspended" => TaskStatus::Suspended,
        "halted" => TaskStatus::Halted,
        "fulfilled" => TaskStatus::Fulfilled,
        other => panic!("{other} is no task state"),
    }
}
