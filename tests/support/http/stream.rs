//! A message stream as a worker reads it.

use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, channel};

use resonate_core::protocol::sse::SseDecoder;
use serde_json::Value;

use super::raw::{Head, PATIENCE, Raw};

/// A stream that is open.
#[derive(Debug)]
pub struct Stream {
    /// What the server said when it opened the stream.
    pub head: Head,
    socket: TcpStream,
    heard: Receiver<Heard>,
}

/// What a stream carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A comment, or another piece without an event.
    Silence(String),
    /// An event: its bytes as they came, and its data.
    Event {
        /// The bytes.
        raw: String,
        /// What the data lines say.
        data: String,
    },
}

impl Stream {
    /// Opens a stream at `path`.
    ///
    /// # Errors
    /// The answer, when it is not 200.
    ///
    /// # Panics
    /// When there is no answer.
    pub fn open(address: SocketAddr, path: &str, headers: &str) -> Result<Self, Head> {
        let mut raw = Raw::connect(address);
        let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n{headers}\r\n");
        assert!(raw.send(request.as_bytes()), "a request can be sent");
        let head = raw.head().expect("the server answers");
        if head.status != 200 {
            return Err(head);
        }
        let socket = raw.socket().try_clone().expect("a socket can be shared");
        let (said, heard) = channel();
        std::thread::spawn(move || {
            let mut decoder = SseDecoder::new(4 << 20);
            while let Some(piece) = raw.chunk() {
                // One byte at a time, as a slow network would bring them; long ones in pieces.
                let size = piece.len() / 10_000 + 1;
                let pieces = piece.chunks(size);
                let events: Vec<_> = pieces.flat_map(|piece| decoder.push(piece)).collect();
                let raw = String::from_utf8(piece).expect("a stream is text");
                let heard = match events.into_iter().next() {
                    Some(event) => Heard::Event {
                        raw,
                        data: event.expect("an event is not long"),
                    },
                    None => Heard::Silence(raw),
                };
                if said.send(heard).is_err() {
                    return;
                }
            }
        });
        Ok(Self {
            head,
            socket,
            heard,
        })
    }

    /// The next that it carries; nothing when it has ended.
    #[must_use]
    pub fn next(&self) -> Option<Heard> {
        self.heard.recv_timeout(PATIENCE).ok()
    }

    /// The next message, as JSON and as it came.
    ///
    /// # Panics
    /// When none comes.
    #[must_use]
    pub fn message(&self) -> (Value, String) {
        loop {
            match self.next().expect("a message comes") {
                Heard::Silence(_) => {}
                Heard::Event { raw, data } => {
                    let message = serde_json::from_str(&data).expect("a message is JSON");
                    return (message, raw);
                }
            }
        }
    }

    /// The task that the next message offers, as `id version`.
    ///
    /// # Panics
    /// When it offers none.
    #[must_use]
    pub fn task(&self) -> String {
        let (message, _) = self.message();
        assert_eq!(message["kind"], "execute", "{message}");
        let task = &message["data"]["task"];
        format!(
            "{} {}",
            task["id"].as_str().unwrap_or_default(),
            task["version"]
        )
    }

    /// Every task offered so far.
    ///
    /// # Panics
    /// When something else was said.
    #[must_use]
    pub fn tasks_so_far(&self) -> usize {
        let heard = self.heard.try_iter();
        heard
            .filter(|heard| matches!(heard, Heard::Event { .. }))
            .count()
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // It may be closed already.
        let _closed = self.socket.shutdown(Shutdown::Both);
    }
}
