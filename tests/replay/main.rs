//! Executions that survive the death of their process at every request, and that replay from
//! what was exported of them.

mod changes;
mod crash;
mod exports;
mod features;
mod fixtures;
mod workflows;
