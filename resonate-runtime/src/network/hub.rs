//! Who hears messages: processes attached in this process and streams held open by others, by
//! group (protocol §4.4).

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use resonate_core::ProcessId;
use resonate_core::address::{Address, Fit};
use resonate_core::protocol::{Message, Outgoing};
use tokio::sync::mpsc;

/// Hands each message to one of those attached that its address fits.
#[derive(Debug, Default)]
pub(crate) struct Hub {
    state: Mutex<State>,
    /// Where messages to URLs go; without it they are dropped.
    push: Option<mpsc::Sender<Outgoing>>,
}

#[derive(Debug, Default)]
struct State {
    groups: BTreeMap<String, Vec<Attached>>,
    /// Offers made at start-up, kept until somebody is there to hear them.
    held: Vec<(Address, Outgoing)>,
    /// Messages to a group so far, to take turns by.
    turn: usize,
    next: u64,
    closed: bool,
}

#[derive(Debug)]
struct Attached {
    #[cfg_attr(
        not(feature = "http"),
        expect(dead_code, reason = "only streams end one by one")
    )]
    number: u64,
    pid: ProcessId,
    sender: mpsc::Sender<Message>,
}

impl Attached {
    /// Messages that it was given and has not taken.
    fn waiting(&self) -> usize {
        self.sender.max_capacity() - self.sender.capacity()
    }
}

/// The hearing end of an attachment.
#[derive(Debug)]
#[cfg_attr(
    not(feature = "http"),
    expect(dead_code, reason = "only streams end one by one")
)]
pub(crate) struct Hearing {
    /// What [`Hub::detach`] asks for.
    pub(crate) number: u64,
    /// The messages. The stream ends when the hub closes.
    pub(crate) messages: mpsc::Receiver<Message>,
}

impl Hub {
    /// A hub that gives messages to URLs to `push`.
    pub(crate) fn pushing_to(push: Option<mpsc::Sender<Outgoing>>) -> Self {
        Self {
            push,
            ..Self::default()
        }
    }

    /// Attaches a process of a group. Of messages that it does not take, at most `waiting_max`
    /// wait; more are lost, and repaired by the next offer (protocol §4.3).
    pub(crate) fn attach(&self, group: &str, pid: ProcessId, waiting_max: usize) -> Hearing {
        let (sender, messages) = mpsc::channel(waiting_max);
        let mut state = self.state();
        let number = state.next;
        state.next += 1;
        if !state.closed {
            state.held.retain(|(address, outgoing)| {
                let is_meant = address.matches(group, pid.as_str());
                !is_meant || sender.try_send(outgoing.message.clone()).is_err()
            });
            let attached = state.groups.entry(group.to_owned()).or_default();
            attached.retain(|process| !process.sender.is_closed());
            attached.push(Attached {
                number,
                pid,
                sender,
            });
        }
        Hearing { number, messages }
    }

    /// Ends an attachment.
    #[cfg(feature = "http")]
    pub(crate) fn detach(&self, group: &str, number: u64) {
        let mut state = self.state();
        if let Some(attached) = state.groups.get_mut(group) {
            attached.retain(|process| process.number != number);
            if attached.is_empty() {
                state.groups.remove(group);
            }
        }
    }

    /// Delivers offers made at start-up, or keeps them until somebody is there to hear them.
    pub(crate) fn hold(&self, offers: Vec<Outgoing>) {
        for outgoing in offers {
            match outgoing.address.parse() {
                Ok(address @ Address::Poll { .. }) => self.state().held.push((address, outgoing)),
                Ok(Address::Http(_)) | Err(_) => self.deliver(outgoing),
            }
        }
    }

    /// Hands a message to one process that its address fits. Delivery is not promised: an offer
    /// that nobody hears is made again by the engine.
    pub(crate) fn deliver(&self, outgoing: Outgoing) {
        let address = outgoing.address.clone();
        let is_taken = match address.parse() {
            Ok(Address::Http(_)) => self
                .push
                .as_ref()
                .is_some_and(|push| push.try_send(outgoing).is_ok()),
            Ok(to @ Address::Poll { .. }) => self.state().give(&to, outgoing.message),
            Err(_) => false,
        };
        if !is_taken {
            tracing::debug!(?address, "nobody takes a message to this address");
        }
    }

    /// Ends every attachment, and admits no more.
    #[cfg(feature = "http")]
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        state.groups.clear();
        state.held.clear();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Gives the message to the process that is meant by name, the newest of that name; else to
    /// one of the group with the fewest messages waiting, in turn.
    fn give(&mut self, to: &Address, message: Message) -> bool {
        let Address::Poll { group, .. } = to else {
            return false;
        };
        let Some(attached) = self.groups.get_mut(&**group) else {
            return false;
        };
        attached.retain(|process| !process.sender.is_closed());
        let fitting = |fit: Fit| {
            attached
                .iter()
                .filter(move |process| to.fit(group, process.pid.as_str()) == fit)
        };
        let receiver = fitting(Fit::Process).next_back().or_else(|| {
            let fewest = fitting(Fit::Group).map(Attached::waiting).min()?;
            let idle: Vec<_> = fitting(Fit::Group)
                .filter(|process| process.waiting() == fewest)
                .collect();
            let next = self.turn % idle.len();
            self.turn = self.turn.wrapping_add(1);
            idle.get(next).copied()
        });
        receiver.is_some_and(|process| process.sender.try_send(message).is_ok())
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
        let mut processes = ["one", "two", "three"].map(|pid| hub.attach("workers", pid.into(), 8));
        let _elsewhere = hub.attach("others", "four".into(), 8);
        for _ in 0..3 {
            for heard in &mut processes {
                hub.deliver(Outgoing {
                    address: "poll://any@workers".into(),
                    message: Message::Execute(TaskRef {
                        id: "task".into(),
                        version: TaskVersion::new(0),
                    }),
                });
                assert!(heard.messages.try_recv().is_ok());
            }
        }
    }
}
