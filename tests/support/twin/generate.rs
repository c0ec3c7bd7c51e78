//! Steps drawn at random, most of them plausible, some of them meant to hurt.

mod requests;
mod time;

use resonate_core::model::TaskState;
use resonate_core::protocol::{PromiseState, TaskStatus};
use resonate_core::tags::{BRANCH, DELAY, EXTERNAL, ORIGIN, SCOPE, TARGET, TIMER, Tags};
use resonate_core::{Millis, PromiseId, ScheduleId, TaskVersion, Value};

use super::{Action, Commits, Step};
use crate::machine::{Kept, Model};
use crate::random::Random;

/// Two origins, both dialects of child ids, a dotted root.
const IDS: [&str; 8] = ["a", "a:1", "a:2", "a:1.1", "b", "b.1", "my.app", "my.app:1"];
const SCHEDULES: [&str; 4] = ["s", "t", "s:1", "a"];
const PIDS: [&str; 3] = ["P", "Q", "P2"];
const ADDRESSES: [&str; 4] = [
    "poll://any@g",
    "poll://any@G/w",
    "poll://uni@g/w",
    "http://h/x",
];
const BAD_ADDRESSES: [&str; 6] = [
    "",
    "x",
    "default",
    "poll://g/x",
    "poll://any@g x",
    "poll://all@g",
];

/// The source of steps. It looks at the model to make most of them fit.
#[derive(Clone, Debug)]
pub struct Generator {
    random: Random,
    now: i64,
    mood: Mood,
    commits: Commits,
}

/// What an episode is like. Long deadlines let tasks live long enough to be entangled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mood {
    Calm,
    Hasty,
}

impl Generator {
    /// The steps of `seed`, with or without commits among them.
    #[must_use]
    pub fn new(seed: u64, commits: Commits) -> Self {
        let mut random = Random::new(seed);
        let now = *random.pick(&[0, 1_000, 1_750_000_000_000]);
        let mood = *random.pick(&[Mood::Calm, Mood::Calm, Mood::Calm, Mood::Hasty]);
        Self {
            random,
            now,
            mood,
            commits,
        }
    }

    /// The next step for a machine that stands as `model` does.
    pub fn step(&mut self, model: &Model) -> Step {
        let on_demand = self.commits == Commits::OnDemand;
        let action = match self.random.below(100) {
            0..=13 => Action::Tick,
            14..=27 if on_demand => Action::Commit,
            28..=31 if on_demand => Action::Rollback,
            32 if on_demand => Action::Reopen,
            _ => return self.ask(model),
        };
        let now = self.instant(model);
        Step { now, action }
    }

    fn ask(&mut self, model: &Model) -> Step {
        let now = self.instant(model);
        let action = Action::Ask(self.request(&model.kept));
        Step { now, action }
    }

    fn any<T: Copy>(&mut self, of: &[T]) -> T {
        *self.random.pick(of)
    }

    /// One of them, each as often as its weight says.
    fn weighed<T: Copy>(&mut self, choices: &[(usize, T)]) -> T {
        let sum = choices.iter().map(|(weight, _)| weight).sum();
        let mut left = self.random.below(sum);
        let chosen = choices.iter().find(|(weight, _)| {
            let here = left < *weight;
            left = left.saturating_sub(*weight);
            here
        });
        chosen.expect("the draw is below the sum of the weights").1
    }

