//! Handing results to the code, one at a time and in an order that a replay repeats.

use resonate_core::{Millis, PromiseId};

use super::Driver;
use super::events::Event;
use crate::worker::pass::{Stage, State};

/// What to do for one body.
enum Choice {
    Nothing,
    Open(usize),
    Deliver { op: usize, was_choice: bool },
    LookUp,
}

impl Driver {
    /// Hands out at most one result to each body that waits; whether any was handed out.
    ///
    /// Where several results are awaited, their order is part of the program: it is written into
    /// the next step's record, and on a replay it is read from there.
    pub(super) fn deliver(&mut self) -> bool {
        if !self.pass.state().fresh.is_empty() {
            // They have to be told what was seen before them, and nothing else.
            return false;
        }
        let mut delivered = false;
        for strand in 0..self.strands.len() {
            match self.choose(strand) {
                Choice::Nothing => {}
                Choice::Open(op) => {
                    self.pass.state().open_gate(op);
                    delivered = true;
                }
                Choice::Deliver { op, was_choice } => {
                    let mut state = self.pass.state();
                    let seq = state.ops[op].seq;
                    state.deliver(op);
                    if was_choice {
                        self.strands[strand].order.seen.push(seq);
                    }
                    delivered = true;
                }
                Choice::LookUp => self.look_up(strand),
            }
        }
        delivered
    }

    fn choose(&mut self, strand: usize) -> Choice {
        let running = &mut self.strands[strand];
        if !running.is_running() {
            return Choice::Nothing;
        }
        let state = self.pass.state();
        if let Some(op) = state.first_gate(strand) {
            return if state.is_passable(op) {
                Choice::Open(op)
            } else {
                Choice::Nothing
            };
        }
        let of_strand = (strand, 0)..(strand + 1, 0);
        let mut ready = state.ready.range(of_strand.clone()).map(|(_, op)| *op);
        let Some(first) = ready.next() else {
            return Choice::Nothing;
        };
        let was_choice = state.awaiting.range(of_strand.clone()).nth(1).is_some();
        if !was_choice {
            return Choice::Deliver {
                op: first,
                was_choice,
            };
        }
        if let Some(script) = &mut running.order.script
            && let Some(next) = script.front()
        {
            let scripted = state
                .ready
                .range(of_strand)
                .find(|(_, op)| state.ops[*op].seq == *next);
            return match scripted {
                Some((_, op)) => {
                    script.pop_front();
                    Choice::Deliver {
                        op: *op,
                        was_choice,
                    }
                }
                // It was seen before this; its record is on its way.
                None if self.requests.is_empty() && self.leaves.is_empty() => {
                    script.pop_front();
                    drop(state);
                    self.choose(strand)
                }
                None => Choice::Nothing,
            };
        }
        if !running.order.live && running.order.script.is_none() {
            return if running.order.looking {
                Choice::Nothing
            } else {
                Choice::LookUp
            };
        }
        let op = state
            .ready
            .range(of_strand)
            .map(|(_, op)| *op)
            .min_by_key(|op| age(&state, *op));
        op.map_or(Choice::Nothing, |op| Choice::Deliver { op, was_choice })
    }

    /// Looks for the record of the body's next step: it tells what was seen before it.
    fn look_up(&mut self, strand: usize) {
        let running = &mut self.strands[strand];
        running.order.looking = true;
        let id = self
            .core
            .grammar()
            .child(&running.strand.lineage.id, running.strand.next_step());
        if let Some(record) = self.journal.get(&id) {
            let record = Ok(Some(std::sync::Arc::clone(record)));
            self.requests
                .push(Box::pin(std::future::ready(Event::Looked {
                    strand,
                    record,
                })));
            return;
        }
        let read = self.read(vec![PromiseId::clone(&id)]);
        self.requests.push(Box::pin(async move {
            Event::Looked {
                strand,
                record: read.await.map(|found| found.into_iter().next()),
            }
        }));
    }
}

/// When a known result was settled, then its place in the program.
fn age(state: &State, op: usize) -> (Millis, u64) {
    let slot = &state.ops[op];
    let settled = match &slot.stage {
        Stage::Settled(Ok(record)) | Stage::Delivered(Ok(record)) => record.settled_at,
        Stage::Open | Stage::Settled(Err(_)) | Stage::Delivered(Err(_)) | Stage::Consumed => None,
    };
    (settled.unwrap_or(Millis::ZERO), slot.seq)
}
