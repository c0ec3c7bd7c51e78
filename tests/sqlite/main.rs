//! The store in a file: what it keeps, refuses and survives.

mod crash;
mod errors;
mod failures;
mod faults;
mod kill;
mod neighbours;
mod retention;
mod store;

/// Not a test: the process that other tests start and kill.
#[test]
#[ignore = "the other tests start it as a process of its own"]
fn child() {
    support::child::work();
}
