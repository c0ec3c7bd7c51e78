//! What leaves know of the simulation: where they note that they run.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use resonate::{Info, PromiseState};
use resonate_core::PromiseId;
use tokio::time::Instant;

use crate::store::Vault;
use crate::trace::Trace;

/// What one process lends to its leaves.
#[derive(Clone, Debug)]
pub(crate) struct Floor {
    pub(crate) pid: String,
    /// When the process started.
    pub(crate) since: Instant,
    pub(crate) book: Arc<Book>,
}

/// Every run of a leaf, and every promise that was announced.
#[derive(Debug)]
pub(crate) struct Book {
    vault: Arc<Vault>,
    trace: Arc<Trace>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The arguments that each leaf was first run with.
    told: BTreeMap<String, String>,
    announced: Vec<(String, u64)>,
    /// When the engine last broke its word on leases: its clock jumped, or it took all of them
    /// back when it started again. Whoever ran then may hold a claim that is over, and learns of
    /// that no earlier than at its next fenced request: a heartbeat does not tell.
    broken_at: Option<Instant>,
}

impl Book {
    pub(crate) fn new(vault: Arc<Vault>, trace: Arc<Trace>) -> Arc<Self> {
        Arc::new(Self {
            vault,
            trace,
            state: Mutex::default(),
        })
    }

    /// Leases that are held now may be given to others at once.
    pub(crate) fn leases_break(&self) {
        self.state.lock().unwrap().broken_at = Some(Instant::now());
    }

    /// Promises that were announced since the last look, with the value for each.
    pub(crate) fn take_announced(&self) -> Vec<(String, u64)> {
        std::mem::take(&mut self.state.lock().unwrap().announced)
    }
}

impl Floor {
    /// An attempt of a leaf begins.
    pub(crate) fn begins(&self, info: &Info, arguments: &str) {
        let (id, attempt, book) = (info.id(), info.attempt(), &self.book);
        book.trace.count("leaves run");
        book.trace.line(format_args!(
            "{} runs {id} attempt {attempt}: {arguments}",
            self.pid
        ));
        let mut state = book.state.lock().unwrap();
        let first = state.told.get(id).cloned();
        match first {
            None => {
                state.told.insert(id.to_owned(), arguments.to_owned());
            }
            Some(first) => {
                book.trace.count("leaves run again");
                if first != arguments {
                    book.trace.finding(format_args!(
                        "`{id}` ran with other arguments: {first}, then {arguments}"
                    ));
                }
            }
        }
        let overlap = state
            .broken_at
            .is_some_and(|broken_at| self.since <= broken_at);
        let kept = book.vault.kept();
        let settled = kept
            .promises
            .get(&PromiseId::from(id))
            .is_some_and(|promise| has_result(promise.record.state));
        if settled && overlap {
            book.trace.count("settled leaves run by zombies");
        } else if settled {
            book.trace
                .finding(format_args!("E1: `{id}` runs and is settled already"));
        }
    }

    /// A promise waits to be settled with this value.
    pub(crate) fn announce(&self, id: String, value: u64) {
        self.book.state.lock().unwrap().announced.push((id, value));
    }
}

/// Whether a leaf ran to this end; who is canceled may still begin, until it learns of that.
fn has_result(state: PromiseState) -> bool {
    match state {
        PromiseState::Resolved | PromiseState::Rejected => true,
        PromiseState::Pending | PromiseState::RejectedCanceled | PromiseState::RejectedTimedout => {
            false
        }
    }
}
