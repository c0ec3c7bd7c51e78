//! The worker: takes offered tasks, drives executions, keeps their leases.

mod awaits;
mod claim;
mod conclude;
mod drive;
mod fault;
mod habits;
mod heartbeat;
mod inbox;
mod leaf;
mod pass;
mod pin;
mod replay;
mod steps;
mod strand;
mod timers;
mod turn;
mod warm;

pub(crate) use awaits::Awaits;
pub(crate) use claim::{Claim, Granted, Sought, adopt};
pub(crate) use drive::{Ending, Trail};
pub use fault::{Fault, FaultKind};
pub(crate) use fault::{FaultReport, Faults, describe_unknown};
pub(crate) use habits::Habits;
pub(crate) use heartbeat::Leases;
pub(crate) use inbox::{Turns, listen};
pub(crate) use leaf::panic_text;
pub(crate) use pass::{Begun, Code, LocalWork, NamedWork, Strand, Work};
pub(crate) use replay::Part;
pub(crate) use timers::Timers;
pub(crate) use turn::start_claimed;
pub(crate) use warm::Warm;
