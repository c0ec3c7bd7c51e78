//! Schedules on the wire: their record and the `schedule.*` requests.

use serde::{Deserialize, Serialize};

use crate::{Millis, ScheduleId, Tags, Text, Value};

/// A schedule as answers carry it (protocol §2.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScheduleRecord {
    /// Its id.
    pub id: ScheduleId,
    /// When it fires: a cron line, in UTC.
    pub cron: Text,
    /// Template of the created promises' ids: `{{.id}}` and `{{.timestamp}}` are replaced.
    pub promise_id: Text,
    /// Deadline of the created promises, in milliseconds after the occurrence.
    pub promise_timeout: i64,
    /// Input of the created promises.
    pub promise_param: Value,
    /// Labels of the created promises.
    pub promise_tags: Tags,
    /// When it was created.
    pub created_at: Millis,
    /// Its next occurrence.
    pub next_run_at: Millis,
    /// Its latest occurrence; absent before the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_run_at: Option<Millis>,
}

/// `schedule.get`, `schedule.delete`: a request that names only a schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleName {
    /// Which schedule.
    pub id: ScheduleId,
}

/// `schedule.create`: create a schedule, or read the one that has this id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScheduleCreate {
    /// The id; creation is idempotent on it alone.
    pub id: ScheduleId,
    /// When it fires: a cron line, in UTC.
    pub cron: Text,
    /// Template of the created promises' ids.
    pub promise_id: Text,
    /// Deadline of the created promises, in milliseconds after the occurrence.
    pub promise_timeout: i64,
    /// Input of the created promises.
    #[serde(default)]
    pub promise_param: Value,
    /// Labels of the created promises.
    #[serde(default)]
    pub promise_tags: Tags,
}

/// `schedule.search`: schedules by their promises' labels, in the order of their ids.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleSearch {
    /// Only schedules whose promises carry every one of these labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Tags>,
    /// Page size, 1 to 1,000; 10 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
    /// The last id of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Text>,
}
