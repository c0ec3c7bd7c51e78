//! Message streams: server-sent events to workers that hold a connection open (protocol §4.4).

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Either;
use hyper::body::{Body, Frame};
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};
use percent_encoding::percent_decode_str;
use resonate_core::protocol::envelope::encode_message;
use resonate_core::protocol::sse::{KEEP_ALIVE, encode_event};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Interval, MissedTickBehavior, interval_at};

use super::body::{Answer, empty, plain};
use super::guard::BusyGuard;
use super::service::Service;
use crate::network::{Hearing, Hub};

/// Who asks for a stream.
struct Name {
    group: String,
    pid: String,
}

/// The segments of `/poll/{group}/{id}`, decoded.
fn name(path: &str) -> Option<Name> {
    let rest = path.strip_prefix("/poll/")?;
    let (group, pid) = rest.split_once('/')?;
    let decode = |segment: &str| {
        let text = percent_decode_str(segment).decode_utf8().ok()?.into_owned();
        let is_plain = !segment.is_empty() && !segment.contains('/');
        is_plain.then_some(text)
    };
    Some(Name {
        group: decode(group)?,
        pid: decode(pid)?,
    })
}

/// Opens a stream.
pub(super) fn open(service: &Service, path: &str, token: Option<&str>, busy: BusyGuard) -> Answer {
    let Some(Name { group, pid }) = name(path) else {
        return empty(StatusCode::NOT_FOUND);
    };
    if service.gate.admit(token).is_err() {
        return plain(StatusCode::UNAUTHORIZED, "Unauthorized");
    }
    let Ok(slot) = Arc::clone(&service.streams).try_acquire_owned() else {
        return plain(
            StatusCode::SERVICE_UNAVAILABLE,
            "there are too many message streams; try again later",
        );
    };
    let hub = Arc::clone(service.engine.hub());
    tracing::debug!(?group, ?pid, "a worker opens its message stream");
    let hearing = hub.attach(&group, pid.into(), service.limits.stream_messages_max);
    let events = Events {
        hub,
        group,
        hearing,
        keep_alive: every(service.limits.keep_alive),
        server_url: Arc::clone(&service.public_url),
        _slot: slot,
        _busy: busy,
    };
    let mut answer = Response::new(Either::Right(events));
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    answer
}

fn every(period: Duration) -> Interval {
    let mut interval = interval_at(tokio::time::Instant::now() + period, period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}

/// The messages of one process as a body that ends with the hub, or when the process goes.
pub(super) struct Events {
    hub: Arc<Hub>,
    group: String,
    hearing: Hearing,
    keep_alive: Interval,
    server_url: Arc<str>,
    _slot: OwnedSemaphorePermit,
    _busy: BusyGuard,
}

impl Body for Events {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = &mut *self;
        if let Poll::Ready(message) = this.hearing.messages.poll_recv(cx) {
            let event = message.map(|message| {
                this.keep_alive.reset();
                let message = encode_message(&message, &this.server_url);
                Ok(Frame::data(encode_event(&message).into()))
            });
            return Poll::Ready(event);
        }
        this.keep_alive
            .poll_tick(cx)
            .map(|_| Some(Ok(Frame::data(Bytes::from_static(KEEP_ALIVE.as_bytes())))))
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.hub.detach(&self.group, self.hearing.number);
    }
}
