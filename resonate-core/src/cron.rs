//! When a schedule fires: the cron dialect of the servers, in UTC.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};

use crate::excerpt::Excerpt;
use crate::{Millis, Text};

/// The longest cron line that is read; longer ones are mistakes.
const LINE_BYTES_MAX: usize = 1024;
/// 2101-01-01: the years of a cron line are 1970 to 2100.
const END_OF_YEARS_MILLIS: i64 = 4_133_980_800_000;
/// The second before the first year, so that 1970-01-01T00:00:00 itself can be next.
const BEFORE_YEARS_MILLIS: i64 = -1000;

/// A cron line, read and checked (protocol §3.9).
///
/// Five fields (minute first), six (second first) or seven (year last), all in UTC, or one of
/// `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`. Days of the week are 1 (Sunday) to 7
/// (Saturday), or names. When a day of the month and a day of the week are given, both must hold.
///
/// ```
/// use resonate_core::Millis;
/// use resonate_core::cron::Cron;
///
/// let every_minute: Cron = "* * * * *".parse().unwrap();
/// assert_eq!(every_minute.next_after(Millis::new(90_000)), Some(Millis::new(120_000)));
///
/// let mistake = "0 0 * * 0".parse::<Cron>().unwrap_err();
/// assert!(mistake.to_string().contains("day of the week"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cron {
    line: Text,
    schedule: cron::Schedule,
}

impl Cron {
    /// The first instant strictly after `after`; `None` when there is none until the end of 2100.
    #[must_use]
    pub fn next_after(&self, after: Millis) -> Option<Millis> {
        let after = after.get().max(BEFORE_YEARS_MILLIS);
        if after >= END_OF_YEARS_MILLIS {
            return None;
        }
        let after: DateTime<Utc> = DateTime::from_timestamp_millis(after)?;
        let next = self.schedule.after(&after).next()?;
        Some(Millis::new(next.timestamp_millis()))
    }

    /// The instants after `after` and up to `until` itself, in order.
    pub fn occurrences(&self, after: Millis, until: Millis) -> impl Iterator<Item = Millis> {
        std::iter::successors(self.next_after(after), |last| self.next_after(*last))
            .take_while(move |at| *at <= until)
    }

    /// The line as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.line
    }
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line)
    }
}

impl FromStr for Cron {
    type Err = CronError;

    fn from_str(line: &str) -> Result<Self, CronError> {
        read(line)
            .map(|schedule| Self {
                line: line.into(),
                schedule,
            })
            .map_err(|problem| CronError {
                line: line.into(),
                problem,
            })
    }
}

/// A text that is no cron line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CronError {
    /// The text.
    pub line: Text,
    /// What is wrong with it.
    pub problem: CronProblem,
}

/// What is wrong with a text that should be a cron line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CronProblem {
    /// It does not have 5, 6 or 7 fields.
    FieldCount(usize),
    /// It begins with `@` and is none of the known words.
    UnknownWord,
    /// It is longer than 1 KiB.
    TooLong,
    /// One field is wrong.
    Field {
        /// Which one.
        field: CronField,
        /// What it says.
        text: Text,
    },
}

/// A field of a cron line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "a field is its name")]
pub enum CronField {
    Second,
    Minute,
    Hour,
    DayOfMonth,
    Month,
    DayOfWeek,
    Year,
}

impl CronField {
    /// In the order of a line of seven.
    const ALL: [Self; 7] = [
        Self::Second,
        Self::Minute,
        Self::Hour,
        Self::DayOfMonth,
        Self::Month,
        Self::DayOfWeek,
        Self::Year,
    ];

    /// Its name, and what it takes.
    const fn describe(self) -> (&'static str, &'static str) {
        match self {
            Self::Second => ("second", "0 to 59, for example `0`, `*/15`, `0,30`"),
            Self::Minute => ("minute", "0 to 59, for example `0`, `*/15`, `0,30`"),
            Self::Hour => ("hour", "0 to 23, for example `3`, `*/6`, `9-17`"),
            Self::DayOfMonth => ("day of the month", "1 to 31, for example `1`, `1,15`, `?`"),
            Self::Month => (
                "month",
                "1 to 12 or names, for example `1`, `*/3`, `JAN-MAR`",
            ),
            Self::DayOfWeek => (
                "day of the week",
                "1 (Sunday) to 7 (Saturday) or names, for example `MON-FRI`, `SUN`, `?`",
            ),
            Self::Year => ("year", "1970 to 2100, for example `2030`, `2030-2035`"),
        }
    }
}

