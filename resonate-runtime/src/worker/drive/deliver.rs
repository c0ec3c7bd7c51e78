//! Handing results to the code, one at a time and in an order that a replay repeats.

use std::collections::BTreeSet;

use super::Driver;
use super::events::Event;
use crate::worker::steps::Ready;

/// What to do for one body.
enum Choice {
    Nothing,
    Deliver { op: usize, was_choice: bool },
    LookUp,
}

/// What became of the gates that bodies wait at.
struct Gates {
    opened: bool,
    /// Bodies that waited at one: they get no result before it is behind them.
    strands: BTreeSet<usize>,
}

impl Driver {
    /// Hands out at most one result to each body that waits; whether any was handed out.
    ///
    /// Where several results are awaited, their order is part of the program: it is written into
    /// the next step's record, and on a replay it is read from there.
    pub(super) fn deliver(&mut self) -> bool {
        let closed = self.open_gates();
        let mut delivered = closed.opened;
        let mut from = 0;
        while let Some(ready) = self.first_ready(from) {
            from = ready.strand + 1;
            if closed.strands.contains(&ready.strand) {
                continue;
            }
            match self.choose(ready) {
                Choice::Nothing => {}
                Choice::Deliver { op, was_choice } => {
                    let mut steps = self.pass.steps();
                    let seq = steps.ops[op].seq;
                    steps.deliver(op);
                    if was_choice {
                        self.strands[ready.strand].order.seen.push(seq);
                    }
                    delivered = true;
                }
                Choice::LookUp => self.look_up(ready.strand),
            }
        }
        delivered
    }

    /// Opens the first gate of each body, if it can be opened.
    fn open_gates(&self) -> Gates {
        let mut gates = Gates {
            opened: false,
            strands: BTreeSet::new(),
        };
        let mut from = 0;
        let mut steps = self.pass.steps();
        while let Some((strand, op)) = steps.first_gate(from) {
            from = strand + 1;
            gates.opened |= steps.open_gate(op);
            gates.strands.insert(strand);
        }
        gates
    }

    fn first_ready(&self, from: usize) -> Option<Ready> {
        self.pass.steps().first_ready(from)
    }

    fn choose(&mut self, ready: Ready) -> Choice {
        let Ready { strand, op, .. } = ready;
        let settled = self.requests.is_empty() && self.leaves.is_empty();
        let running = &mut self.strands[strand];
        if !running.is_running() {
            return Choice::Nothing;
        }
        let steps = self.pass.steps();
        let was_choice = steps.has_choice(strand);
        let order = &mut running.order;
        if !was_choice || order.live {
            return Choice::Deliver { op, was_choice };
        }
        let Some(script) = &mut order.script else {
            return if order.looking {
                Choice::Nothing
            } else {
                Choice::LookUp
            };
        };
        while let Some(next) = script.front() {
            if let Some(op) = steps.ready_numbered(strand, *next) {
                script.pop_front();
                return Choice::Deliver { op, was_choice };
            }
            if !settled {
                // It was seen before this; its record is on its way.
                return Choice::Nothing;
            }
            script.pop_front();
        }
        Choice::Deliver { op, was_choice }
    }

    /// Looks for the record of the body's next step: it tells what was seen before it.
    fn look_up(&mut self, strand: usize) {
        if self.strands[strand].ahead.is_reading {
            return;
        }
        let place = self.next_place(strand);
        let next = self.strands[strand].strand.next_step();
        if self.look_ahead(strand, next, &place) {
            return;
        }
        self.strands[strand].order.looking = true;
        if self.journal.knows(&place) {
            let looked = Event::Looked {
                strand,
                record: Ok(self.journal.get(&place).cloned()),
            };
            self.requests.push(Box::pin(std::future::ready(looked)));
            return;
        }
        let read = self.read(vec![place]);
        self.requests.push(Box::pin(async move {
            Event::Looked {
                strand,
                record: read.await.map(|found| found.into_iter().next()),
            }
        }));
    }
}
