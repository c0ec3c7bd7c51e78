//! What the engine says unasked, to workers and listeners (protocol §4).

use std::sync::Arc;

use super::promise::PromiseRecord;
use super::task::TaskRef;
use crate::Text;

/// A message to a worker or a listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// A task is offered: acquire it at this version.
    Execute(TaskRef),
    /// A promise that was listened for has settled.
    Unblock(Arc<PromiseRecord>),
}

/// A message on its way. It leaves only after the commit that caused it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Where to.
    pub address: Text,
    /// What.
    pub message: Message,
}
