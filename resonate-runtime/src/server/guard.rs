//! A connection that does not wait for ever: not for the rest of a request's headers, and not
//! for a peer that takes nothing.

use std::future::Future;
use std::io::{Error, ErrorKind, IoSlice, Result};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep};

/// Whether a request is being answered; while it is, its body and its answer have deadlines of
/// their own.
#[derive(Clone, Debug, Default)]
pub(super) struct Busy(Arc<AtomicBool>);

impl Busy {
    /// Marks the connection as busy until the guard is dropped.
    pub(super) fn begin(&self) -> BusyGuard {
        self.0.store(true, Ordering::Relaxed);
        BusyGuard(self.clone())
    }

    fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A request under way.
#[derive(Debug)]
pub(super) struct BusyGuard(Busy);

impl Drop for BusyGuard {
    fn drop(&mut self) {
        self.0.0.store(false, Ordering::Relaxed);
    }
}

/// A deadline that is set when something begins and lifted when it ends.
struct Deadline {
    after: Duration,
    sleep: Pin<Box<Sleep>>,
    running: bool,
}

impl Deadline {
    fn new(after: Duration) -> Self {
        Self {
            after,
            sleep: Box::pin(tokio::time::sleep(after)),
            running: false,
        }
    }

    fn start(&mut self) {
        if !self.running {
            self.running = true;
            self.sleep.as_mut().reset(Instant::now() + self.after);
        }
    }

    /// Whether it runs and has passed; otherwise the task is woken when it does.
    fn has_passed(&mut self, cx: &mut Context<'_>) -> bool {
        self.running && self.sleep.as_mut().poll(cx).is_ready()
    }
}

/// A connection with deadlines.
pub(super) struct Guarded {
    stream: TcpStream,
    busy: Busy,
    head: Deadline,
    write: Deadline,
}

impl Guarded {
    pub(super) fn new(
        stream: TcpStream,
        busy: Busy,
        head_timeout: Duration,
        write_timeout: Duration,
    ) -> Self {
        Self {
            stream,
            busy,
            head: Deadline::new(head_timeout),
            write: Deadline::new(write_timeout),
        }
    }

    /// Lets a peer that takes nothing wait only so long.
    fn written<T>(&mut self, cx: &mut Context<'_>, poll: Poll<Result<T>>) -> Poll<Result<T>> {
        if poll.is_ready() {
            self.write.running = false;
            return poll;
        }
        self.write.start();
        if self.write.has_passed(cx) {
            return Poll::Ready(Err(too_slow("the peer takes nothing")));
        }
        Poll::Pending
    }
}

fn too_slow(message: &str) -> Error {
    Error::new(ErrorKind::TimedOut, message)
}

impl AsyncRead for Guarded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        let before = buf.filled().len();
        let poll = Pin::new(&mut self.stream).poll_read(cx, buf);
        if self.busy.is_set() {
            self.head.running = false;
        } else {
            if buf.filled().len() > before {
                self.head.start();
            }
            if self.head.has_passed(cx) {
                return Poll::Ready(Err(too_slow("the headers take too long")));
            }
        }
        poll
    }
}

impl AsyncWrite for Guarded {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize>> {
        let poll = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.written(cx, poll)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        let poll = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.written(cx, poll)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
