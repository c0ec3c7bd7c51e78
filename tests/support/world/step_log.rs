//! What the functions of a test did, in order, and in which process.
#![allow(clippy::unwrap_used)]

use std::sync::{Arc, Mutex};

/// What functions did; its clones share one list. Every client of a world lends it to its
/// functions, under its process id.
#[derive(Clone, Debug, Default)]
pub struct StepLog {
    entries: Arc<Mutex<Vec<Entry>>>,
    pid: Arc<str>,
}

/// One thing that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The process.
    pub pid: String,
    /// What.
    pub what: String,
}

impl StepLog {
    /// The same list, written to by this process.
    #[must_use]
    pub fn of(&self, pid: &str) -> Self {
        Self {
            entries: Arc::clone(&self.entries),
            pid: pid.into(),
        }
    }

    /// Notes that something is done.
    pub fn note(&self, what: impl Into<String>) {
        let (pid, what) = (self.pid.to_string(), what.into());
        self.entries.lock().unwrap().push(Entry { pid, what });
    }

    /// What was done, in order.
    #[must_use]
    pub fn all(&self) -> Vec<String> {
        let entries = self.entries.lock().unwrap();
        entries.iter().map(|entry| entry.what.clone()).collect()
    }

    /// What this process did, in order.
    #[must_use]
    pub fn by(&self, pid: &str) -> Vec<String> {
        let entries = self.entries.lock().unwrap();
        let of_pid = entries.iter().filter(|entry| entry.pid == pid);
        of_pid.map(|entry| entry.what.clone()).collect()
    }

    /// How often exactly this was done.
    #[must_use]
    pub fn count(&self, what: &str) -> usize {
        self.all().iter().filter(|done| *done == what).count()
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.entries.lock().unwrap().clear();
    }
}
