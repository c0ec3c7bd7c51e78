//! The steps of one execution: how far each is, who awaits it, and which results are known and
//! not handed out.

use std::collections::{BTreeSet, VecDeque};
use std::ops::{Index, IndexMut};
use std::sync::Arc;
use std::task::Waker;

use resonate_core::protocol::{PromiseCreate, PromiseRecord, PromiseState};
use resonate_core::{Millis, PromiseId};

use super::fault::FaultReport;
use super::pass::{Begun, Work};
use crate::error::Result;

#[derive(Default)]
pub(crate) struct Steps {
    pub(crate) ops: Ops,
    /// Steps begun since the driver last looked, in order, with what there is to do.
    fresh: VecDeque<(usize, Work, PromiseCreate)>,
    /// Steps to cancel.
    pub(crate) cancels: Vec<usize>,
    /// Awaited and not handed out: (strand, step).
    awaiting: BTreeSet<(usize, usize)>,
    /// Those of them whose result is known.
    ready: BTreeSet<Ready>,
    /// Those whose creation or end somebody waits for and was not told of: (strand, step).
    gates: BTreeSet<(usize, usize)>,
    /// Why the execution cannot go on here.
    pub(crate) fault: Option<FaultReport>,
}

/// Steps by the order in which they were begun. The oldest are forgotten once nobody can ask for
/// them any more, so that a long execution holds no more than a short one.
#[derive(Default)]
pub(crate) struct Ops {
    forgotten: usize,
    kept: VecDeque<Op>,
}

/// One step that the code began.
pub(crate) struct Op {
    pub(crate) id: PromiseId,
    pub(crate) strand: usize,
    pub(crate) seq: u64,
    pub(crate) stage: Stage,
    /// Whether this execution settles it; otherwise somebody else does.
    pub(crate) is_local: bool,
    /// Whether the body that began it ends only after it.
    is_joined: bool,
    /// Whether it may call others.
    pub(crate) may_call: bool,
    /// Whether the code leaves the version to the record.
    pub(crate) any_version: bool,
    /// Whether the code has its handle, or asked for its cancellation.
    is_held: bool,
    is_canceled: bool,
    /// Whether its promise has to exist before its result does.
    pub(crate) eager: bool,
    /// Whether it is a call that this process may answer.
    pub(crate) is_call_here: bool,
    /// Whether this process takes it up as soon as it is recorded.
    pub(crate) prefers_here: bool,
    /// Whether the creation is asked for and not answered.
    pub(crate) is_on_its_way: bool,
    /// Whether the creation is acknowledged.
    pub(crate) created: bool,
    waker: Option<Waker>,
    /// What the code was told of it, short of its result.
    told: Progress,
    /// What somebody waits for, and who.
    wanted: Progress,
    gate: Vec<Waker>,
}

/// How far a step is, short of its result.
///
/// A wait for that ends at a place in the program that does not depend on when an answer came:
/// before any further result is handed out, and in the order of the steps. So a replay, which
/// gets its answers in another order, sees the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Progress {
    Begun,
    Created,
    Settled,
}

/// How far a step is.
pub(crate) enum Stage {
    Open,
    Settled(Result<Arc<PromiseRecord>>),
    /// Handed out: the next poll takes it.
    Delivered(Result<Arc<PromiseRecord>>),
    Consumed,
}

/// A result that is known, in the order of handing out: the oldest first, one that was canceled
/// after those that may have been the reason, then by the place in the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ready {
    pub(crate) strand: usize,
    settled_at: Millis,
    is_canceled: bool,
    seq: u64,
    pub(crate) op: usize,
}

impl Op {
    fn new(strand: usize, begun: &Begun) -> Self {
        Self {
            id: begun.id.clone(),
            strand,
            seq: begun.seq,
            stage: Stage::Open,
            is_local: begun.work.is_local(),
            is_joined: begun.work.is_joined(),
            may_call: begun.work.may_call(),
            any_version: matches!(begun.work, Work::Named(_)),
            is_held: true,
            is_canceled: false,
            eager: begun.eager,
            is_call_here: begun.is_call_here,
            prefers_here: begun.prefers_here,
            is_on_its_way: false,
            created: false,
            waker: None,
            told: Progress::Begun,
            wanted: Progress::Begun,
            gate: Vec::new(),
        }
    }

    /// Whether nobody will ask for this step again.
    fn is_over(&self) -> bool {
        let is_open = matches!(self.stage, Stage::Open);
        let is_wanted = self.is_held || (is_open && (self.is_joined || self.is_canceled));
        self.created && !self.is_on_its_way && !is_wanted
    }

