//! The stream of messages: decoded as it comes, opened again when it ends.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use resonate_core::ProcessId;
use resonate_core::protocol::Message;
use resonate_core::protocol::envelope::{MessageError, decode_message};
use resonate_core::protocol::sse::SseDecoder;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::backoff::Backoff;
use super::wire::Wire;

/// A message carries a promise with its input and its value, of at most 2 MiB each, in ASCII.
const EVENT_BYTES_MAX: usize = 16 << 20;
/// A stream that was open for this long was in order.
const SOUND: Duration = Duration::from_secs(5);

/// The stream of one process, and who hears it.
pub(super) struct Stream {
    pub(super) wire: Arc<Wire>,
    pub(super) group: String,
    pub(super) pid: ProcessId,
    pub(super) sender: mpsc::Sender<Message>,
    pub(super) gaps: Arc<watch::Sender<u64>>,
}

/// Nobody hears the messages any more.
struct Unheard;

impl Stream {
    /// Passes messages on until nobody hears them.
    pub(super) async fn run(self, first: Incoming) {
        let mut backoff = Backoff::default();
        let mut body = first;
        loop {
            let opened = Instant::now();
            let Ok(messages) = self.read(body).await else {
                return;
            };
            if messages > 0 || opened.elapsed() >= SOUND {
                backoff = Backoff::default();
            }
            tracing::warn!(server = %self.wire.endpoint(), "the stream of messages ended; it is opened again");
            match self.reopen(&mut backoff).await {
                Ok(reopened) => body = reopened,
                Err(Unheard) => return,
            }
            tracing::info!(server = %self.wire.endpoint(), "the stream of messages is open again");
            self.gap();
        }
    }

    /// Passes on the messages of one connection until it ends; how many there were.
    async fn read(&self, mut body: Incoming) -> Result<u64, Unheard> {
        let mut messages = 0;
        let mut decoder = SseDecoder::new(EVENT_BYTES_MAX);
        loop {
            let frame = tokio::select! {
                frame = body.frame() => frame,
                () = self.sender.closed() => return Err(Unheard),
            };
            let chunk = match frame {
                Some(Ok(frame)) => frame.into_data(),
                Some(Err(error)) => {
                    tracing::debug!(%error, "the stream of messages broke");
                    return Ok(messages);
                }
                None => return Ok(messages),
            };
            for event in decoder.push(&chunk.unwrap_or_default()) {
                match event {
                    Ok(text) => {
                        messages += 1;
                        self.take(&text).await?;
                    }
                    Err(error) => {
                        tracing::error!(%error, "a message is lost");
                        self.gap();
                    }
                }
            }
        }
    }

    /// Passes one message on. A slow receiver holds the stream up, not the memory.
    async fn take(&self, text: &str) -> Result<(), Unheard> {
        match decode_message(text) {
            Ok(message) => self.sender.send(message).await.map_err(|_| Unheard),
            Err(error @ MessageError::UnknownKind { .. }) => {
                tracing::debug!(%error, "a message is left alone");
                Ok(())
            }
            Err(MessageError::Malformed { cause, .. }) => {
                tracing::warn!(cause, "what came over the stream of messages is none");
                self.gap();
                Ok(())
            }
        }
    }

    async fn reopen(&self, backoff: &mut Backoff) -> Result<Incoming, Unheard> {
        let mut told = None;
        loop {
            tokio::select! {
                () = tokio::time::sleep(backoff.next()) => {}
                () = self.sender.closed() => return Err(Unheard),
            }
            let error = match self.wire.open_messages(&self.group, &self.pid).await {
                Ok(body) => return Ok(body),
                Err(error) => error,
            };
            // Once for each reason: it may take long.
            if told.replace(error.kind()) == Some(error.kind()) {
                tracing::debug!(%error, "the stream of messages cannot be opened yet");
            } else {
                tracing::warn!(%error, "the stream of messages cannot be opened; it is tried again");
            }
        }
    }

    fn gap(&self) {
        self.gaps.send_modify(|gaps| *gaps += 1);
    }
}
