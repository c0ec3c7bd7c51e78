//! §2.17, §3.9 and the sweep of §3.5: schedules, and what happens because time passes.

use super::*;

const DAY: i64 = 86_400_000;

/// The cron lines that the model knows, their period and its offset from the epoch, a Thursday.
pub const CRON_LINES: &[(&str, i64, i64)] = &[
    ("*/2 * * * * *", 2_000, 0),
    ("30 * * * * *", 60_000, 30_000),
    ("* * * * *", 60_000, 0),
    ("*/5 * * * *", 300_000, 0),
    ("@hourly", 3_600_000, 0),
    ("30 4 * * *", DAY, 16_200_000),
    ("@daily", DAY, 0),
    ("0 0 * * 1", 7 * DAY, 3 * DAY),
    ("0 0 * * MON", 7 * DAY, 4 * DAY),
];

impl Model {
    pub(super) fn schedule_create(&mut self, create: &ScheduleCreate) -> Answer {
        let create = create.clone();
        let unnamed = create.id.as_str().is_empty() || create.promise_id.is_empty();
        ensure(!unnamed && create.promise_timeout >= 0, Status::BadRequest)?;
        let next = next_after(&create.cron, self.clock);
        let next_run_at = next.ok_or_else(|| Refusal::new(Status::BadRequest, ""))?;
        let fresh = ScheduleRecord {
            id: create.id.clone(),
            cron: create.cron,
            promise_id: create.promise_id,
            promise_timeout: create.promise_timeout,
            promise_param: create.promise_param,
            promise_tags: create.promise_tags,
            created_at: self.clock,
            next_run_at,
            last_run_at: None,
        };
        self.kept
            .schedules
            .entry(create.id.clone())
            .or_insert(fresh);
        self.schedule_get(&create.id)
    }

    pub(super) fn schedule_get(&self, id: &ScheduleId) -> Answer {
        ensure(!id.as_str().is_empty(), Status::BadRequest)?;
        ensure(self.kept.schedules.contains_key(id), Status::NotFound)?;
        Ok(Response::Schedule(Arc::new(
            self.kept.schedules[id].clone(),
        )))
    }

    pub(super) fn schedule_delete(&mut self, id: &ScheduleId) -> Answer {
        self.schedule_get(id)?;
        self.kept.schedules.remove(id);
        Ok(Response::Done)
    }

    pub(super) fn schedule_search(&self, search: &ScheduleSearch) -> Answer {
        let all = self.kept.schedules.values();
        let fits = all
            .filter(|schedule| carries(&schedule.promise_tags, search.tags.as_ref()))
            .map(|schedule| (schedule.id.text().clone(), Arc::new(schedule.clone())));
        let (schedules, cursor) = page(fits, search.limit.unwrap_or(10), search.cursor.as_ref())?;
        Ok(Response::Schedules { schedules, cursor })
    }

    /// Does everything that is due: deadlines, then offers and leases, then schedules.
    pub fn tick(&mut self, now: Millis) {
        self.see(now);
        self.expire(&self.ids(|it| it.armed && self.is_dead(it)), true);
        for id in self.ids(|it| task_due(it).is_some_and(|due| due <= self.clock)) {
            let lapse = matches!(
                self.task(&id).map(|it| &it.state),
                Some(TaskState::Acquired(_))
            );
            let sent = self.sent.len();
            self.offer(&id);
            if lapse && self.has(Bug::LapseIsSilent) {
                self.sent.truncate(sent);
            }
            if !lapse && self.has(Bug::RetryOnce) {
                self.set_task(
                    &id,
                    TaskState::Pending {
                        retry_at: Millis::MAX,
                    },
                );
            }
        }
        for id in self.kept.schedules.keys().cloned().collect::<Vec<_>>() {
            while self.kept.schedules[&id].next_run_at <= self.clock {
                self.fire(&id);
            }
        }
    }

    /// When something will be due next.
    #[must_use]
    pub fn next_wakeup(&self) -> Option<Millis> {
        let all = self.kept.promises.values();
        let armed = all
            .clone()
            .filter(|it| it.armed && self.is_pending(&it.record.id));
        let deadlines = armed.map(|it| it.record.timeout_at);
        let runs = self.kept.schedules.values().map(|it| it.next_run_at);
        let due = deadlines.chain(all.filter_map(task_due)).chain(runs);
        due.min().filter(|due| *due < Millis::MAX)
    }

    /// The promises that are wanted, by id.
    pub(super) fn ids(&self, wanted: impl Fn(&Promise) -> bool) -> Vec<PromiseId> {
        let fits = self
            .kept
            .promises
            .values()
            .filter(|promise| wanted(promise));
        fits.map(|promise| promise.record.id.clone()).collect()
    }

    /// One occurrence: a promise created at that instant, unless its id is taken.
    fn fire(&mut self, id: &ScheduleId) {
        let schedule = self.kept.schedules[id].clone();
        let at = schedule.next_run_at;
        let name = schedule.promise_id.replace("{{.id}}", id.as_str());
        let name = name.replace("{{.timestamp}}", &at.to_string());
        let mut tags = schedule.promise_tags.with(SCHEDULE, id.as_str());
        if !self.has(Bug::ScheduleWithoutLineage) {
            let lineage = [ORIGIN, BRANCH, PARENT];
            tags = lineage
                .into_iter()
                .fold(tags, |tags, key| tags.with(key, name.as_str()));
        }
        let timeout_at = Millis::new(at.get().saturating_add(schedule.promise_timeout));
        let (id_of_it, param) = (PromiseId::from(name), schedule.promise_param);
        let create = PromiseCreate {
            id: id_of_it,
            timeout_at,
            param,
            tags,
        };
        if !self.known(&create.id) || self.has(Bug::ScheduleReplaces) {
            self.birth(&create, at);
            let delayed = create.tags.get(DELAY).is_some() && self.has(Bug::ScheduleDelays);
            if self.is_pending(&create.id) && !delayed {
                self.offer(&create.id);
            }
        }
        let from = if self.has(Bug::ScheduleFiresOnce) {
            self.clock
        } else {
            at
        };
        let kept = self.kept.schedules.get_mut(id).expect("read above");
        kept.next_run_at = next_after(&schedule.cron, from).expect("it was checked at creation");
        kept.last_run_at = Some(at);
    }
}

/// When a pending task is offered again, or an acquired one taken back.
fn task_due(promise: &Promise) -> Option<Millis> {
    match &promise.task.as_ref()?.state {
        TaskState::Pending { retry_at } => (*retry_at < Millis::MAX).then_some(*retry_at),
        TaskState::Acquired(lease) => Some(lease.expires_at),
        TaskState::Suspended | TaskState::Halted | TaskState::Fulfilled => None,
    }
}

/// The first occurrence strictly after `at`.
fn next_after(cron: &str, at: Millis) -> Option<Millis> {
    let (_, period, offset) = CRON_LINES.iter().find(|(line, _, _)| *line == cron)?;
    let periods = (at.get() - offset).div_euclid(*period) + 1;
    Some(Millis::new(periods * period + offset))
}
