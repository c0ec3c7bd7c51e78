//! Schedules by hand.

use std::time::SystemTime;

use resonate_core::ScheduleId;
use resonate_core::execution::IdGrammar;
use resonate_core::payload::Invocation;
use resonate_core::protocol::{
    Request, Response, ScheduleCreate, ScheduleName, ScheduleRecord, ScheduleSearch,
};

use super::{Core, Resonate, unexpected};
use crate::call::Target;
use crate::context::to_system_time;
use crate::error::{Error, Kind, Result};

/// Schedules by hand. A schedule of a function is made with its stub: `nightly::schedule(..)`.
#[derive(Debug)]
pub struct Schedules<'c> {
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
            core: &resonate.core,
        }
    }

    /// Creates a schedule of the function `name` with these arguments, or leaves the one alone
    /// that has this id.
    ///
    /// # Errors
    /// When the cron line is none, or the engine cannot be reached.
    pub async fn create(
        &self,
        id: &str,
        cron: &str,
        name: &str,
        args: impl serde::Serialize,
    ) -> Result<Schedule> {
        let target = crate::context::by_name(name, crate::call::Place::Anywhere, args);
        self.core.schedule(id, cron, target).await
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
    /// When the engine cannot be reached.
    pub async fn search(&self) -> Result<Vec<Schedule>> {
        let mut search = ScheduleSearch {
            limit: Some(1000),
            ..ScheduleSearch::default()
        };
        let mut found = Vec::new();
        loop {
            let page = self
                .core
                .ask(Request::ScheduleSearch(search.clone()))
                .await?;
            let Response::Schedules { schedules, cursor } = page else {
                return Err(unexpected());
            };
            found.extend(schedules.into_iter().map(|record| Schedule { record }));
            if cursor.is_none() {
                return Ok(found);
            }
            search.cursor = cursor;
        }
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
    pub(crate) async fn schedule_call(
        &self,
        id: String,
        cron: String,
        target: Target,
    ) -> Result<()> {
        self.core.schedule(&id, &cron, target).await.map(|_| ())
    }
}

impl Core {
    async fn schedule(&self, id: &str, cron: &str, target: Target) -> Result<Schedule> {
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
        let between = match self.grammar() {
            IdGrammar::Colon => '-',
            IdGrammar::Dot => '.',
        };
        let create = ScheduleCreate {
            id: id.text().clone().into(),
            cron: cron.into(),
            promise_id: format!("{{{{.id}}}}{between}{{{{.timestamp}}}}").into(),
            promise_timeout: i64::try_from(timeout).unwrap_or(i64::MAX),
            promise_param: self.encode(&invocation.to_json())?,
            promise_tags: options.labels()?.with(resonate_core::tags::TARGET, address),
        };
        one(self.ask(Request::ScheduleCreate(create)).await?)
    }
}
