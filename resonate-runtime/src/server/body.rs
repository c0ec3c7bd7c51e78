//! Bodies: reading a request's, and the shapes of an answer's.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Either, Full};
use hyper::body::{Body, Incoming};
use hyper::header::{CONNECTION, CONTENT_TYPE, EXPECT, HeaderMap, HeaderValue, RETRY_AFTER};
use hyper::{Response, StatusCode};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::limits::Limits;
use super::poll::Events;

/// What an answer carries.
pub(super) type Answer = Response<Either<Full<Bytes>, Events>>;

/// How much more of a body that is too long is read, and thrown away, so that its sender hears
/// the answer.
const DRAINED_MAX: usize = 16 * 1024 * 1024;

/// A body that was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    /// It is longer than allowed.
    TooLong,
    /// It did not come in time.
    TooSlow,
    /// Too many bodies are being read.
    Busy,
    /// The sender broke off.
    Broken,
}

/// A body that was read, and its share of what all of them may hold.
pub(super) struct Taken<'b> {
    pub(super) bytes: Vec<u8>,
    _reserved: Option<SemaphorePermit<'b>>,
}

/// Reads a body, of which no more is ever held than allowed.
pub(super) async fn read<'b>(
    body: Incoming,
    headers: &HeaderMap,
    limits: &Limits,
    budget: &'b Semaphore,
) -> Result<Taken<'b>, Unread> {
    let announced = body.size_hint().lower();
    let max = limits.body_bytes_max;
    let is_long = |limit: usize| announced > u64::try_from(limit).unwrap_or(u64::MAX);
    if is_long(max.saturating_add(DRAINED_MAX)) || (is_long(max) && headers.contains_key(EXPECT)) {
        return Err(Unread::TooLong);
    }
    within(limits.body_timeout, take(body, max, budget)).await
}

async fn within<T>(
    limit: Duration,
    reading: impl Future<Output = Result<T, Unread>>,
) -> Result<T, Unread> {
    tokio::time::timeout(limit, reading)
        .await
        .unwrap_or(Err(Unread::TooSlow))
}

async fn take(mut body: Incoming, max: usize, budget: &Semaphore) -> Result<Taken<'_>, Unread> {
    let mut bytes = Vec::new();
    let mut reserved: Option<SemaphorePermit<'_>> = None;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame.map_err(|_| Unread::Broken)?.into_data() else {
            continue;
        };
        if bytes.len() + frame.len() > max {
            drop(reserved);
            drop(bytes);
            return Err(drain(body).await);
        }
        let more = u32::try_from(frame.len()).unwrap_or(u32::MAX);
        let permit = budget.try_acquire_many(more).map_err(|_| Unread::Busy)?;
        match &mut reserved {
            Some(reserved) => reserved.merge(permit),
            None => reserved = Some(permit),
        }
        bytes.extend_from_slice(&frame);
    }
    Ok(Taken {
        bytes,
        _reserved: reserved,
    })
}

/// Throws away the rest of a body, up to a limit.
async fn drain(mut body: Incoming) -> Unread {
    let mut drained = 0;
    while let Some(Ok(frame)) = body.frame().await {
        drained += frame.data_ref().map_or(0, Bytes::len);
        if drained > DRAINED_MAX {
            break;
        }
    }
    Unread::TooLong
}

impl Unread {
    /// The answer that says so. The connection ends with it.
    pub(super) fn answer(self, max: usize) -> Answer {
        let (status, message) = match self {
            Self::TooLong => (
                StatusCode::PAYLOAD_TOO_LARGE,
                format!("the body is longer than {max} bytes"),
            ),
            Self::TooSlow => (
                StatusCode::REQUEST_TIMEOUT,
                "the body did not come in time".to_owned(),
            ),
            Self::Busy => (
                StatusCode::SERVICE_UNAVAILABLE,
                "too many requests are being read; try again".to_owned(),
            ),
            Self::Broken => (StatusCode::BAD_REQUEST, "the body ended early".to_owned()),
        };
        let mut answer = plain(status, message);
        let headers = answer.headers_mut();
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
        if self == Self::Busy {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        answer
    }
}

/// An answer without a body.
pub(super) fn empty(status: StatusCode) -> Answer {
    let mut answer = Response::new(Either::Left(Full::default()));
    *answer.status_mut() = status;
    answer
}

/// An answer in words.
pub(super) fn plain(status: StatusCode, text: impl Into<String>) -> Answer {
    typed(status, text, "text/plain; charset=utf-8")
}

/// An answer in JSON.
pub(super) fn json(status: StatusCode, text: String) -> Answer {
    typed(status, text, "application/json")
}

fn typed(status: StatusCode, text: impl Into<String>, content_type: &'static str) -> Answer {
    let mut answer = Response::new(Either::Left(Full::from(text.into())));
    *answer.status_mut() = status;
    let content_type = HeaderValue::from_static(content_type);
    answer.headers_mut().insert(CONTENT_TYPE, content_type);
    answer
}