    fn ready(&self, op: usize) -> Ready {
        let record = match &self.stage {
            Stage::Settled(Ok(record)) | Stage::Delivered(Ok(record)) => Some(record),
            Stage::Open | Stage::Settled(Err(_)) | Stage::Delivered(Err(_)) | Stage::Consumed => {
                None
            }
        };
        Ready {
            strand: self.strand,
            settled_at: record
                .and_then(|record| record.settled_at)
                .unwrap_or(Millis::ZERO),
            is_canceled: record.is_some_and(|it| it.state == PromiseState::RejectedCanceled),
            seq: self.seq,
            op,
        }
    }
}

impl Ops {
    fn push(&mut self, op: Op) -> usize {
        self.kept.push_back(op);
        self.forgotten + self.kept.len() - 1
    }

    /// The step, unless it is forgotten.
    pub(crate) fn get(&self, op: usize) -> Option<&Op> {
        self.kept.get(op.checked_sub(self.forgotten)?)
    }

    fn get_mut(&mut self, op: usize) -> Option<&mut Op> {
        self.kept.get_mut(op.checked_sub(self.forgotten)?)
    }

    /// How many were begun.
    pub(crate) fn begun(&self) -> usize {
        self.forgotten + self.kept.len()
    }

    /// Forgets the oldest steps that are over.
    fn trim(&mut self) {
        while self.kept.front().is_some_and(Op::is_over) {
            self.kept.pop_front();
            self.forgotten += 1;
        }
    }
}

impl Index<usize> for Ops {
    type Output = Op;

    fn index(&self, op: usize) -> &Op {
        &self.kept[op - self.forgotten]
    }
}

impl IndexMut<usize> for Ops {
    fn index_mut(&mut self, op: usize) -> &mut Op {
        &mut self.kept[op - self.forgotten]
    }
}

impl Steps {
    /// A body begins a step.
    pub(crate) fn begin(&mut self, strand: usize, begun: Begun) -> usize {
        let op = self.ops.push(Op::new(strand, &begun));
        self.fresh.push_back((op, begun.work, begun.request));
        op
    }

    /// Holds no more memory than what is there takes.
    pub(crate) fn shrink(&mut self) {
        self.ops.kept.shrink_to_fit();
        self.fresh.shrink_to_fit();
        self.cancels.shrink_to_fit();
    }

    /// The next step that the driver has not seen, and what it asks for.
    pub(crate) fn next_fresh(&mut self) -> Option<(usize, Work, PromiseCreate)> {
        self.fresh.pop_front()
    }

    pub(crate) fn is_open(&self, op: usize) -> bool {
        let op = self.ops.get(op);
        op.is_some_and(|op| matches!(op.stage, Stage::Open))
    }

    /// The code asks for a step to be canceled.
    pub(crate) fn cancel(&mut self, op: usize) {
        self.ops[op].is_canceled = true;
        self.cancels.push(op);
    }

    /// Whether the body awaits this step right now.
    pub(crate) fn is_awaited(&self, op: usize) -> bool {
        self.awaiting.contains(&(self.ops[op].strand, op))
    }