    /// A number from `low` to `high`, both included.
    fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = (high - low).unsigned_abs() + 1;
        low + i64::try_from(self.random.number() % span).expect("a span of instants is small")
    }

    /// Any id: mostly of the small set, sometimes one that a schedule made or nobody did.
    fn id(&mut self, kept: &Kept) -> PromiseId {
        match self.random.below(100) {
            0 => "".into(),
            1..=3 => "nobody".into(),
            4..=9 if !kept.promises.is_empty() => {
                let nth = self.random.below(kept.promises.len());
                kept.promises
                    .keys()
                    .nth(nth)
                    .cloned()
                    .unwrap_or_else(|| "a".into())
            }
            _ => self.any(&IDS).into(),
        }
    }

    /// Often an id that is not taken yet.
    fn fresh_id(&mut self, kept: &Kept) -> PromiseId {
        let free = |id: &&&str| !kept.promises.contains_key(**id);
        let ids: Vec<_> = IDS.iter().filter(free).collect();
        if ids.is_empty() || self.random.chance(50) {
            return self.id(kept);
        }
        (*self.any(&ids)).into()
    }

    /// Mostly the id of a task in this state, else of one that is not finished.
    fn task(&mut self, kept: &Kept, wanted: TaskStatus) -> PromiseId {
        let tasks = kept.promises.iter().filter_map(|(id, promise)| {
            let status = match promise.task.as_ref()?.state {
                TaskState::Pending { .. } => TaskStatus::Pending,
                TaskState::Acquired(_) => TaskStatus::Acquired,
                TaskState::Suspended => TaskStatus::Suspended,
                TaskState::Halted => TaskStatus::Halted,
                TaskState::Fulfilled => TaskStatus::Fulfilled,
            };
            Some((id, status))
        });
        let tasks: Vec<_> = tasks.collect();
        let exact = tasks.iter().filter(|(_, status)| *status == wanted);
        let live = tasks
            .iter()
            .filter(|(_, status)| *status != TaskStatus::Fulfilled);
        let exact: Vec<_> = exact.collect();
        let live: Vec<_> = live.collect();
        match self.random.below(100) {
            0..=74 if !exact.is_empty() => self.any(&exact).0.clone(),
            0..=84 if !live.is_empty() => self.any(&live).0.clone(),
            _ => self.id(kept),
        }
    }

    /// Mostly the id of a promise that is not settled.
    fn pending(&mut self, kept: &Kept) -> PromiseId {
        let all = kept.promises.iter();
        let pending = all.filter(|(_, it)| it.record.state == PromiseState::Pending);
        let ids: Vec<_> = pending.map(|(id, _)| id).collect();
        if ids.is_empty() || self.random.chance(20) {
            return self.id(kept);
        }
        self.any(&ids).clone()
    }

    /// Often a promise that somebody waits for.
    fn awaited(&mut self, kept: &Kept) -> PromiseId {
        let waits = kept.edges.iter().filter(|(_, ready)| !**ready);
        let ids: Vec<_> = waits.map(|((awaited, _), _)| awaited).collect();
        if ids.is_empty() || self.random.chance(50) {
            return self.pending(kept);
        }
        self.any(&ids).clone()
    }

    /// Often a task that owes a resume, else one that is acquired.
    fn resumed(&mut self, kept: &Kept) -> PromiseId {
        let ready = kept.edges.iter().filter(|(_, ready)| **ready);
        let ids: Vec<_> = ready.map(|((_, awaiter), _)| awaiter).collect();
        if ids.is_empty() || self.random.chance(60) {
            return self.task(kept, TaskStatus::Acquired);
        }
        self.any(&ids).clone()
    }

    /// Mostly the task's own version.
    fn version(&mut self, kept: &Kept, id: &PromiseId) -> TaskVersion {
        let task = kept.promises.get(id).and_then(|it| it.task.as_ref());
        let own = task.map_or(0, |task| task.version.get());
        let version = match self.random.below(20) {
            0 => own + 1,
            1 | 2 => own.saturating_sub(1),
            3 => 0,
            4 => u64::from(u32::MAX),
            _ => own,
        };
        TaskVersion::new(version)
    }

    fn schedule_id(&mut self) -> ScheduleId {
        let unnamed = self.random.chance(2);
        if unnamed {
            "".into()
        } else {
            self.any(&SCHEDULES).into()
        }
    }

    /// A deadline: far, near, now, over, for ever, or none that is allowed.
    fn deadline(&mut self) -> Millis {
        let far = match self.mood {
            Mood::Calm => (300_000, 3_000_000),
            Mood::Hasty => (1, 40_000),
        };
        let (low, high) = self.weighed(&[
            (72, far),
            (8, (1, 3_000)),
            (10, (20_000, 90_000)),
            (2, (0, 0)),
            (3, (-5_000, -1)),
        ]);
        let deadline = self.now + self.between(low, high);
        let fixed = [i64::MAX, i64::MAX - 1, 0, -1, -5];
        let odd = self.random.chance(5);
        Millis::new(if odd { self.any(&fixed) } else { deadline })
    }

    fn ttl(&mut self) -> i64 {
        let odd = [0, -1, 1, i64::MAX];
        let span = self.weighed(&[(5, 10), (15, 1_000), (25, 10_000), (40, 60_000)]);
        if self.random.chance(8) {
            self.any(&odd)
        } else {
            span
        }
    }

    fn pid(&mut self) -> &'static str {
        if self.random.chance(2) {
            ""
        } else {
            self.any(&PIDS)
        }
    }

    fn address(&mut self) -> &'static str {
        let bad = self.random.chance(5);
        if bad {
            self.any(&BAD_ADDRESSES)
        } else {
            self.any(&ADDRESSES)
        }
    }

    fn value(&mut self) -> Value {
        match self.random.below(4) {
            0 => Value::default(),
            1 => Value {
                headers: Some([].into()),
                data: None,
            },
            2 => Value {
                headers: Some([("h".to_owned(), "1".to_owned())].into()),
                data: Some("".into()),
            },
            _ => Value::of("Ng=="),
        }
    }

    /// Labels, the reserved ones independent of each other; `target` in how many of a hundred.
    fn tags(&mut self, target: usize) -> Tags {
        let mut tags = Tags::default();
        let add = |tags: &mut Tags, random: &mut Random, percent, key: &str, of: &[&str]| {
            if random.chance(percent) {
                *tags = tags.clone().with(key, *random.pick(of));
            }
        };
        let random = &mut self.random;
        add(
            &mut tags,
            random,
            25,
            EXTERNAL,
            &["true", "true", "true", "false", "True"],
        );
        add(
            &mut tags,
            random,
            14,
            TIMER,
            &["true", "true", "true", "True", ""],
        );
        add(&mut tags, random, 10, SCOPE, &["global", "local"]);
        add(&mut tags, random, 40, BRANCH, &["a", "b", "a:1"]);
        add(&mut tags, random, 20, ORIGIN, &["a", "b"]);
        add(&mut tags, random, 20, "team", &["x", "y"]);
        if random.chance(target) {
            tags = tags.with(TARGET, self.address());
        }
        tags
    }

    /// A delay, mostly with the target that it needs and before the deadline.
    fn delayed(&mut self, tags: Tags) -> Tags {
        let bad = ["", "abc", "-5", "+5", "1.5", "99999999999999999999"];
        let delay = match self.random.below(20) {
            0 => self.any(&bad).to_owned(),
            1 => self.between(0, 500).to_string(),
            _ => self
                .now
                .saturating_add(self.between(-100, 25_000))
                .max(0)
                .to_string(),
        };
        let tags = tags.with(DELAY, delay);
        if self.random.chance(90) {
            tags.with(TARGET, self.address())
        } else {
            tags
        }
    }
}
