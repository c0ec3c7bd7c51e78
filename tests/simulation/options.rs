//! What kind of world a seed makes.

use std::time::Duration;

use support::random::Random;

/// What kind of world a seed makes.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) seed: u64,
    pub(crate) workers: usize,
    pub(crate) roots: usize,
    /// Operations of a root's plan, about.
    pub(crate) size: usize,
    pub(crate) lease: Duration,
    pub(crate) concurrency: usize,
    /// Requests of one call share a commit, as in an embedded engine.
    pub(crate) atomic: bool,
    /// The store is a file.
    pub(crate) on_file: bool,
    /// Promises that come along with a claim; only where calls are not atomic.
    pub(crate) preload: usize,
    /// Promises that come along with the answer to a fence, likewise.
    pub(crate) fence_preload: usize,
    /// How often each happens to a request or a message, in percent.
    pub(crate) loss: usize,
    pub(crate) duplication: usize,
    pub(crate) delay: usize,
    /// Things that go wrong at once, before all faults end.
    pub(crate) mishaps: usize,
    /// Clocks jump, and are off.
    pub(crate) clocks: bool,
    /// How many suspended executions a worker keeps as they stand, and for how long.
    pub(crate) warm: usize,
    pub(crate) warm_for: Duration,
}

impl Options {
    pub(crate) fn draw(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let mut upto = |least: usize, most: usize| least + random.below(most - least + 1);
        let atomic = upto(0, 99) < 60;
        let rate = upto(0, 2);
        Self {
            seed,
            workers: upto(2, 5),
            roots: upto(2, 6),
            size: upto(3, 12),
            lease: Duration::from_millis(3_000 + 1_000 * upto(0, 7) as u64),
            concurrency: upto(1, 8),
            atomic,
            on_file: seed % 8 == 7,
            preload: if atomic { 10_000 } else { upto(0, 20) },
            fence_preload: match seed % 3 {
                _ if atomic => 0,
                0 => 0,
                1 => 10,
                _ => usize::MAX,
            },
            loss: upto(0, 15) * rate,
            duplication: upto(0, 15) * rate,
            delay: upto(0, 15) * rate,
            mishaps: upto(2, 14),
            clocks: upto(0, 1) == 0,
            // None, as few that they drive each other out, or all.
            warm: [0, upto(1, 3), 1_000][upto(0, 2)],
            warm_for: Duration::from_millis(500 * upto(1, 40) as u64),
        }
    }
}
