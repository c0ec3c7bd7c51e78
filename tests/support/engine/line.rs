//! One line of a script, read as what to do.
//!
//! ```text
//! get p                                    task.get w          halt w     continue w
//! create p TIMEOUT [TAG…] [param=DATA]     task.create w TIMEOUT pid=P ttl=N [TAG…]
//! settle p STATE [value=DATA]              acquire w VERSION pid=P ttl=N
//! callback AWAITED AWAITER                 release w VERSION
//! listen p ADDRESS                         fulfill w VERSION STATE [value=DATA] [promise=ID]
//! search [state=S] [limit=N] [cursor=ID] [#TAG=VALUE…]
//! fence.create w VERSION CHILD TIMEOUT …   suspend w VERSION [AWAITED…] [awaiter=ID]
//! fence.settle w VERSION CHILD STATE …     heartbeat P [TASK@VERSION…]
//! task.search … schedule.search …          schedule.get s     schedule.delete s
//! schedule.create s CRON promise=TEMPLATE timeout=N [TAG…] [param=DATA]
//! tick                                     recover [PID…]
//! ```
//!
//! A tag is `#key=value`; `TG`, `EX`, `TM` and `BR(x)` stand for the usual ones. `''` is the
//! empty text, `_` a blank in a cron line or an address.

use resonate_core::protocol::{
    FenceAction, PromiseCreate, PromiseGet, PromiseSearch, PromiseSettle, RegisterCallback,
    RegisterListener, Request, ScheduleCreate, ScheduleName, ScheduleSearch, TaskAcquire,
    TaskCreate, TaskFence, TaskFulfill, TaskHeartbeat, TaskId, TaskRef, TaskRelease, TaskSearch,
    TaskSuspend,
};
use resonate_core::{Millis, ProcessId, Tags, TaskVersion, Text, Value, tags};
use serde::de::DeserializeOwned;

use super::answer::DEFAULT_TARGET;

/// What a line asks for.
pub(super) enum Step {
    Send(Box<Request>),
    Tick,
    Recover(Vec<String>),
}

/// The request that a line of a script stands for.
///
/// # Panics
/// When the line is not a request.
#[must_use]
pub fn read_request(text: &str) -> Request {
    match read(text) {
        Step::Send(request) => *request,
        Step::Tick | Step::Recover(_) => panic!("`{text}` is not a request"),
    }
}

/// The words of a line, taken from the front, and its options and tags.
struct Line {
    words: std::vec::IntoIter<String>,
    options: Vec<(String, String)>,
    tags: Option<Tags>,
}

pub(super) fn read(text: &str) -> Step {
    let mut line = Line::of(text);
    let verb = line.word();
    let request = match &*verb {
        "tick" => return Step::Tick,
        "recover" => return Step::Recover(line.words.collect()),
        "get" => Request::PromiseGet(PromiseGet {
            id: line.word().into(),
        }),
        "create" => Request::PromiseCreate(line.create()),
        "settle" => Request::PromiseSettle(line.settle()),
        "callback" => Request::RegisterCallback(RegisterCallback {
            awaited: line.word().into(),
            awaiter: line.word().into(),
        }),
        "listen" => Request::RegisterListener(RegisterListener {
            awaited: line.word().into(),
            address: line.word().replace('_', " ").into(),
        }),
        "search" => Request::PromiseSearch(PromiseSearch {
            state: line.option("state").map(|state| named(&state)),
            tags: line.tags.take(),
            limit: line.number("limit"),
            cursor: line.option("cursor").map(Into::into),
        }),
        "task.search" => Request::TaskSearch(TaskSearch {
            state: line.option("state").map(|state| named(&state)),
            limit: line.number("limit"),
            cursor: line.option("cursor").map(Into::into),
        }),
        "schedule.search" => Request::ScheduleSearch(ScheduleSearch {
            tags: line.tags.take(),
            limit: line.number("limit"),
            cursor: line.option("cursor").map(Into::into),
        }),
        "schedule.get" => Request::ScheduleGet(line.schedule_name()),
        "schedule.delete" => Request::ScheduleDelete(line.schedule_name()),
        "schedule.create" => Request::ScheduleCreate(line.schedule()),
        _ => line.task_request(&verb),
    };
    assert!(line.words.len() == 0, "too many words in `{text}`");
    Step::Send(Box::new(request))
}

impl Line {
    fn of(text: &str) -> Self {
        let mut line = Self {
            words: Vec::new().into_iter(),
            options: Vec::new(),
            tags: None,
        };
        let mut words = Vec::new();
        for word in text.split_whitespace() {
            let tag = match word {
                "TG" => Some((tags::TARGET, DEFAULT_TARGET)),
                "EX" => Some((tags::EXTERNAL, "true")),
                "TM" => Some((tags::TIMER, "true")),
                _ => word
                    .strip_prefix("BR(")
                    .and_then(|branch| branch.strip_suffix(')'))
                    .map(|branch| (tags::BRANCH, branch))
                    .or_else(|| word.strip_prefix('#').and_then(|tag| tag.split_once('='))),
            };
            if let Some((key, value)) = tag {
                let tags = line.tags.take().unwrap_or_default();
                line.tags = Some(tags.with(key, plain(value).replace('_', " ")));
            } else if let Some((key, value)) = word.split_once('=') {
                line.options.push((key.to_owned(), plain(value)));
            } else {
                words.push(plain(word));
            }
        }
        line.words = words.into_iter();
        line
    }

