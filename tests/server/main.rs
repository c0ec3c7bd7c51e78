//! The server that any client may talk to.

mod auth;
mod conformance;
mod engine;
mod lifecycle;
mod limits;
mod transport;
