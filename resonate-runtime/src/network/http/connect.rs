//! Connections to a server: a pool that keeps them alive, with TLS where the URL asks for it.

use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::HttpOptions;
use super::endpoint::Endpoint;
use crate::network::NetworkError;

#[cfg(feature = "tls")]
type Connector = hyper_rustls::HttpsConnector<HttpConnector>;
#[cfg(not(feature = "tls"))]
type Connector = HttpConnector;

/// A pool of connections.
pub(super) type Pool = Client<Connector, Full<Bytes>>;

/// A connection has to come about in this time at most.
const CONNECT_TIMEOUT_MAX: Duration = Duration::from_secs(5);
/// Unused connections are closed after this time, before servers do it: they may have a request
/// on the way then.
const IDLE_MAX: Duration = Duration::from_secs(30);
/// A peer that vanished without a word is noticed in a minute.
const KEEP_ALIVE: Duration = Duration::from_secs(30);
const KEEP_ALIVE_EVERY: Duration = Duration::from_secs(10);
const KEEP_ALIVE_TRIES: u32 = 3;

pub(super) fn pool(endpoint: &Endpoint, options: &HttpOptions) -> Result<Pool, NetworkError> {
    let mut tcp = HttpConnector::new();
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(options.request_timeout.min(CONNECT_TIMEOUT_MAX)));
    tcp.set_keepalive(Some(KEEP_ALIVE));
    tcp.set_keepalive_interval(Some(KEEP_ALIVE_EVERY));
    tcp.set_keepalive_retries(Some(KEEP_ALIVE_TRIES));
    let connector = secured(tcp, endpoint, options)?;
    let mut builder = Client::builder(TokioExecutor::new());
    builder
        .pool_timer(TokioTimer::new())
        .timer(TokioTimer::new())
        .pool_idle_timeout(IDLE_MAX);
    #[cfg(feature = "tls")]
    builder
        .http2_keep_alive_interval(KEEP_ALIVE)
        .http2_adaptive_window(true);
    Ok(builder.build(connector))
}

#[cfg(not(feature = "tls"))]
fn secured(
    tcp: HttpConnector,
    _endpoint: &Endpoint,
    _options: &HttpOptions,
) -> Result<Connector, NetworkError> {
    Ok(tcp)
}

/// HTTP/2 where the peer offers it in the TLS handshake, HTTP/1.1 otherwise.
#[cfg(feature = "tls")]
fn secured(
    mut tcp: HttpConnector,
    endpoint: &Endpoint,
    options: &HttpOptions,
) -> Result<Connector, NetworkError> {
    tcp.enforce_http(false);
    let config = if endpoint.is_https() {
        super::tls::config(options)?
    } else {
        super::tls::unused()?
    };
    Ok(hyper_rustls::HttpsConnectorBuilder::new()
        .with_tls_config(config)
        .https_or_http()
        .enable_all_versions()
        .wrap_connector(tcp))
}
