//! Work that this process could not run, and why: not dropped, not settled, always loud.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use resonate_core::execution::Disagreement;
use resonate_core::protocol::{Refusal, TaskRef};
use resonate_core::registry::Registry;
use resonate_core::{PromiseId, TaskVersion};
use tokio::time::Instant;

use crate::error::Error;

/// Why an execution cannot go on in this process. It is a fault of a deploy or of its
/// surroundings, not an outcome of the function: nothing is settled and nothing is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FaultKind {
    /// No function of that name is linked into this program.
    UnknownFunction,
    /// The function is here, but not in that version.
    UnknownVersion,
    /// The body of a workflow panicked.
    Panicked,
    /// A recorded argument or result does not fit the code.
    Undecodable,
    /// The code asked for another step than was recorded.
    NonDeterminism,
    /// The engine refused a request in a way that it will repeat.
    Refused,
}

/// One piece of work that this process could not run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Fault {
    /// The promise whose execution is held.
    pub id: String,
    /// Which way it failed.
    pub kind: FaultKind,
    /// What was wrong, where, and what to do.
    pub message: String,
    /// When it was first seen.
    pub since: SystemTime,
    /// How often it was tried here.
    pub attempts: u32,
}

/// A fault as the run reports it.
#[derive(Clone, Debug)]
pub(crate) struct FaultReport {
    pub(crate) kind: FaultKind,
    pub(crate) message: String,
}

impl FaultReport {
    pub(crate) fn new(kind: FaultKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }

    pub(crate) fn unknown(registry: &Registry, name: &str, version: Option<u32>) -> Self {
        let kind = match registry.latest(name) {
            Some(_) => FaultKind::UnknownVersion,
            None => FaultKind::UnknownFunction,
        };
        Self::new(kind, describe_unknown(registry, name, version))
    }

    pub(crate) fn undecodable(id: &PromiseId, misfit: &Error) -> Self {
        Self::new(
            FaultKind::Undecodable,
            format!(
                "what was recorded under `{id}` does not fit this program: {misfit}. Put the old type back, or add a version of the function"
            ),
        )
    }

    pub(crate) fn disagreement(disagreement: &Disagreement) -> Self {
        Self::new(
            FaultKind::NonDeterminism,
            format!(
                "the code is not what this execution was recorded with: {disagreement}. Put the old order of steps back, or add a version of the function; and read time, randomness and ids through `ctx`"
            ),
        )
    }

    pub(crate) fn panicked(name: &str, message: &str) -> Self {
        Self::new(
            FaultKind::Panicked,
            format!("the workflow `{name}` panicked: {message}"),
        )
    }

    pub(crate) fn refused(what: &str, refusal: &Refusal) -> Self {
        Self::new(
            FaultKind::Refused,
            format!("the engine refused {what}: {refusal}"),
        )
    }
}

/// What is here where something is not: the wanted function, its versions, the nearest names.
pub(crate) fn describe_unknown(registry: &Registry, name: &str, version: Option<u32>) -> String {
    let versions: Vec<String> = registry.versions(name).map(|v| v.to_string()).collect();
    let wanted = version.map_or_else(String::new, |version| format!(" version {version}"));
    if !versions.is_empty() {
        return format!(
            "no{wanted} of `{name}` is linked into this program: it has {}. Keep the old version beside the new one until nothing runs on it, or start a worker that has it",
            list("version", &versions),
        );
    }
    let near: Vec<String> = registry
        .nearest(name)
        .iter()
        .map(|near| format!("`{near}`"))
        .collect();
    let hint = if near.is_empty() {
        format!("{} functions are here", registry.len())
    } else {
        format!("the nearest names here: {}", near.join(", "))
    };
    format!(
        "no function `{name}` is linked into this program ({hint}). If it is in a library crate that nothing here names, write `resonate::link!(that_crate);`; otherwise start a worker that has it"
    )
}

fn list(noun: &str, items: &[String]) -> String {
    let plural = if items.len() == 1 { "" } else { "s" };
    format!("{noun}{plural} {}", items.join(", "))
}

/// First wait before work that failed here is tried again.
const HOLD_FIRST: Duration = Duration::from_secs(1);
/// Longest wait.
pub(super) const HOLD_MAX: Duration = Duration::from_secs(60);

/// Work that is held back, by id.
#[derive(Default)]
pub(crate) struct Faults {
    held: Mutex<HashMap<PromiseId, Held>>,
}

struct Held {
    fault: Fault,
    until: Instant,
    /// The offer to take up when the wait ends.
    version: TaskVersion,
}

impl Faults {
    /// Notes that the work failed here; how long to leave it alone, and how often it failed.
    /// Logged once per change of state.
    pub(crate) fn note(
        &self,
        task: &TaskRef,
        report: &FaultReport,
        now: SystemTime,
    ) -> (Duration, u32) {
        let TaskRef { id, version } = task;
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let known = held.get(id).filter(|held| held.fault.kind == report.kind);
        let (attempts, since) = known.map_or((1, now), |held| {
            (held.fault.attempts.saturating_add(1), held.fault.since)
        });
        if known.is_none() {
            tracing::error!(%id, kind = ?report.kind, "cannot run this work here: {}", report.message);
        } else {
            tracing::debug!(%id, kind = ?report.kind, attempts, "still cannot run this work here");
        }
        let wait = HOLD_FIRST
            .saturating_mul(1 << (attempts - 1).min(6))
            .min(HOLD_MAX);
        let fault = Fault {
            id: id.to_string(),
            kind: report.kind,
            message: report.message.clone(),
            since,
            attempts,
        };
        held.insert(
            id.clone(),
            Held {
                fault,
                until: Instant::now() + wait,
                version: *version,
            },
        );
        (wait, attempts)
    }

    /// Whether to leave this offer alone for now; remembers it.
    pub(crate) fn holds(&self, id: &PromiseId, version: TaskVersion) -> bool {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(held) = held.get_mut(id) else {
            return false;
        };
        held.version = held.version.max(version);
        Instant::now() < held.until
    }

    pub(crate) fn is_held(&self, id: &PromiseId) -> bool {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.contains_key(id)
    }

    /// Held work is on offer at this version now.
    pub(crate) fn renumber(&self, id: &PromiseId, version: TaskVersion) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = held.get_mut(id) {
            held.version = version;
        }
    }

    /// Leaves held work alone for this long again: somebody else has it, or just had.
    pub(crate) fn postpone(&self, id: &PromiseId, wait: Duration) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = held.get_mut(id) {
            held.until = Instant::now() + wait;
        }
    }

    /// The offer to take up when the wait has ended.
    pub(crate) fn retry_of(&self, id: &PromiseId) -> Option<TaskVersion> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.get(id).map(|held| held.version)
    }

    /// The work runs, or ran elsewhere.
    pub(crate) fn clear(&self, id: &PromiseId) {
        let removed = self
            .held
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(id);
        if removed.is_some() {
            tracing::info!(%id, "work that was held back goes on");
        }
    }

    pub(crate) fn list(&self) -> Vec<Fault> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let mut faults: Vec<Fault> = held.values().map(|held| held.fault.clone()).collect();
        faults.sort_by(|one, other| one.id.cmp(&other.id));
        faults
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is held: {}", self.id, self.message)
    }
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.list()).finish()
    }
}
