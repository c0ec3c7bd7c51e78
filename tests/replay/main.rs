//! Executions that survive the death of their process at every request.

mod crash;
mod workflows;
