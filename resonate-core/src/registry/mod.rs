//! Every durable function linked into this program.

mod entry;

pub use entry::{Body, BoxFuture, Defaults, Entry, Env, Kind, Param, Site};
