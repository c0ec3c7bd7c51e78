//! Which request goes where (protocol §1.3).

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::header::{ALLOW, DATE, HeaderMap, HeaderValue, ORIGIN};
use hyper::{Method, Request, StatusCode};
use resonate_core::Millis;
use tokio::sync::Semaphore;

use super::auth::{Gate, bearer};
use super::body::{Answer, empty, json, plain};
use super::cors::Cors;
use super::guard::Busy;
use super::limits::Limits;
use super::{poll, rpc};
use crate::clock::{Clock as _, SystemClock};
use crate::context::to_system_time;
use crate::network::{Embedded, Network as _};

/// How long an engine that works may take to say so.
const READY_WITHIN: Duration = Duration::from_secs(5);

/// Less is no difference: a date has whole seconds.
const A_SECOND: Duration = Duration::from_secs(1);

/// What requests are answered with.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) engine: Arc<Embedded>,
    /// The clock of this machine.
    pub(super) clock: SystemClock,
    pub(super) gate: Gate,
    pub(super) cors: Cors,
    /// Whether the clock and the store are in the callers' hands.
    pub(super) debug: bool,
    pub(super) public_url: Arc<str>,
    pub(super) limits: Limits,
    /// Message streams that may still be opened.
    pub(super) streams: Arc<Semaphore>,
    /// Bytes of bodies that may still be held.
    pub(super) bodies: Semaphore,
}

/// Where a request goes.
enum Route {
    Rpc,
    Poll,
    Alive,
    Ready,
    Gone,
    WrongMethod(&'static str),
    Unknown,
}

impl Service {
    /// Answers one request of a connection.
    pub(super) async fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
        busy: Busy,
    ) -> Result<Answer, Infallible> {
        let origin = request.headers().get(ORIGIN).cloned();
        let mut answer = self.route(request, busy).await;
        self.date(answer.headers_mut());
        self.cors.write(origin.as_ref(), answer.headers_mut());
        Ok(answer)
    }

    /// Tells the engine's time where it is not that of this machine: clients plan by it.
    fn date(&self, headers: &mut HeaderMap) {
        let (now, machine) = (self.engine.now(Millis::ZERO), self.clock.now());
        if machine.until(now).max(now.until(machine)) >= A_SECOND {
            let now = httpdate::fmt_http_date(to_system_time(now));
            if let Ok(now) = HeaderValue::try_from(now) {
                headers.insert(DATE, now);
            }
        }
    }

    async fn route(&self, request: Request<Incoming>, busy: Busy) -> Answer {
        let under_way = busy.begin();
        if self.cors.is_preflight(request.method(), request.headers()) {
            return empty(StatusCode::OK);
        }
        if self.gate.is_open() && self.cors.is_foreign(request.headers()) {
            let text = "this server takes no requests from other sites' web pages";
            return plain(StatusCode::FORBIDDEN, text);
        }
        match route(request.method(), request.uri().path()) {
            Route::Rpc => rpc::answer(self, request).await,
            Route::Poll => {
                let token = bearer(request.headers());
                poll::open(self, request.uri().path(), token, under_way)
            }
            Route::Alive => empty(StatusCode::OK),
            Route::Ready => empty(self.readiness().await),
            Route::Gone => json(
                StatusCode::GONE,
                r#"{"error":"this path belongs to an older protocol: upgrade the client, which then posts to `/`"}"#
                    .to_owned(),
            ),
            Route::WrongMethod(allowed) => {
                let mut answer = empty(StatusCode::METHOD_NOT_ALLOWED);
                let allowed = HeaderValue::from_static(allowed);
                answer.headers_mut().insert(ALLOW, allowed);
                answer
            }
            Route::Unknown => empty(StatusCode::NOT_FOUND),
        }
    }

    /// Whether the engine answers, which it does not while its store fails.
    async fn readiness(&self) -> StatusCode {
        let asked = self.engine.ask(Vec::new(), None);
        match tokio::time::timeout(READY_WITHIN, asked).await {
            Ok(Ok(_)) => StatusCode::OK,
            Ok(Err(_)) | Err(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

fn route(method: &Method, path: &str) -> Route {
    let first = path.split('/').nth(1).unwrap_or_default();
    match first {
        "" if path.len() <= 1 => only(method, "POST", Route::Rpc),
        "poll" => only(method, "GET", Route::Poll),
        "health" if path == "/health" => only(method, "GET", Route::Alive),
        "ready" if path == "/ready" => only(method, "GET", Route::Ready),
        "promises" | "tasks" | "schedules" => Route::Gone,
        _ => Route::Unknown,
    }
}

fn only(method: &Method, allowed: &'static str, route: Route) -> Route {
    let is_head = *method == Method::HEAD && matches!(route, Route::Alive | Route::Ready);
    if method.as_str() == allowed || is_head {
        route
    } else {
        Route::WrongMethod(allowed)
    }
}
