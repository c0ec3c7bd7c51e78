//! What a client counted since it started.

use std::sync::atomic::{AtomicU64, Ordering};

/// One count, moved by the worker.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn increment(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

#[derive(Debug, Default)]
pub(crate) struct Counting {
    pub(crate) turns: Counter,
    pub(crate) completed: Counter,
    pub(crate) suspended: Counter,
    pub(crate) warm_resumes: Counter,
    pub(crate) cold_resumes: Counter,
    pub(crate) faults: Counter,
    pub(crate) leases_lost: Counter,
}

/// What a client counted since it started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Turns that were begun: a task claimed and run.
    pub turns: u64,
    /// Turns that ended with the promise settled.
    pub completed: u64,
    /// Turns that ended waiting for other promises.
    pub suspended: u64,
    /// Turns that went on where the execution stood when it was suspended: nothing was replayed.
    pub warm_resumes: u64,
    /// Turns of executions that had begun before, in this process or another, and were replayed.
    pub cold_resumes: u64,
    /// Turns that this process could not run to an end of the function: see `faults()`.
    pub faults: u64,
    /// Turns whose lease was lost on the way.
    pub leases_lost: u64,
}

impl Counting {
    pub(crate) fn read(&self) -> Counters {
        Counters {
            turns: self.turns.get(),
            completed: self.completed.get(),
            suspended: self.suspended.get(),
            warm_resumes: self.warm_resumes.get(),
            cold_resumes: self.cold_resumes.get(),
            faults: self.faults.get(),
            leases_lost: self.leases_lost.get(),
        }
    }
}
