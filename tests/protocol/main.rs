//! What goes over a wire or into a record: read from anybody, written for everybody.

mod envelope;
mod fuzz;
mod invocations;
mod payload;
mod recordings;
mod sse;
mod words;
