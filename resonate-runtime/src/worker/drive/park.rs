//! What is left of a driver while its execution is suspended, and how it goes on.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use resonate_core::execution::Branch;
use resonate_core::protocol::{PromiseRecord, TaskRef};
use resonate_core::{Millis, PromiseId, TaskVersion};

use super::journal::Journal;
use super::{Driver, Ending};
use crate::worker::claim::Claim;
use crate::worker::heartbeat::Lease;
use crate::worker::pass::{LocalWork, Pass};
use crate::worker::strand::Running;

/// A suspended execution as it stands: its bodies, and what they know. It has no lease, no timers
/// and no requests under way.
pub(crate) struct Parked {
    /// The claim that it was suspended under.
    version: TaskVersion,
    /// When its promise was made: another one of the same id is another execution.
    created_at: Millis,
    fresh: bool,
    waits_for: Box<[PromiseId]>,
    pass: Arc<Pass>,
    root: LocalWork,
    strands: Vec<Running>,
    branch: Option<Branch>,
    nested: BTreeMap<usize, usize>,
    ended: BTreeSet<usize>,
    journal: Journal,
    unwatched: BTreeSet<usize>,
    deadlines: HashMap<usize, Millis>,
    detached: HashSet<usize>,
    canceling: Vec<usize>,
    warned: bool,
}

impl Parked {
    pub(crate) fn id(&self) -> &PromiseId {
        &self.root.about.id
    }

    /// When its promise settles by itself.
    pub(crate) fn deadline(&self) -> Millis {
        self.root.about.deadline
    }

    /// The promises that it waits for.
    pub(crate) fn waits_for(&self) -> &[PromiseId] {
        &self.waits_for
    }

    /// Whether this offer is of the task as it was suspended.
    pub(crate) fn is_of(&self, offered: &TaskRef) -> bool {
        offered.version == self.version
    }

    /// Whether this claim is the next one after that under which it was suspended: then nobody
    /// ran it meanwhile, and it stands where its records end.
    pub(crate) fn is_next(&self, claim: &Claim) -> bool {
        claim.lease.version == self.version.next() && claim.record.created_at == self.created_at
    }
}

impl Driver {
    /// Keeps what a suspended execution needs to go on; none where something is still under way.
    pub(crate) fn park(self) -> Option<Parked> {
        let is_still = self.requests.is_empty()
            && self.leaves.is_empty()
            && self.restarts.is_empty()
            && self.unwritten.is_empty();
        if !is_still {
            return None;
        }
        let waits_for = self.open().into_keys().collect();
        let (mut unwatched, mut deadlines) = (self.unwatched, self.deadlines);
        unwatched.extend(self.watched);
        let mut strands = self.strands;
        strands.shrink_to_fit();
        let mut steps = self.pass.steps();
        steps.shrink();
        unwatched.retain(|op| steps.is_open(*op));
        deadlines.retain(|op, _| steps.is_open(*op));
        drop(steps);
        Some(Parked {
            version: self.lease.version,
            created_at: self.created_at,
            fresh: self.fresh,
            waits_for,
            pass: self.pass,
            root: self.root,
            strands,
            branch: self.branch,
            nested: self.nested,
            ended: self.ended,
            journal: self.journal,
            unwatched,
            deadlines,
            detached: self.detached,
            canceling: self.canceling,
            warned: self.warned,
        })
    }

    /// Goes on under a claim that [is the next one](Parked::is_next).
    pub(crate) fn unpark(parked: Parked, lease: Arc<Lease>) -> Self {
        let Parked {
            version: _,
            created_at,
            fresh,
            waits_for: _,
            pass,
            root,
            strands,
            branch,
            nested,
            ended,
            journal,
            unwatched,
            deadlines,
            detached,
            canceling,
            warned,
        } = parked;
        Self {
            fresh,
            strands,
            branch,
            nested,
            ended,
            unwatched,
            deadlines,
            detached,
            canceling,
            warned,
            ..Self::at_rest(pass, lease, root, created_at, journal)
        }
    }

    /// Drives the execution from where it was suspended until the turn ends.
    pub(crate) async fn go_on(&mut self, known: Vec<Arc<PromiseRecord>>) -> Ending {
        let core = Arc::clone(&self.core);
        let lost = self.lease.lost();
        let ending = tokio::select! {
            biased;
            () = lost => Some(Ending::Lost),
            () = core.stopping() => Some(Ending::Released("this process is shutting down")),
            ending = self.catch_up(known) => ending,
        };
        match ending {
            Some(ending) => ending,
            None => self.run().await,
        }
    }

    /// The promises that the execution waits for, and the steps of each. Somebody may have
    /// canceled a workflow that is a step of this one, so it waits for those too.
    fn open(&self) -> BTreeMap<PromiseId, Vec<usize>> {
        let mut open: BTreeMap<PromiseId, Vec<usize>> = BTreeMap::new();
        let awaited = self.awaited();
        let steps = self.pass.steps();
        for op in awaited.iter().chain(self.nested.keys()) {
            let id = steps.ops[*op].id.clone();
            open.entry(id).or_default().push(*op);
        }
        open
    }

    /// Takes in which of the promises that the execution waits for have settled: from what came
    /// with an answer, or else by reading them.
    pub(super) async fn catch_up(&mut self, known: Vec<Arc<PromiseRecord>>) -> Option<Ending> {
        let mut open = self.open();
        let mut unknown: BTreeSet<PromiseId> = open.keys().cloned().collect();
        let mut settled = Vec::new();
        for record in known {
            if unknown.remove(&record.id) && !record.state.is_pending() {
                settled.push(record);
            }
        }
        if !unknown.is_empty() {
            match self.read(unknown.into_iter().collect()).await {
                Ok(read) => settled.extend(read.into_iter().filter(|it| !it.state.is_pending())),
                Err(stop) => return Some(stop.into()),
            }
        }
        for record in settled {
            for op in open.remove(&record.id).unwrap_or_default() {
                self.stop_running(op);
                self.settled(op, Arc::clone(&record));
            }
        }
        None
    }
}
