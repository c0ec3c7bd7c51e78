//! The three searches: pages in the order of the ids, as things stand now (protocol §2.7).

use std::sync::Arc;

use super::refuse::Handled;
use super::step::Step;
use crate::model::{Promise, Task, TaskState};
use crate::protocol::{
    PromiseSearch, Response, ScheduleRecord, ScheduleSearch, TaskRecord, TaskSearch,
};
use crate::store::StoreError;
use crate::{Tags, Text};

const PROMISES: usize = 100;
const TASKS: usize = 100;
const SCHEDULES: usize = 10;
/// How many rows are read from the store at a time.
const SCAN: usize = 256;
/// How many rows one search looks at: beyond it the page ends early, and its cursor says where
/// to go on. Requests wait for each other, so none may take as long as it likes.
const SCAN_MAX: usize = 100_000;

/// `promise.search`.
pub(super) fn promises(step: &mut Step<'_>, search: &PromiseSearch) -> Handled<Response> {
    let mut page = Page::new(limit(search.limit, PROMISES));
    let looked_at = scan_promises(step, search.cursor.as_deref(), |step, promise| {
        if carries(&promise.record.tags, search.tags.as_ref()) {
            let record = step.project(&promise.record);
            if search.state.is_none_or(|state| record.state == state) {
                page.add(promise.id().text(), record);
            }
        }
        Ok(page.is_full())
    })?;
    let (promises, cursor) = page.finish(looked_at);
    Ok(Response::Promises { promises, cursor })
}

/// `task.search`: the task of a promise past its deadline counts as fulfilled.
pub(super) fn tasks(step: &mut Step<'_>, search: &TaskSearch) -> Handled<Response> {
    let mut page: Page<TaskRecord> = Page::new(limit(search.limit, TASKS));
    let looked_at = scan_promises(step, search.cursor.as_deref(), |step, promise| {
        if promise.task.is_some() {
            let task = as_it_stands(step, promise)?;
            page.extend(
                promise.id().text(),
                task.filter(|task| search.state.is_none_or(|state| task.state == state)),
            );
        }
        Ok(page.is_full())
    })?;
    let (tasks, cursor) = page.finish(looked_at);
    Ok(Response::Tasks { tasks, cursor })
}

/// `schedule.search`.
pub(super) fn schedules(step: &mut Step<'_>, search: &ScheduleSearch) -> Handled<Response> {
    let mut page: Page<Arc<ScheduleRecord>> = Page::new(limit(search.limit, SCHEDULES));
    let mut cursor = search.cursor.as_ref().map(Arc::clone);
    while !page.is_full() {
        let rows = step.view.schedules_after(cursor.as_deref(), SCAN)?;
        let Some(last) = rows.last() else { break };
        cursor = Some(Arc::clone(last.id.text()));
        for schedule in rows {
            if carries(&schedule.promise_tags, search.tags.as_ref()) {
                page.add(&Arc::clone(schedule.id.text()), schedule);
            }
        }
    }
    let (schedules, cursor) = page.finish(None);
    Ok(Response::Schedules { schedules, cursor })
}

/// A page in the making, and whether anything follows it.
struct Page<T> {
    limit: usize,
    rows: Vec<T>,
    last: Option<Text>,
    more: bool,
}

impl<T> Page<T> {
    fn new(limit: usize) -> Self {
        Self {
            limit,
            rows: Vec::new(),
            last: None,
            more: false,
        }
    }

    fn add(&mut self, id: &Text, row: T) {
        if self.rows.len() == self.limit {
            self.more = true;
        } else {
            self.rows.push(row);
            self.last = Some(Arc::clone(id));
        }
    }

    fn extend(&mut self, id: &Text, row: Option<T>) {
        if let Some(row) = row {
            self.add(id, row);
        }
    }

    /// Whether the page is complete and it is known that something follows.
    fn is_full(&self) -> bool {
        self.more
    }

    /// The rows, and the cursor when there may be more: the last id of the page, or of what was
    /// looked at when that had to end.
    fn finish(self, looked_at: Option<Text>) -> (Vec<T>, Option<Text>) {
        (self.rows, self.last.filter(|_| self.more).or(looked_at))
    }
}

/// Hands every promise after `cursor` to `visit`, until that says it is enough. When the search
/// has looked at all it may look at, the answer is the last id of that.
fn scan_promises<'a>(
    step: &mut Step<'a>,
    cursor: Option<&str>,
    mut visit: impl FnMut(&mut Step<'a>, &Promise) -> Result<bool, StoreError>,
) -> Result<Option<Text>, StoreError> {
    let mut cursor: Option<Text> = cursor.map(Into::into);
    for _ in 0..SCAN_MAX.div_ceil(SCAN) {
        let rows = step.view.promises_after(cursor.as_deref(), SCAN)?;
        let Some(last) = rows.last() else {
            return Ok(None);
        };
        cursor = Some(Arc::clone(last.id().text()));
        for promise in &rows {
            if visit(step, promise)? {
                return Ok(None);
            }
        }
    }
    Ok(cursor)
}

/// The task's record, a passed deadline counted.
fn as_it_stands(step: &mut Step<'_>, promise: &Promise) -> Result<Option<TaskRecord>, StoreError> {
    if step.project(&promise.record).state.is_pending() {
        return step.task_record(promise);
    }
    Ok(promise.task.as_ref().map(|task| {
        let finished = Task {
            state: TaskState::Fulfilled,
            version: task.version,
        };
        finished.record(promise.id(), 0)
    }))
}

fn limit(asked: Option<i64>, default: usize) -> usize {
    asked
        .and_then(|limit| usize::try_from(limit).ok())
        .unwrap_or(default)
}

/// Whether `tags` carries every one of the labels asked for.
fn carries(tags: &Tags, asked: Option<&Tags>) -> bool {
    asked.is_none_or(|asked| {
        let mut asked = asked.iter();
        asked.all(|(key, value)| tags.get(key) == Some(value))
    })
}
