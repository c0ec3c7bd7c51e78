//! A Resonate Server over HTTP: requests as JSON, messages as server-sent events.

mod backoff;
mod connect;
mod endpoint;
mod failure;
mod probe;
mod stream;
#[cfg(feature = "tls")]
mod tls;
mod token;
mod wire;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use resonate_core::ProcessId;
use resonate_core::execution::IdGrammar;
use resonate_core::protocol::{Answer, Message, Request};
use resonate_core::registry::BoxFuture;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::{Network, NetworkError, Traits};
pub(crate) use backoff::Backoff;
use stream::Stream;
use token::Token;
use wire::Wire;

/// How long to wait for an answer where nothing else is said, as in other SDKs.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// Messages that wait for this process at most; the stream stands still meanwhile.
const MESSAGES_MAX: usize = 1024;

/// How a Resonate Server is reached.
#[derive(Clone, Debug)]
#[must_use]
pub struct HttpOptions {
    url: String,
    token: Option<Token>,
    request_timeout: Duration,
    #[cfg(feature = "tls")]
    authorities: Vec<Vec<u8>>,
}

impl HttpOptions {
    /// The server at this URL, such as `http://localhost:8001`. A path in it is respected.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            token: None,
            request_timeout: REQUEST_TIMEOUT,
            #[cfg(feature = "tls")]
            authorities: Vec::new(),
        }
    }

    /// The token that the server asks for. It is sent in the head of each request and as the
    /// header `Authorization`, because servers differ in where they look; it is never shown.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(Token::new(token));
        self
    }

    /// How long to wait for an answer; 10 s without it.
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = timeout;
        self
    }

    /// A certificate authority to trust, as PEM, instead of those of the operating system.
    #[cfg(feature = "tls")]
    pub fn certificate_authority(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.authorities.push(pem.into());
        self
    }
}

/// A Resonate Server over HTTP.
///
/// The requests of one call are made one after the other, those of different calls at the same
/// time, over connections that are kept. Nothing is retried here: whoever asks knows what may
/// be asked again.
///
/// ```
/// use resonate::network::{Http, HttpOptions};
///
/// let error = Http::new(&HttpOptions::new("localhost:8001")).unwrap_err();
/// assert!(error.to_string().contains("write `http://localhost:8001`"));
/// ```
pub struct Http {
    wire: Arc<Wire>,
    gaps: Arc<watch::Sender<u64>>,
    streams: Mutex<JoinSet<()>>,
}

impl Http {
    /// The way to a server. Nothing is sent yet.
    ///
    /// # Errors
    /// When the URL is none, the token cannot be sent, or TLS cannot be set up.
    pub fn new(options: &HttpOptions) -> Result<Self, NetworkError> {
        Ok(Self {
            wire: Wire::new(options)?,
            gaps: Arc::new(watch::Sender::new(0)),
            streams: Mutex::new(JoinSet::new()),
        })
    }

    /// Checks that a Resonate Server answers there, of the protocol version that this client
    /// speaks, and that it takes the token. `prefix` is what this client's ids begin with, which
    /// a token may be limited to.
    ///
    /// # Errors
    /// When it is not so; the error names the URL, the cause, and what to do.
    pub async fn probe(&self, prefix: &str) -> Result<(), NetworkError> {
        probe::greet(&self.wire, prefix).await
    }

    /// Learns how the server wants the ids of steps to be written, with requests that change
    /// nothing. `None` when it takes neither way.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn id_grammar(&self, prefix: &str) -> Result<Option<IdGrammar>, NetworkError> {
        probe::grammar(&self.wire, prefix).await
    }

    fn streams(&self) -> std::sync::MutexGuard<'_, JoinSet<()>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Network for Http {
    fn call(
        &self,
        requests: Vec<Request>,
    ) -> BoxFuture<'static, Result<Vec<Answer>, NetworkError>> {
        let wire = Arc::clone(&self.wire);
        Box::pin(async move {
            let mut answers = Vec::with_capacity(requests.len());
            for request in &requests {
                answers.push(wire.ask(request).await?);
            }
            Ok(answers)
        })
    }

    fn attach(
        &self,
        group: String,
        pid: ProcessId,
    ) -> BoxFuture<'static, Result<mpsc::Receiver<Message>, NetworkError>> {
        let (sender, receiver) = mpsc::channel(MESSAGES_MAX);
        let stream = Stream {
            wire: Arc::clone(&self.wire),
            group,
            pid,
            sender,
            gaps: Arc::clone(&self.gaps),
        };
        let (opened, first) = tokio::sync::oneshot::channel();
        self.streams().spawn(async move {
            let body = stream.wire.open_messages(&stream.group, &stream.pid).await;
            match body {
                Ok(body) => {
                    if opened.send(Ok(())).is_ok() {
                        stream.run(body).await;
                    }
                }
                Err(error) => {
                    // Whoever attached has gone.
                    let _gone = opened.send(Err(error));
                }
            }
        });
        Box::pin(async move {
            let closed = |_| NetworkError::permanent("the stream of messages was closed");
            first.await.map_err(closed)??;
            Ok(receiver)
        })
    }

    fn detach(&self) -> BoxFuture<'static, ()> {
        let mut streams = std::mem::take(&mut *self.streams());
        Box::pin(async move { streams.shutdown().await })
    }

    fn gaps(&self) -> Option<watch::Receiver<u64>> {
        Some(self.gaps.subscribe())
    }

    fn traits(&self) -> Traits {
        Traits {
            elsewhere: true,
            ..Traits::default()
        }
    }

    fn describe(&self) -> String {
        format!("the Resonate Server at {}", self.wire.endpoint())
    }

    fn close(&self) -> BoxFuture<'static, ()> {
        let (wire, detached) = (Arc::clone(&self.wire), self.detach());
        Box::pin(async move {
            detached.await;
            wire.close().await;
        })
    }
}

impl Drop for Http {
    fn drop(&mut self) {
        self.wire.close_now();
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http")
            .field("server", &format_args!("{}", self.wire.endpoint()))
            .finish_non_exhaustive()
    }
}
