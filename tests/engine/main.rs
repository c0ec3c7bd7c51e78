//! The machine, by requests and answers, on every store: the protocol's cases, random and
//! exhaustive scripts beside an independent model, and the properties that every step keeps.

mod cases;
mod claims;
mod exhaustive;
mod invariants;
mod invariants_index;
mod listeners;
mod model;
mod promises;
mod random;
mod reach;
mod recovery;
mod retention;
mod schedules;
mod suspensions;
mod tasks;
mod transactions;
