//! Which server a client speaks to, if it speaks to one.

use std::sync::Arc;
use std::time::Duration;

use resonate_core::execution::IdGrammar;

use super::Builder;
use crate::error::{Error, Kind, Result};
use crate::network::{Backoff, Http, HttpOptions, Network, NetworkError, NetworkErrorKind};

/// Which server, and how it is reached.
#[derive(Default)]
pub(super) struct Remote {
    url: Option<String>,
    pub(super) token: Option<String>,
    request_timeout: Option<Duration>,
    #[cfg(feature = "tls")]
    authorities: Vec<Vec<u8>>,
    waits: bool,
}

impl Builder {
    /// The Resonate Server at this URL, such as `http://localhost:8001`, instead of an embedded
    /// engine. A path in it is respected: `https://example.org/resonate`.
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.remote.url = Some(url.into());
        self
    }

    /// The token that the server asks for. It is sent with each request, and never shown.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.remote.token = Some(token.into());
        self
    }

    /// How long to wait for a server's answer before the request is made again; 10 s without it.
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.remote.request_timeout = Some(timeout);
        self
    }

    /// Whether [`build`](Self::build) waits for a server that is down, for as long as it takes;
    /// without it, it fails within seconds. A server that refuses this client, or something that
    /// is no Resonate Server, is an error either way. Once built, a client outlives any outage.
    pub fn wait_for_server(mut self, waits: bool) -> Self {
        self.remote.waits = waits;
        self
    }

    /// A certificate authority to trust, as PEM, instead of those of the operating system: for a
    /// server with a certificate of your own.
    #[cfg(feature = "tls")]
    pub fn certificate_authority(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.remote.authorities.push(pem.into());
        self
    }
}

impl Remote {
    pub(super) fn is_wanted(&self) -> bool {
        self.url.is_some()
    }

    /// The way to the server, once it has answered, and how it wants ids to be written.
    pub(super) async fn open(
        &self,
        prefix: &str,
        given: Option<IdGrammar>,
    ) -> Result<(Arc<dyn Network>, IdGrammar)> {
        let network = Http::new(&self.options()).map_err(fail)?;
        let mut backoff = Backoff::default();
        let mut told = false;
        loop {
            let error = match look(&network, prefix, given).await {
                Ok(grammar) => return Ok((Arc::new(network), grammar)),
                Err(error) => error,
            };
            if !self.waits || !passes(error.kind()) {
                return Err(fail(error));
            }
            if !std::mem::replace(&mut told, true) {
                tracing::warn!(%error, "waiting for the server");
            }
            tokio::time::sleep(backoff.next()).await;
        }
    }

    fn options(&self) -> HttpOptions {
        let mut options = HttpOptions::new(self.url.clone().unwrap_or_default());
        if let Some(token) = &self.token {
            options = options.token(token);
        }
        if let Some(timeout) = self.request_timeout {
            options = options.request_timeout(timeout);
        }
        #[cfg(feature = "tls")]
        for pem in &self.authorities {
            options = options.certificate_authority(pem.clone());
        }
        options
    }
}

/// A first look at the server; how it wants ids to be written.
async fn look(
    network: &Http,
    prefix: &str,
    given: Option<IdGrammar>,
) -> Result<IdGrammar, NetworkError> {
    network.probe(prefix).await?;
    if let Some(given) = given {
        return Ok(given);
    }
    let learned = network.id_grammar(prefix).await?;
    tracing::debug!(server = network.describe(), grammar = ?learned, "how the server wants ids to be written");
    Ok(learned.unwrap_or_else(|| {
        tracing::warn!(
            server = network.describe(),
            "the server takes ids of no known form; say `.id_grammar(..)`"
        );
        IdGrammar::default()
    }))
}

/// Whether a server that cannot be used now may be later.
fn passes(kind: NetworkErrorKind) -> bool {
    matches!(
        kind,
        NetworkErrorKind::Unreachable
            | NetworkErrorKind::TimedOut
            | NetworkErrorKind::Busy
            | NetworkErrorKind::Failed
    )
}

/// Why there is no client.
pub(super) fn fail(error: NetworkError) -> Error {
    let kind = match error.kind() {
        NetworkErrorKind::Config => Kind::Config,
        NetworkErrorKind::Unauthorized | NetworkErrorKind::Forbidden => Kind::Refused,
        NetworkErrorKind::Closed => Kind::Stopped,
        NetworkErrorKind::Unreachable
        | NetworkErrorKind::TimedOut
        | NetworkErrorKind::Tls
        | NetworkErrorKind::Redirected
        | NetworkErrorKind::TooLarge
        | NetworkErrorKind::Busy
        | NetworkErrorKind::Failed
        | NetworkErrorKind::NotResonate
        | NetworkErrorKind::Version
        | NetworkErrorKind::Malformed => Kind::Unreachable,
    };
    Error::of(kind, error.to_string()).because(error)
}
