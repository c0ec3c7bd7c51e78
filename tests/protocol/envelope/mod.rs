//! Frames: the edge checks of a server, the strictness of a client, and what is written.
#![allow(clippy::unwrap_used)]

mod answers;
mod messages;
mod requests;
pub(crate) mod samples;
