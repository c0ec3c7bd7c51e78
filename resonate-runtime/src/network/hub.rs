//! Who in this process hears messages: the processes attached, by group.

use std::sync::{Mutex, PoisonError};

use resonate_core::ProcessId;
use resonate_core::address::{Address, Cast};
use resonate_core::protocol::{Message, Outgoing};
use tokio::sync::mpsc;

/// Messages that wait for one process at most; more are dropped, and repaired by re-offers.
const WAITING_MAX: usize = 4096;

#[derive(Debug, Default)]
pub(crate) struct Hub {
    attached: Mutex<Vec<Attached>>,
}

#[derive(Debug)]
struct Attached {
    group: String,
    pid: ProcessId,
    sender: mpsc::Sender<Message>,
}

impl Hub {
    pub(crate) fn attach(&self, group: String, pid: ProcessId) -> mpsc::Receiver<Message> {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        let mut attached = self.attached.lock().unwrap_or_else(PoisonError::into_inner);
        attached.push(Attached { group, pid, sender });
        receiver
    }

    /// Hands a message to one process that its address names. Delivery is not promised: an
    /// offer that nobody hears is made again by the engine.
    pub(crate) fn deliver(&self, outgoing: Outgoing) {
        let Outgoing { address, message } = outgoing;
        let Ok(Address::Poll { cast, group, id }) = address.parse() else {
            tracing::debug!(%address, "no way to deliver a message to this address");
            return;
        };
        let mut attached = self.attached.lock().unwrap_or_else(PoisonError::into_inner);
        attached.retain(|process| !process.sender.is_closed());
        let of_group = || attached.iter().filter(|process| process.group == *group);
        let named = id
            .as_deref()
            .and_then(|id| of_group().find(|p| p.pid.as_str() == id));
        let receiver = match cast {
            Cast::Uni => named,
            Cast::Any => named.or_else(|| of_group().max_by_key(|p| p.sender.capacity())),
        };
        let delivered = receiver.is_some_and(|process| process.sender.try_send(message).is_ok());
        if !delivered {
            tracing::debug!(%address, "nobody in this process hears a message to this address");
        }
    }
}