    /// Everything that bodies await, by body.
    pub(crate) fn awaited(&self) -> impl Iterator<Item = usize> + '_ {
        self.awaiting.iter().map(|(_, op)| *op)
    }

    /// Whether the body awaits more than one result: then their order is part of the program.
    pub(crate) fn has_choice(&self, strand: usize) -> bool {
        self.awaiting_of(strand).nth(1).is_some()
    }

    /// The first body, from this one on, for which a result is known.
    pub(crate) fn first_ready(&self, from: usize) -> Option<Ready> {
        let least = Ready {
            strand: from,
            settled_at: Millis::new(i64::MIN),
            is_canceled: false,
            seq: 0,
            op: 0,
        };
        self.ready.range(least..).next().copied()
    }

    /// Whether the result of the body's step number `seq` is known and not handed out.
    pub(crate) fn ready_numbered(&self, strand: usize, seq: u64) -> Option<usize> {
        let awaited = self.awaiting_of(strand);
        // A step's number and its place grow together.
        let mut found = awaited.filter(|op| self.ops[*op].seq == seq);
        found.find(|op| self.ready.contains(&self.ops[*op].ready(*op)))
    }

    fn awaiting_of(&self, strand: usize) -> impl Iterator<Item = usize> + '_ {
        let of_strand = (strand, 0)..(strand + 1, 0);
        self.awaiting.range(of_strand).map(|(_, op)| *op)
    }

    /// Records that a step's promise durably exists.
    pub(crate) fn created(&mut self, op: usize) {
        if let Some(slot) = self.ops.get_mut(op) {
            slot.created = true;
            slot.is_on_its_way = false;
        }
        self.ops.trim();
    }

    /// The first step, of this body or a later one, at whose gate somebody waits.
    pub(crate) fn first_gate(&self, from: usize) -> Option<(usize, usize)> {
        self.gates.range((from, 0)..).next().copied()
    }

    /// Opens the gate if what is waited for there has come.
    pub(crate) fn open_gate(&mut self, op: usize) -> bool {
        let is_open = self.is_open(op);
        let slot = &mut self.ops[op];
        let has_come = match slot.wanted {
            Progress::Begun => true,
            Progress::Created => slot.created,
            Progress::Settled => !is_open,
        };
        if has_come {
            slot.told = slot.told.max(slot.wanted);
            self.gates.remove(&(slot.strand, op));
            slot.gate.drain(..).for_each(Waker::wake);
        }
        has_come
    }

    /// Records a step's result; the first one counts.
    pub(crate) fn settle(&mut self, op: usize, result: Result<Arc<PromiseRecord>>) {
        let Some(slot) = self.ops.get_mut(op) else {
            return;
        };
        if !matches!(slot.stage, Stage::Open) {
            return;
        }
        slot.stage = Stage::Settled(result);
        slot.created = true;
        let (strand, ready) = (slot.strand, slot.ready(op));
        if self.awaiting.contains(&(strand, op)) {
            self.ready.insert(ready);
        }
        self.ops.trim();
    }

    /// Hands a known result to whoever awaits it.
    pub(crate) fn deliver(&mut self, op: usize) {
        let slot = &mut self.ops[op];
        self.ready.remove(&slot.ready(op));
        self.awaiting.remove(&(slot.strand, op));
        slot.stage = match std::mem::replace(&mut slot.stage, Stage::Consumed) {
            Stage::Settled(result) => Stage::Delivered(result),
            other @ (Stage::Open | Stage::Delivered(_) | Stage::Consumed) => other,
        };
        if let Some(waker) = slot.waker.take() {
            waker.wake();
        }
    }

    /// Takes a result that was handed out.
    pub(crate) fn take_delivered(&mut self, op: usize) -> Option<Result<Arc<PromiseRecord>>> {
        let slot = &mut self.ops[op];
        match std::mem::replace(&mut slot.stage, Stage::Consumed) {
            Stage::Delivered(result) => Some(result),
            stage @ (Stage::Open | Stage::Settled(_) | Stage::Consumed) => {
                slot.stage = stage;
                None
            }
        }
    }

    /// Notes who awaits a result; the waker that was there before.
    pub(crate) fn await_result(&mut self, op: usize, waker: &Waker) -> Option<Waker> {
        let slot = &mut self.ops[op];
        let known = slot.waker.as_ref();
        let replaced = if known.is_some_and(|known| known.will_wake(waker)) {
            None
        } else {
            slot.waker.replace(waker.clone())
        };
        let strand = slot.strand;
        self.awaiting.insert((strand, op));
        if matches!(self.ops[op].stage, Stage::Settled(_)) {
            self.ready.insert(self.ops[op].ready(op));
        }
        replaced
    }

    /// Whether the code was told that the step is this far; otherwise notes who waits for that.
    pub(crate) fn await_progress(&mut self, op: usize, wanted: Progress, waker: &Waker) -> bool {
        let slot = &mut self.ops[op];
        if slot.told >= wanted {
            return true;
        }
        slot.wanted = slot.wanted.max(wanted);
        if !slot.gate.iter().any(|known| known.will_wake(waker)) {
            slot.gate.push(waker.clone());
        }
        self.gates.insert((slot.strand, op));
        false
    }

    /// The step's handle is dropped; the wakers of those who waited.
    pub(crate) fn forget(&mut self, op: usize) -> (Option<Waker>, Vec<Waker>) {
        let slot = &mut self.ops[op];
        self.ready.remove(&slot.ready(op));
        self.awaiting.remove(&(slot.strand, op));
        self.gates.remove(&(slot.strand, op));
        slot.is_held = false;
        let wakers = (slot.waker.take(), std::mem::take(&mut slot.gate));
        self.ops.trim();
        wakers
    }

    /// How many clones of `waker` the body's steps hold, and the other wakers that they hold:
    /// those of combinators and tasks that poll them on the body's behalf.
    pub(crate) fn wakers_of(&self, strand: usize, waker: &Waker) -> (usize, Vec<Waker>) {
        let of_strand = (strand, 0)..(strand + 1, 0);
        let results = self
            .awaiting_of(strand)
            .filter_map(|op| self.ops[op].waker.as_ref());
        let gates = self
            .gates
            .range(of_strand)
            .flat_map(|(_, op)| &self.ops[*op].gate);
        let (own, others): (Vec<&Waker>, Vec<&Waker>) =
            results.chain(gates).partition(|held| held.will_wake(waker));
        (own.len(), others.into_iter().cloned().collect())
    }
}
