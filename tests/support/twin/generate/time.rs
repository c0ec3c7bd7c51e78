//! When the next step happens: mostly soon, often exactly at, before or after a deadline.

use resonate_core::Millis;

use super::{Generator, Model, Mood};
use crate::machine::CRON_LINES;

/// How many occurrences of one schedule a jump may pass, so that a script stays small.
const OCCURRENCES_MAX: i64 = 20;
/// How many a leap may pass: more than the engine does in one batch.
const OCCURRENCES_OF_LEAP: i64 = 300;

#[derive(Clone, Copy)]
enum Pace {
    Still,
    Blink,
    Stroll,
    Wakeup,
    AnyDeadline,
    Retry,
    Leap,
    Back,
}

impl Generator {
    /// Moves the clock and reads it; now and then the reading is of the past.
    pub(super) fn instant(&mut self, model: &Model) -> Millis {
        let calm = self.mood == Mood::Calm;
        let pace = self.weighed(&[
            (40, Pace::Still),
            (30, Pace::Blink),
            (if calm { 4 } else { 12 }, Pace::Stroll),
            (if calm { 8 } else { 14 }, Pace::Wakeup),
            (if calm { 1 } else { 8 }, Pace::AnyDeadline),
            (2, Pace::Retry),
            (1, Pace::Leap),
            (4, Pace::Back),
        ]);
        let around = self.between(-1, 1);
        let next = match pace {
            Pace::Still | Pace::Back => self.now,
            Pace::Blink => self.now + self.between(1, 20),
            Pace::Stroll => self.now + self.between(100, 5_000),
            Pace::Wakeup => model
                .next_wakeup()
                .map_or(self.now, Millis::get)
                .saturating_add(around),
            Pace::AnyDeadline => self.a_deadline(model).saturating_add(around),
            Pace::Retry => self.now + 30_000,
            Pace::Leap => self.now + self.between(60_000, 10_800_000),
        };
        let leap = matches!(pace, Pace::Leap);
        let occurrences = if leap {
            OCCURRENCES_OF_LEAP
        } else {
            OCCURRENCES_MAX
        };
        let furthest = self.now + furthest(model, occurrences);
        if next <= furthest {
            self.now = self.now.max(next);
        } else if next < i64::MAX - 10 {
            self.now = furthest;
        }
        let back = if matches!(pace, Pace::Back) {
            self.between(1, 100_000)
        } else {
            0
        };
        Millis::new((self.now - back).max(0))
    }

    fn a_deadline(&mut self, model: &Model) -> i64 {
        let promises = &model.kept.promises;
        if promises.is_empty() {
            return self.now;
        }
        let nth = self.random.below(promises.len());
        promises
            .values()
            .nth(nth)
            .map_or(self.now, |it| it.record.timeout_at.get())
    }
}

/// The longest jump that passes few enough occurrences of the schedules there are.
fn furthest(model: &Model, occurrences: i64) -> i64 {
    let crons = model
        .kept
        .schedules
        .values()
        .map(|schedule| &*schedule.cron);
    let period = |cron| {
        CRON_LINES
            .iter()
            .find(|(line, _, _)| *line == cron)
            .map(|it| it.1)
    };
    let shortest = crons.filter_map(period).min().unwrap_or(3_600_000);
    shortest.saturating_mul(occurrences).min(20_000_000)
}
