//! The examples, run as programs.

mod contracts;
mod examples;
mod recover_kill;
