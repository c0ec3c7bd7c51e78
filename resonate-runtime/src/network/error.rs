//! Requests that got no answer.

use std::fmt;
use std::time::Duration;

/// A request that got no answer. Whether it had an effect is unknown.
#[derive(Debug)]
pub struct NetworkError {
    kind: NetworkErrorKind,
    message: String,
    permanent: bool,
    retry_after: Option<Duration>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// Why a request got no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NetworkErrorKind {
    /// The network was closed by this process.
    Closed,
    /// It was set up in a way that cannot work, such as with a URL that is none.
    Config,
    /// Nobody answered: no such host, connection refused, reset or cut off.
    Unreachable,
    /// The answer did not come in time.
    TimedOut,
    /// The peer's certificate is not trusted, or it does not speak TLS.
    Tls,
    /// 401: the token is missing or wrong.
    Unauthorized,
    /// 403: the token does not allow it.
    Forbidden,
    /// The answer is that the server is elsewhere.
    Redirected,
    /// The request or the answer is larger than can be sent.
    TooLarge,
    /// The peer is overloaded: 429 or 503.
    Busy,
    /// The peer failed.
    Failed,
    /// Something else than a Resonate Server answered.
    NotResonate,
    /// A Resonate Server of another protocol version answered.
    Version,
    /// The answer is not to this request, or is incomplete.
    Malformed,
}

impl NetworkError {
    /// A request that may be made again later.
    #[must_use]
    pub fn transient(message: impl Into<String>) -> Self {
        Self::new(NetworkErrorKind::Failed, message)
    }

    /// A request that cannot succeed over this connection any more, because it was closed.
    #[must_use]
    pub fn permanent(message: impl Into<String>) -> Self {
        Self::new(NetworkErrorKind::Closed, message)
    }

    /// An error of this kind.
    #[must_use]
    pub fn new(kind: NetworkErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            permanent: kind.is_permanent(),
            retry_after: None,
            source: None,
        }
    }

    /// The same error, with its cause.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The same error, with how long the peer asked to be left alone.
    #[must_use]
    pub fn retry_after(mut self, wait: Option<Duration>) -> Self {
        self.retry_after = wait;
        self
    }

    /// Why there is no answer.
    #[must_use]
    pub fn kind(&self) -> NetworkErrorKind {
        self.kind
    }

    /// Whether the network was closed by this process.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.kind == NetworkErrorKind::Closed
    }

    /// Whether making the request again is pointless.
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        self.permanent
    }

    /// How long the peer asked to be left alone.
    #[must_use]
    pub fn wait(&self) -> Option<Duration> {
        self.retry_after
    }
}

impl NetworkErrorKind {
    /// Whether making the request again is pointless. A proxy that answers in the server's place
    /// while it is down is no reason to give up, whatever it says.
    const fn is_permanent(self) -> bool {
        match self {
            Self::Closed
            | Self::Config
            | Self::Tls
            | Self::Unauthorized
            | Self::Forbidden
            | Self::Redirected
            | Self::TooLarge
            | Self::Version => true,
            Self::Unreachable
            | Self::TimedOut
            | Self::Busy
            | Self::Failed
            | Self::NotResonate
            | Self::Malformed => false,
        }
    }
}

impl fmt::Display for NetworkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for NetworkError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
