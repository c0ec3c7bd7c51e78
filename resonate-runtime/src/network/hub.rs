//! Who in this process hears messages: the processes attached, by group.

use std::cmp::Reverse;
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
    /// The number of the latest message that it was handed.
    latest: u64,
}

impl Hub {
    pub(crate) fn attach(&self, group: String, pid: ProcessId) -> mpsc::Receiver<Message> {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        let mut attached = self.attached.lock().unwrap_or_else(PoisonError::into_inner);
        attached.push(Attached {
            group,
            pid,
            sender,
            latest: 0,
        });
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
        let number = attached.iter().map(|process| process.latest).max();
        let mut of_group: Vec<_> = attached
            .iter_mut()
            .filter(|process| process.group == *group)
            .collect();
        let named = id
            .as_deref()
            .and_then(|id| of_group.iter().position(|p| p.pid.as_str() == id));
        let chosen = match cast {
            Cast::Uni => named,
            // Whoever has the least to do, and of those whose turn is longest ago.
            Cast::Any => named.or_else(|| {
                let free = |p: &Attached| (Reverse(p.sender.capacity()), p.latest);
                (0..of_group.len()).min_by_key(|at| free(of_group[*at]))
            }),
        };
        let delivered = chosen.is_some_and(|chosen| {
            let process = &mut of_group[chosen];
            process.latest = number.unwrap_or_default() + 1;
            process.sender.try_send(message).is_ok()
        });
        if !delivered {
            tracing::debug!(%address, "nobody in this process hears a message to this address");
        }
    }
}

#[cfg(test)]
mod tests {
    use resonate_core::TaskVersion;
    use resonate_core::protocol::TaskRef;

    use super::*;

    #[test]
    fn idle_processes_of_a_group_take_turns() {
        let hub = Hub::default();
        let mut processes =
            ["one", "two", "three"].map(|pid| hub.attach("workers".to_owned(), pid.into()));
        let _elsewhere = hub.attach("others".to_owned(), "four".into());
        for _ in 0..3 {
            for heard in &mut processes {
                hub.deliver(Outgoing {
                    address: "poll://any@workers".into(),
                    message: Message::Execute(TaskRef {
                        id: "task".into(),
                        version: TaskVersion::new(0),
                    }),
                });
                assert!(heard.try_recv().is_ok());
            }
        }
    }
}
