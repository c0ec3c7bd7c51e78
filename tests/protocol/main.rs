//! What goes over a wire or into a record: read from anybody, written for everybody.

mod envelope;
mod invocations;
mod no_panic;
mod payload;
mod recordings;
mod sse;
mod words;