impl fmt::Display for CronError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a cron line: ", Excerpt(&self.line))?;
        match &self.problem {
            CronProblem::FieldCount(count) => write!(
                f,
                "it has {count} {} and needs 5 (minute hour day month weekday, as in \
                 `0 3 * * *` or `*/5 9-17 * * MON-FRI`), 6 (second first) or 7 (year last)",
                if *count == 1 { "field" } else { "fields" }
            ),
            CronProblem::UnknownWord => f.write_str(
                "the words are `@hourly`, `@daily`, `@weekly`, `@monthly` and `@yearly`",
            ),
            CronProblem::TooLong => write!(f, "it is longer than {LINE_BYTES_MAX} bytes"),
            CronProblem::Field { field, text } => {
                let (name, takes) = field.describe();
                write!(f, "its {name} is `{}` and takes {takes}", Excerpt(text))
            }
        }
    }
}

impl std::error::Error for CronError {}

fn read(line: &str) -> Result<cron::Schedule, CronProblem> {
    if line.len() > LINE_BYTES_MAX {
        return Err(CronProblem::TooLong);
    }
    let written: Vec<&str> = line.split_whitespace().collect();
    if let [word] = written[..]
        && word.starts_with('@')
    {
        return word.parse().map_err(|_| CronProblem::UnknownWord);
    }
    let seven: Vec<&str> = match written.len() {
        5 => ["0"]
            .iter()
            .chain(&written)
            .chain(&["*"])
            .copied()
            .collect(),
        6 => written.iter().chain(&["*"]).copied().collect(),
        7 => written,
        count => return Err(CronProblem::FieldCount(count)),
    };
    for (position, field) in CronField::ALL.into_iter().enumerate() {
        check_field(position, field, seven[position])?;
    }
    seven
        .join(" ")
        .parse()
        .map_err(|_| CronProblem::FieldCount(seven.len()))
}

/// Reads one field alone in a line of seven, so that the mistake is known by its field, and so
/// that a text which would read as two fields (`**`) is refused.
fn check_field(position: usize, field: CronField, text: &str) -> Result<(), CronProblem> {
    let mut alone = ["*"; 7];
    alone[position] = text;
    match alone.join(" ").parse::<cron::Schedule>() {
        Ok(_) => Ok(()),
        Err(_) => Err(CronProblem::Field {
            field,
            text: text.into(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::{Cron, CronField, CronProblem};
    use crate::Millis;

    #[test]
    fn a_wrong_field_is_found_by_its_place_in_lines_of_every_length() {
        let table = [
            ("x * * * *", CronField::Minute),
            ("60 * * * * *", CronField::Second),
            ("* 24 * * *", CronField::Hour),
            ("* * 0 * *", CronField::DayOfMonth),
            ("* * * 13 *", CronField::Month),
            ("* * * * 0", CronField::DayOfWeek),
            ("* * * * 8", CronField::DayOfWeek),
            ("* * * * L", CronField::DayOfWeek),
            ("* * * * * * 2101", CronField::Year),
            ("* */0 * * *", CronField::Hour),
            ("** * * * *", CronField::Minute),
            ("? * * * *", CronField::Minute),
        ];
        for (line, wrong) in table {
            let problem = line.parse::<Cron>().unwrap_err().problem;
            assert!(
                matches!(problem, CronProblem::Field { field, .. } if field == wrong),
                "`{line}`: {problem:?}"
            );
        }
    }

    #[test]
    fn instants_at_the_edges_of_the_clock_are_answered() {
        let yearly: Cron = "@yearly".parse().unwrap();
        let next = |after| yearly.next_after(Millis::new(after)).map(Millis::get);
        assert_eq!(next(i64::MIN), Some(0));
        assert_eq!(next(-1), Some(0));
        assert_eq!(next(0), Some(31_536_000_000));
        assert_eq!(next(4_102_444_799_999), Some(4_102_444_800_000));
        assert_eq!(next(4_102_444_800_000), None);
        assert_eq!(next(i64::MAX), None);
    }
}
