//! What users write, on workers and engines in one process and in virtual time.

mod by_hand;
mod calls;
mod clients;
mod costs;
mod determinism;
mod faults;
mod journey;
mod leases;
mod missing;
mod outcomes;
mod races;
mod remote_steps;
mod shutdown;
mod suspension;
mod suspension_limits;
mod warm;
