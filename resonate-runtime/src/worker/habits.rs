//! The engine's habits, as this process has seen them: they decide what is cheap, never what is
//! right.

use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

/// Answers that come sooner than this come from so near that overlapping them gains little.
const NEAR: Duration = Duration::from_millis(2);
/// The head start of a creation before its result, as a part of the way there and back.
const HEAD_START: u32 = 4;
/// The longest head start.
const HEAD_START_MAX: Duration = Duration::from_millis(5);
/// So many results wait for their creation's answer after one that overtook it.
const PATIENCE: u32 = 64;

const UNKNOWN: u8 = 0;
const BARE: u8 = 1;
const LADEN: u8 = 2;

/// What answers to fences carry besides what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FenceAnswers {
    /// None was seen yet.
    Unknown,
    /// Nothing.
    Bare,
    /// The promises of the task's branch, all or many, each time.
    Laden,
}

/// What was seen so far.
#[derive(Debug, Default)]
pub(crate) struct Habits {
    fences: AtomicU8,
    /// The shortest time to an answer of late, in microseconds; 0 when none was seen.
    soonest: AtomicU64,
    /// Results that do not overlap their creation, yet.
    apart: AtomicU32,
}

impl Habits {
    pub(crate) fn fence_answers(&self) -> FenceAnswers {
        match self.fences.load(Ordering::Relaxed) {
            BARE => FenceAnswers::Bare,
            LADEN => FenceAnswers::Laden,
            _ => FenceAnswers::Unknown,
        }
    }

    /// A fence was answered that made or settled a promise of the task's branch.
    pub(crate) fn note_fence(&self, preload: usize) {
        if preload > 0 {
            self.fences.store(LADEN, Ordering::Relaxed);
        } else {
            let unknown = (UNKNOWN, BARE);
            let (order, failed) = (Ordering::Relaxed, Ordering::Relaxed);
            // Whoever was faster knows as much.
            let _known = self
                .fences
                .compare_exchange(unknown.0, unknown.1, order, failed);
        }
    }

    /// An answer took this long. The shortest counts, as what makes others longer is no distance;
    /// it is forgotten slowly.
    pub(crate) fn note_answer(&self, took: Duration) {
        let took = u64::try_from(took.as_micros()).unwrap_or(u64::MAX).max(1);
        let soonest = match self.soonest.load(Ordering::Relaxed) {
            0 => took,
            known => took.min(known.saturating_add(known / 64 + 1)),
        };
        self.soonest.store(soonest, Ordering::Relaxed);
    }

    /// Whether a result may set out before its creation is answered, and how long after it: it
    /// arrives later, as a rule, and saves most of a way there and back.
    pub(crate) fn may_overlap(&self) -> Option<Duration> {
        let soonest = Duration::from_micros(self.soonest.load(Ordering::Relaxed));
        if soonest < NEAR {
            return None;
        }
        let apart = self.apart.load(Ordering::Relaxed);
        if apart > 0 {
            self.apart.store(apart - 1, Ordering::Relaxed);
            return None;
        }
        Some((soonest / HEAD_START).min(HEAD_START_MAX))
    }

    /// A result overtook its creation.
    pub(crate) fn note_overtaken(&self) {
        self.apart.store(PATIENCE, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_fence_carries_is_learned_once_and_corrected_one_way() {
        let habits = Habits::default();
        assert_eq!(habits.fence_answers(), FenceAnswers::Unknown);
        habits.note_fence(0);
        assert_eq!(habits.fence_answers(), FenceAnswers::Bare);
        habits.note_fence(1);
        habits.note_fence(0);
        assert_eq!(habits.fence_answers(), FenceAnswers::Laden);
    }

    #[test]
    fn only_a_far_engine_is_overlapped_and_not_after_one_that_was_overtaken() {
        let habits = Habits::default();
        assert_eq!(habits.may_overlap(), None);
        habits.note_answer(Duration::from_millis(4));
        assert_eq!(habits.may_overlap(), Some(Duration::from_millis(1)));
        habits.note_overtaken();
        let waited = std::iter::repeat_with(|| habits.may_overlap()).take_while(Option::is_none);
        assert_eq!(waited.count(), PATIENCE as usize);
        habits.note_answer(Duration::from_micros(300));
        assert_eq!(habits.may_overlap(), None);
    }
}
