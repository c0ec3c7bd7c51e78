//! Messages to URLs: posted once, never again (protocol §4.5). What is lost is repaired by the
//! engine's next offer, and by listening again.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use resonate_core::protocol::Outgoing;
use resonate_core::protocol::envelope::encode_message;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;

/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(10);
/// How long a push may take in all: a function may run while it is answered.
const TOTAL: Duration = Duration::from_secs(180);
/// Pushes under way at most; more messages wait.
const UNDER_WAY_MAX: usize = 256;
/// Messages that wait at most; more are dropped.
pub(super) const WAITING_MAX: usize = 4096;
/// Bytes of an answer that are read, to use the connection again. Nobody looks at them.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

#[cfg(feature = "tls")]
type Connector = hyper_rustls::HttpsConnector<HttpConnector>;
#[cfg(not(feature = "tls"))]
type Connector = HttpConnector;

#[cfg(feature = "tls")]
type ConnectorError = rustls::Error;
#[cfg(not(feature = "tls"))]
type ConnectorError = std::convert::Infallible;

type Poster = Client<Connector, Full<Bytes>>;

/// Delivers messages until there are no more senders, or until it is dropped.
pub(super) async fn deliver(mut messages: mpsc::Receiver<Outgoing>, server_url: Arc<str>) {
    let slots = Arc::new(Semaphore::new(UNDER_WAY_MAX));
    let mut under_way = JoinSet::new();
    let mut made: Option<Poster> = None;
    while let Some(outgoing) = messages.recv().await {
        while under_way.try_join_next().is_some() {}
        let poster = match &made {
            Some(poster) => poster.clone(),
            None => match poster() {
                Ok(poster) => made.insert(poster).clone(),
                Err(error) => {
                    tracing::error!(%error, "messages to URLs cannot be delivered");
                    return;
                }
            },
        };
        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else {
            return;
        };
        let server_url = Arc::clone(&server_url);
        under_way.spawn(async move {
            let _slot = slot;
            let to = place(&outgoing.address);
            match tokio::time::timeout(TOTAL, post(&poster, outgoing, &server_url)).await {
                Ok(Ok(())) => tracing::trace!(to, "a message is pushed"),
                Ok(Err(error)) => tracing::warn!(to, %error, "a message could not be pushed"),
                Err(_) => tracing::warn!(to, "pushing a message took too long"),
            }
        });
    }
}

fn poster() -> Result<Poster, ConnectorError> {
    let mut builder = Client::builder(TokioExecutor::new());
    builder.pool_timer(TokioTimer::new());
    connector().map(|connector| builder.build(connector))
}

/// Why a message was not taken.
#[derive(Debug)]
enum PushError {
    Address,
    Unreachable(hyper_util::client::legacy::Error),
    Refused(hyper::StatusCode),
}

impl std::fmt::Display for PushError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Address => f.write_str("its address is not a URL that can be posted to"),
            Self::Unreachable(error) if error.is_connect() => {
                f.write_str("no connection could be made")
            }
            Self::Unreachable(_) => f.write_str("the connection broke"),
            Self::Refused(status) => write!(f, "the answer was {status}"),
        }
    }
}

async fn post(poster: &Poster, outgoing: Outgoing, server_url: &str) -> Result<(), PushError> {
    let uri: Uri = outgoing.address.parse().map_err(|_| PushError::Address)?;
    let message = encode_message(&outgoing.message, server_url);
    let mut request = Request::new(Full::from(message));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = uri;
    let json = HeaderValue::from_static("application/json");
    request.headers_mut().insert(CONTENT_TYPE, json);
    let answer = poster
        .request(request)
        .await
        .map_err(PushError::Unreachable)?;
    let status = answer.status();
    // Whether the rest of the answer comes makes no difference.
    let _rest = Limited::new(answer.into_body(), ANSWER_BYTES_MAX)
        .collect()
        .await;
    if status.is_success() {
        Ok(())
    } else {
        Err(PushError::Refused(status))
    }
}

fn http() -> HttpConnector {
    let mut connector = HttpConnector::new();
    connector.set_connect_timeout(Some(CONNECT));
    connector.set_nodelay(true);
    connector
}

#[cfg(not(feature = "tls"))]
fn connector() -> Result<Connector, ConnectorError> {
    Ok(http())
}

#[cfg(feature = "tls")]
fn connector() -> Result<Connector, ConnectorError> {
    use hyper_rustls::HttpsConnectorBuilder;

    let mut connector = http();
    connector.enforce_http(false);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    // The system's certificates; in an image that has none, those that browsers carry.
    let builder = HttpsConnectorBuilder::new()
        .with_provider_and_native_roots(Arc::clone(&provider))
        .or_else(|_| HttpsConnectorBuilder::new().with_provider_and_webpki_roots(provider));
    builder.map(|builder| {
        builder
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector)
    })
}

/// Where a URL leads, without what may be secret in it: a password, a path, a query.
fn place(address: &str) -> String {
    let uri = address.parse::<Uri>().ok();
    let host = uri
        .as_ref()
        .and_then(|uri| Some((uri.scheme_str()?, uri.host()?)));
    host.map_or_else(
        || "a malformed URL".to_owned(),
        |(scheme, host)| format!("{scheme}://{host}"),
    )
}