    fn word(&mut self) -> String {
        self.words.next().expect("the line has another word")
    }

    fn option(&self, name: &str) -> Option<String> {
        let found = self.options.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.clone())
    }

    fn number(&self, name: &str) -> Option<i64> {
        self.option(name)
            .map(|text| text.parse().expect("an option that counts is a number"))
    }

    fn version(&mut self) -> TaskVersion {
        TaskVersion::new(self.word().parse().expect("a version is a number"))
    }

    fn millis(&mut self) -> Millis {
        Millis::new(self.word().parse().expect("an instant is a number"))
    }

    fn value(&self, name: &str) -> Value {
        self.option(name).map(Value::of).unwrap_or_default()
    }

    fn pid(&self) -> ProcessId {
        self.option("pid").unwrap_or_else(|| "P".to_owned()).into()
    }

    fn ttl(&self) -> i64 {
        self.number("ttl").unwrap_or(1_000)
    }

    fn create(&mut self) -> PromiseCreate {
        PromiseCreate {
            id: self.word().into(),
            timeout_at: self.millis(),
            param: self.value("param"),
            tags: self.tags.take().unwrap_or_default(),
        }
    }

    fn settle(&mut self) -> PromiseSettle {
        PromiseSettle {
            id: self.word().into(),
            state: named(&self.word()),
            value: self.value("value"),
        }
    }

    fn schedule_name(&mut self) -> ScheduleName {
        ScheduleName {
            id: self.word().into(),
        }
    }

    fn schedule(&mut self) -> ScheduleCreate {
        ScheduleCreate {
            id: self.word().into(),
            cron: self.word().replace('_', " ").into(),
            promise_id: self.option("promise").unwrap_or_default().into(),
            promise_timeout: self.number("timeout").unwrap_or(1_000),
            promise_param: self.value("param"),
            promise_tags: self.tags.take().unwrap_or_default(),
        }
    }

    fn task_request(&mut self, verb: &str) -> Request {
        match verb {
            "task.get" => Request::TaskGet(self.task()),
            "halt" => Request::TaskHalt(self.task()),
            "continue" => Request::TaskContinue(self.task()),
            "task.create" => Request::TaskCreate(TaskCreate {
                pid: self.pid(),
                ttl: self.ttl(),
                action: self.create(),
            }),
            "acquire" => Request::TaskAcquire(TaskAcquire {
                id: self.word().into(),
                version: self.version(),
                pid: self.pid(),
                ttl: self.ttl(),
                brief: false,
            }),
            "release" => Request::TaskRelease(TaskRelease {
                id: self.word().into(),
                version: self.version(),
            }),
            "fulfill" => Request::TaskFulfill(self.fulfill()),
            "fence.create" | "fence.settle" => Request::TaskFence(TaskFence {
                id: self.word().into(),
                version: self.version(),
                action: if verb == "fence.create" {
                    FenceAction::Create(self.create())
                } else {
                    FenceAction::Settle(self.settle())
                },
            }),
            "suspend" => Request::TaskSuspend(self.suspend()),
            "heartbeat" => Request::TaskHeartbeat(TaskHeartbeat {
                pid: self.word().into(),
                tasks: self.words.by_ref().map(|task| task_ref(&task)).collect(),
            }),
            _ => panic!("no such step: `{verb}`"),
        }
    }

    fn task(&mut self) -> TaskId {
        TaskId {
            id: self.word().into(),
        }
    }

    fn fulfill(&mut self) -> TaskFulfill {
        let id = self.word();
        TaskFulfill {
            version: self.version(),
            action: PromiseSettle {
                id: self.option("promise").unwrap_or_else(|| id.clone()).into(),
                state: named(&self.word()),
                value: self.value("value"),
            },
            id: id.into(),
        }
    }

    fn suspend(&mut self) -> TaskSuspend {
        let id = self.word();
        let version = self.version();
        let awaiter = self.option("awaiter").unwrap_or_else(|| id.clone());
        let actions = self.words.by_ref().map(|awaited| RegisterCallback {
            awaited: awaited.into(),
            awaiter: awaiter.clone().into(),
        });
        TaskSuspend {
            actions: actions.collect(),
            id: id.into(),
            version,
            brief: false,
        }
    }
}

fn task_ref(text: &str) -> TaskRef {
    let (id, version) = text.rsplit_once('@').expect("a task is written id@version");
    TaskRef {
        id: id.into(),
        version: TaskVersion::new(version.parse().expect("a version is a number")),
    }
}

/// A state by its name on the wire.
fn named<T: DeserializeOwned>(name: &str) -> T {
    let name = serde_json::Value::String(name.to_owned());
    serde_json::from_value(name).expect("there is such a state")
}

/// A word with its escapes undone.
fn plain(word: &str) -> String {
    let word: Text = if word == "''" { "".into() } else { word.into() };
    word.replace("\\0", "\0")
}
