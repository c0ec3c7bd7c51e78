//! One request, one answer.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::{HeaderValue, Method, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::{Body as _, Bytes, Incoming};
use resonate_core::protocol::envelope::{MalformedAnswer, decode_answer_with, encode_request};
use resonate_core::protocol::{Answer, Request, Status};
use resonate_core::{Millis, ProcessId};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::HttpOptions;
use super::connect::{Pool, pool};
use super::date::ServerTime;
use super::endpoint::Endpoint;
use super::failure::{Asked, TOKEN, URL};
use super::token::Token;
use crate::network::{NetworkError, NetworkErrorKind};

/// Servers refuse larger requests (protocol §1.3).
const REQUEST_BYTES_MAX: usize = 2 << 20;
/// An answer may carry all recorded steps of an execution.
const ANSWER_BYTES_MAX: usize = 64 << 20;
/// Records that are read of the branch that some servers send with the answer to a fence: one
/// tells that they do, and nobody asked for it.
const FENCE_PRELOAD_MAX: usize = 1;
/// Requests under way at the same time, at most; others wait for their turn.
const REQUESTS_MAX: u32 = 64;

const AGENT: HeaderValue =
    HeaderValue::from_static(concat!("resonate-rust/", env!("CARGO_PKG_VERSION")));
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const EVENTS: HeaderValue = HeaderValue::from_static("text/event-stream");

/// The way to one server.
#[derive(Debug)]
pub(super) struct Wire {
    endpoint: Endpoint,
    requests: Uri,
    pool: Pool,
    /// Connections live on the runtime that made them, and heartbeats have one of their own.
    beats: Pool,
    token: Option<Token>,
    authorization: Option<HeaderValue>,
    request_timeout: Duration,
    turns: Semaphore,
    corr_ids: CorrIds,
    time: ServerTime,
}

/// Correlation ids that no other request of any process has.
#[derive(Debug)]
struct CorrIds {
    prefix: String,
    next: AtomicU64,
}

impl Wire {
    pub(super) fn new(options: &HttpOptions) -> Result<Arc<Self>, NetworkError> {
        let endpoint = Endpoint::parse(&options.url)?;
        let authorization = options.token.as_ref().map(Token::header).transpose()?;
        Ok(Arc::new(Self {
            requests: endpoint.requests()?,
            pool: pool(&endpoint, options)?,
            beats: pool(&endpoint, options)?,
            endpoint,
            token: options.token.clone(),
            authorization,
            request_timeout: options.request_timeout,
            turns: Semaphore::new(REQUESTS_MAX as usize),
            corr_ids: CorrIds::new()?,
            time: ServerTime::default(),
        }))
    }

    pub(super) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// What was asked, for an error.
    pub(super) fn asked<'a>(&'a self, what: &'a str) -> Asked<'a> {
        let uri = &self.requests;
        Asked { uri, what }
    }

    /// Makes a request, once.
    pub(super) async fn ask(&self, request: &Request) -> Result<Answer, NetworkError> {
        let _turn = self.turn(request).await?;
        let corr_id = self.corr_ids.next();
        let asked = self.asked(request.kind());
        let text = self.encode(&corr_id, request);
        if text.len() > REQUEST_BYTES_MAX {
            return Err(asked.too_large("the request", REQUEST_BYTES_MAX));
        }
        let pool = if is_heartbeat(request) {
            &self.beats
        } else {
            &self.pool
        };
        let exchange = self.exchange(pool, asked, text);
        let (status, headers, body) = tokio::time::timeout(self.request_timeout, exchange)
            .await
            .map_err(|_| asked.timed_out(self.request_timeout))??;
        match decode_answer_with(&body, request, &corr_id, FENCE_PRELOAD_MAX) {
            Ok(Err(refusal)) if refusal.status == Status::Unauthorized => {
                Err(asked.failed(NetworkErrorKind::Unauthorized, refusal, TOKEN))
            }
            Ok(answer) => Ok(answer),
            Err(MalformedAnswer::NotAnEnvelope { .. }) if !status.is_success() => {
                Err(asked.foreign(status, &headers, &body))
            }
            Err(cause) => Err(malformed(asked, &body, cause)),
        }
    }

    /// The server's time when the clock of this process reads `own`.
    pub(super) fn now(&self, own: Millis) -> Millis {
        self.time.at(own)
    }

    /// Whether servers take a request of this size.
    pub(super) fn fits(&self, request: &Request) -> bool {
        self.encode(&self.corr_ids.next(), request).len() <= REQUEST_BYTES_MAX
    }

    fn encode(&self, corr_id: &str, request: &Request) -> String {
        encode_request(corr_id, self.token.as_ref().map(Token::bare), request)
    }

