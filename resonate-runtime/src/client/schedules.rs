//! Schedules by hand.

use std::time::SystemTime;

use resonate_core::payload::{Invocation, Json};
use resonate_core::protocol::{
    Request, Response, ScheduleCreate, ScheduleName, ScheduleRecord, ScheduleSearch,
};
use resonate_core::{ScheduleId, Tags};

use super::pages::{PAGE, Pages};
use super::{Core, Resonate, unexpected};
use crate::call::{Scheduled, Target};
use crate::context::to_system_time;
use crate::error::{Error, Kind, Result};

/// Schedules by hand. A schedule of a function is made with its stub: `nightly::schedule(..)`.
#[derive(Debug)]
pub struct Schedules<'c> {
    resonate: &'c Resonate,
    core: &'c Core,
}

/// A schedule as it was when it was read.
#[derive(Clone, Debug)]
pub struct Schedule {
    record: std::sync::Arc<ScheduleRecord>,
}

impl Schedule {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        self.record.id.as_str()
    }

    /// When it fires: a cron line, in UTC.
    #[must_use]
    pub fn cron(&self) -> &str {
        &self.record.cron
    }

    /// Its next occurrence.
    #[must_use]
    pub fn next_run_at(&self) -> SystemTime {
        to_system_time(self.record.next_run_at)
    }

    /// Its latest occurrence.
    #[must_use]
    pub fn last_run_at(&self) -> Option<SystemTime> {
        self.record.last_run_at.map(to_system_time)
    }
}

impl<'c> Schedules<'c> {
    pub(super) fn new(resonate: &'c Resonate) -> Self {
        Self {
            resonate,
            core: &resonate.core,
        }
    }

    /// A schedule of the function `name` with these arguments (a tuple), created when it is
    /// awaited. Where one has this id, that one is read and left as it is, unless
    /// [`replace`](Scheduled::replace) is said.
    ///
    /// # Errors
    /// When awaited: the cron line is none, or the engine cannot be reached.
    pub fn create(
        &self,
        id: &str,
        cron: &str,
        name: &str,
        args: impl serde::Serialize,
    ) -> Scheduled<'c> {
        let target = crate::context::by_name(name, crate::call::Place::Anywhere, args);
        Scheduled::new(self.resonate, id.to_owned(), cron.to_owned(), target)
    }

    /// Reads a schedule.
    ///
    /// # Errors
    /// When there is none of this id, or the engine cannot be reached.
    pub async fn get(&self, id: &str) -> Result<Schedule> {
        one(self.core.ask(Request::ScheduleGet(self.named(id)?)).await?)
    }

    /// Deletes a schedule; what it started goes on.
    ///
    /// # Errors
    /// When there is none of this id, or the engine cannot be reached.
    pub async fn delete(&self, id: &str) -> Result<()> {
        self.core
            .ask(Request::ScheduleDelete(self.named(id)?))
            .await
            .map(|_| ())
    }

    /// All schedules, in the order of their ids.
    ///
    /// # Errors
    /// When awaited: the engine cannot be reached.
    pub fn search(&self) -> Pages<'c, Schedule> {
        let core = self.core;
        Pages::new(move |cursor| {
            let request = Request::ScheduleSearch(ScheduleSearch {
                limit: Some(PAGE),
                cursor,
                ..ScheduleSearch::default()
            });
            Box::pin(async move {
                let Response::Schedules { schedules, cursor } = core.ask(request).await? else {
                    return Err(unexpected());
                };
                let read = |record| Schedule { record };
                Ok((schedules.into_iter().map(read).collect(), cursor))
            })
        })
    }

    fn named(&self, id: &str) -> Result<ScheduleName> {
        let id = ScheduleId::from(self.core.root_id(id)?.text().clone());
        Ok(ScheduleName { id })
    }
}

fn one(response: Response) -> Result<Schedule> {
    let Response::Schedule(record) = response else {
        return Err(unexpected());
    };
    Ok(Schedule { record })
}

impl Resonate {
    /// Creates a schedule, or reads the one that has this id; in place of one that is defined
    /// otherwise, if so asked.
    pub(crate) async fn schedule_call(
        &self,
        id: String,
        cron: String,
        target: Target,
        replaces: bool,
    ) -> Result<Schedule> {
        let core = &self.core;
        let create = core.schedule(&id, cron, target)?;
        let found = one(core.ask(Request::ScheduleCreate(create.clone())).await?)?;
        let Some(difference) = difference(core, &found.record, &create) else {
            return Ok(found);
        };
        if !replaces {
            tracing::warn!(
                id,
                "this schedule exists and is left as it is, with {difference}: delete it first, or say `.replace()`"
            );
            return Ok(found);
        }
        let name = ScheduleName {
            id: create.id.clone(),
        };
        match core.ask(Request::ScheduleDelete(name)).await {
            Err(error) if !error.is_not_found() => return Err(error),
            Ok(_) | Err(_) => {}
        }
        one(core.ask(Request::ScheduleCreate(create)).await?)
    }
}

/// How a schedule differs from what was asked for; arguments are not shown.
fn difference(core: &Core, found: &ScheduleRecord, asked: &ScheduleCreate) -> Option<String> {
    let decode = |value| core.codec.decode(value).ok().flatten();
    let (there, here) = (decode(&found.promise_param), decode(&asked.promise_param));
    let called = |json: &Option<Json>| {
        let read = json
            .as_ref()
            .and_then(|json| Invocation::from_json(json).ok());
        read.map_or_else(String::new, |call| match call.version {
            Some(version) => format!("`{}` version {version}", call.func),
            None => format!("`{}`", call.func),
        })
    };
    let target = |tags: &Tags| tags.target().unwrap_or_default().to_owned();
    let parts = [
        (
            "the cron line",
            found.cron.to_string(),
            asked.cron.to_string(),
        ),
        ("the function", called(&there), called(&here)),
        (
            "the target",
            target(&found.promise_tags),
            target(&asked.promise_tags),
        ),
    ];
    for (what, there, here) in parts {
        if there != here {
            return Some(format!("{what} {there} instead of {here}"));
        }
    }
    if found.promise_timeout != asked.promise_timeout {
        return Some("another timeout of its runs".to_owned());
    }
    let text = |json: Option<Json>| json.map(|json| json.get().to_owned());
    (text(there) != text(here)).then(|| "other arguments".to_owned())
}

impl Core {
    fn schedule(&self, id: &str, cron: String, target: Target) -> Result<ScheduleCreate> {
        let cron_line: Result<resonate_core::cron::Cron, _> = cron.parse();
        cron_line.map_err(|cause| Error::of(Kind::Config, cause.to_string()).because(cause))?;
        // Its runs are called after it, so they begin with the prefix as well.
        let id = self.root_id(id)?;
        let options = target.options.or(&target.defaults);
        let invocation = Invocation::new(
            target.name.as_str(),
            target.version,
            target.args?,
            options.retry,
        );
        let timeout = options.timeout_or_default().as_millis();
        let address = self.target(&target.name, options.target.as_deref());
        Ok(ScheduleCreate {
            id: id.text().clone().into(),
            cron: cron.into(),
            // A run is a root: what stands between may separate no step in any grammar.
            promise_id: "{{.id}}-{{.timestamp}}".into(),
            promise_timeout: i64::try_from(timeout).unwrap_or(i64::MAX),
            promise_param: self.encode(&invocation.to_json())?,
            promise_tags: options.labels()?.with(resonate_core::tags::TARGET, address),
        })
    }
}
