//! What happened in a simulation: its lines repeat exactly when its seed does.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::{Mutex, MutexGuard};

use tokio::time::Instant;

/// What happened.
#[derive(Debug)]
pub(crate) struct Trace {
    started: Instant,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    lines: Vec<String>,
    counts: BTreeMap<&'static str, u64>,
    findings: Vec<String>,
}

/// The trace of a simulation that is over.
#[derive(Debug)]
pub(crate) struct Report {
    /// What happened, in order.
    pub(crate) lines: Vec<String>,
    /// How often.
    pub(crate) counts: BTreeMap<&'static str, u64>,
    /// What should not have happened.
    pub(crate) findings: Vec<String>,
}

impl Trace {
    pub(crate) fn start() -> Self {
        Self {
            started: Instant::now(),
            state: Mutex::default(),
        }
    }

    /// Milliseconds of virtual time since the start.
    pub(crate) fn elapsed(&self) -> u128 {
        self.started.elapsed().as_millis()
    }

    pub(crate) fn line(&self, line: impl Display) {
        let at = self.elapsed();
        self.state().lines.push(format!("{at:>8} {line}"));
    }

    pub(crate) fn count(&self, what: &'static str) {
        self.add(what, 1);
    }

    pub(crate) fn add(&self, what: &'static str, times: u64) {
        *self.state().counts.entry(what).or_default() += times;
    }

    /// Something happened that should not.
    pub(crate) fn finding(&self, what: impl Display) {
        self.line(format!("FINDING {what}"));
        let at = self.elapsed();
        self.state().findings.push(format!("at {at}: {what}"));
    }

    pub(crate) fn end(&self) -> Report {
        let state = std::mem::take(&mut *self.state());
        Report {
            lines: state.lines,
            counts: state.counts,
            findings: state.findings,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}