    /// A place among the requests under way. A heartbeat does not queue: leases depend on it.
    async fn turn(&self, request: &Request) -> Result<Option<SemaphorePermit<'_>>, NetworkError> {
        if is_heartbeat(request) && !self.turns.is_closed() {
            return Ok(None);
        }
        let turn = self.turns.acquire().await;
        turn.map(Some).map_err(|_| self.closed())
    }

    fn closed(&self) -> NetworkError {
        let message = format!(
            "the connection to {} was closed by this process",
            self.endpoint
        );
        NetworkError::permanent(message)
    }

    async fn exchange(
        &self,
        pool: &Pool,
        asked: Asked<'_>,
        text: String,
    ) -> Result<(StatusCode, http::HeaderMap, Bytes), NetworkError> {
        let mut request = http::Request::new(Full::new(Bytes::from(text)));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.requests.clone();
        request.headers_mut().insert(header::CONTENT_TYPE, JSON);
        self.sign(request.headers_mut(), JSON);
        let sent = pool.request(request).await;
        let (head, body) = sent.map_err(|error| asked.broken(error))?.into_parts();
        self.time.note(&head.headers);
        let body = read(asked, body).await?;
        Ok((head.status, head.headers, body))
    }

    /// Opens the stream of messages for a process; it is open when this returns.
    pub(super) async fn open_messages(
        &self,
        group: &str,
        pid: &ProcessId,
    ) -> Result<Incoming, NetworkError> {
        if self.turns.is_closed() {
            return Err(self.closed());
        }
        let uri = self.endpoint.messages(group, pid.as_str())?;
        let asked = Asked {
            uri: &uri,
            what: "the stream of messages",
        };
        let mut request = http::Request::new(Full::default());
        *request.uri_mut() = uri.clone();
        self.sign(request.headers_mut(), EVENTS);
        let opening = async {
            let response = self.pool.request(request).await;
            let response = response.map_err(|error| asked.broken(error))?;
            if response.status() == StatusCode::OK && is_event_stream(response.headers()) {
                return Ok(response.into_body());
            }
            let (head, body) = response.into_parts();
            // An endless body that is no event stream ends with the timeout.
            let body = read(asked, body).await?;
            Err(asked.foreign(head.status, &head.headers, &body))
        };
        tokio::time::timeout(self.request_timeout, opening)
            .await
            .map_err(|_| asked.timed_out(self.request_timeout))?
    }

    fn sign(&self, headers: &mut http::HeaderMap, accept: HeaderValue) {
        headers.insert(header::ACCEPT, accept);
        headers.insert(header::USER_AGENT, AGENT);
        if let Some(authorization) = &self.authorization {
            headers.insert(header::AUTHORIZATION, authorization.clone());
        }
    }

    /// Lets the requests under way end, each in its own time, and makes no more.
    pub(super) async fn close(&self) {
        let ended = self.turns.acquire_many(REQUESTS_MAX);
        // Whether they ended or were given up: nobody waits longer for them.
        let _ended = tokio::time::timeout(self.request_timeout, ended).await;
        self.turns.close();
    }

    /// Makes no more requests.
    pub(super) fn close_now(&self) {
        self.turns.close();
    }
}

fn is_heartbeat(request: &Request) -> bool {
    matches!(request, Request::TaskHeartbeat(_))
}

async fn read(asked: Asked<'_>, body: Incoming) -> Result<Bytes, NetworkError> {
    let announced = body.size_hint().lower();
    if announced > ANSWER_BYTES_MAX as u64 {
        return Err(asked.too_large("the answer", ANSWER_BYTES_MAX));
    }
    match Limited::new(body, ANSWER_BYTES_MAX).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            Err(asked.too_large("the answer", ANSWER_BYTES_MAX))
        }
        Err(error) => Err(asked.cut_off(Cut(error))),
    }
}

/// What ended a body too soon.
#[derive(Debug)]
struct Cut(Box<dyn std::error::Error + Send + Sync>);

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Cut {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

fn malformed(asked: Asked<'_>, body: &[u8], cause: MalformedAnswer) -> NetworkError {
    let looks_like_json = body.trim_ascii_start().first() == Some(&b'{');
    let (kind, remedy) = if looks_like_json {
        let remedy = "Something between here and the server cuts, mixes up or changes answers";
        (NetworkErrorKind::Malformed, remedy)
    } else {
        (NetworkErrorKind::NotResonate, URL)
    };
    asked.failed(kind, &cause, remedy).because(cause)
}

fn is_event_stream(headers: &http::HeaderMap) -> bool {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    kind.and_then(|kind| kind.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("text/event-stream"))
}

impl CorrIds {
    fn new() -> Result<Self, NetworkError> {
        let mut bytes = [0_u8; 8];
        getrandom::fill(&mut bytes).map_err(|cause| {
            let message = "no randomness for correlation ids";
            NetworkError::new(NetworkErrorKind::Config, message).because(cause)
        })?;
        Ok(Self {
            prefix: format!("{:016x}", u64::from_ne_bytes(bytes)),
            next: AtomicU64::new(1),
        })
    }

    fn next(&self) -> String {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        format!("{}-{number}", self.prefix)
    }
}
