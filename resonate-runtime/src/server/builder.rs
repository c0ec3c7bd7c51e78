//! How a server is set up.

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use resonate_core::engine::Config;
use resonate_core::store::{MemoryStore, Store};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc, watch};

use super::Server;
use super::auth::{Gate, Token};
use super::cors::Cors;
use super::limits::Limits;
use super::listen::serve;
use super::service::Service;
use super::{IN_PROCESS, push};
use crate::clock::{Clock, SystemClock};
use crate::error::{Error, Kind, Result};
use crate::network::{Embedded, Host};

/// Where the official SDKs look for a server.
const PORT: u16 = 8001;
/// Characters of a token that guards more than this machine, at least: 128 bits in base64.
const TOKEN_CHARACTERS_MIN: usize = 22;

/// How a server is set up. Without any setting it keeps everything in memory and listens on
/// `127.0.0.1:8001`.
#[must_use = "a builder starts nothing until `start` is awaited"]
pub struct ServerBuilder {
    store: Choice,
    bind: SocketAddr,
    gate: Gate,
    #[cfg(feature = "jwt")]
    key: Option<super::PublicKey>,
    insecure: bool,
    debug: bool,
    push: bool,
    public_url: Option<String>,
    cors: Cors,
    limits: Limits,
    engine: Config,
    clock: Option<Arc<dyn Clock>>,
}

/// Where everything is kept.
enum Choice {
    Memory,
    #[cfg(feature = "sqlite")]
    Sqlite(resonate_core::store::SqliteOptions),
    Given(Box<dyn Store + Send>),
}

impl Default for ServerBuilder {
    fn default() -> Self {
        Self {
            store: Choice::Memory,
            bind: SocketAddr::from(([127, 0, 0, 1], PORT)),
            gate: Gate::Open,
            #[cfg(feature = "jwt")]
            key: None,
            insecure: false,
            debug: false,
            push: true,
            public_url: None,
            cors: Cors::Off,
            limits: Limits::default(),
            engine: Config::default(),
            clock: None,
        }
    }
}

impl ServerBuilder {
    /// Keeps everything in memory: for tests, and for work that may be lost with the process.
    pub fn memory(mut self) -> Self {
        self.store = Choice::Memory;
        self
    }

    /// Keeps everything in this SQLite file, which one process at a time has open.
    #[cfg(feature = "sqlite")]
    pub fn path(self, path: impl AsRef<std::path::Path>) -> Self {
        self.sqlite(resonate_core::store::SqliteOptions::new(path.as_ref()))
    }

    /// Keeps everything in a SQLite file, with its options: how durable an acknowledgement is.
    #[cfg(feature = "sqlite")]
    pub fn sqlite(mut self, options: resonate_core::store::SqliteOptions) -> Self {
        self.store = Choice::Sqlite(options);
        self
    }

    /// Keeps everything in this store.
    pub fn store(mut self, store: impl Store + Send + 'static) -> Self {
        self.store = Choice::Given(Box::new(store));
        self
    }

    /// Where to listen. Port 0 is any that is free; [`Server::url`] says which.
    pub fn bind(mut self, address: impl Into<SocketAddr>) -> Self {
        self.bind = address.into();
        self
    }

    /// The token that every caller has to show. Over a plain connection it can be overheard:
    /// beyond this machine put something in front that speaks TLS.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.gate = Gate::Token(Token::new(token));
        self
    }

    /// The key that every caller's token has to be signed with.
    #[cfg(feature = "jwt")]
    pub fn public_key(mut self, key: super::PublicKey) -> Self {
        self.key = Some(key);
        self
    }

    /// Lets anybody ask anything even where others reach this machine. Whoever can connect can
    /// then read and change everything.
    pub fn insecure_no_auth(mut self) -> Self {
        self.insecure = true;
        self
    }

    /// Whether callers may pause the clock, set it, look at everything and delete everything
    /// (`debug.*`); they may not without it.
    pub fn debug(mut self, debug: bool) -> Self {
        self.debug = debug;
        self
    }

    /// Whether messages to `http` and `https` addresses are delivered; they are without it. Who
    /// may create promises can make this server post to any address that it reaches.
    pub fn push(mut self, push: bool) -> Self {
        self.push = push;
        self
    }

    /// Where workers that are pushed to call back; [`Server::url`] without it.
    pub fn public_url(mut self, url: impl Into<String>) -> Self {
        self.public_url = Some(url.into());
        self
    }

    /// Lets web pages of this origin ask; `*` is any origin, and several calls add up. None may
    /// without it.
    pub fn cors(mut self, origin: impl Into<String>) -> Self {
        self.cors = self.cors.with(origin.into());
        self
    }

    /// How much is taken, and how long is waited.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits.bounded();
        self
    }

    /// How long a finished execution is kept; for ever without it. Then its promise and everything
    /// of its origin is deleted in the background, and its id may be used again. See
    /// [`Config::retain`] for what counts as finished.
    pub fn retain(mut self, retention: Duration) -> Self {
        self.engine.retain = Some(retention);
        self
    }

    /// The engine's own settings; they replace [`ServerBuilder::retain`].
    pub fn engine(mut self, config: Config) -> Self {
        self.engine = config;
        self
    }

    /// Where the time is read.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Opens the store, takes up what is due, and listens. It serves when this returns.
    ///
    /// Tasks held by processes that were attached in this one's predecessor are offered again;
    /// those of other processes stay theirs as long as their leases hold.
    ///
    /// # Errors
    /// When the store cannot be opened, the address cannot be listened on, or nobody would have
    /// to show a token though others can reach this machine there.
    pub async fn start(mut self) -> Result<Server> {
        self.check()?;
        let clock = self
            .clock
            .take()
            .unwrap_or_else(|| Arc::new(SystemClock::start()));
        let store = std::mem::replace(&mut self.store, Choice::Memory);
        let store = store.open().await?;
        let listener = TcpListener::bind(self.bind).await;
        let (listener, address) = listener
            .and_then(|listener| listener.local_addr().map(|address| (listener, address)))
            .map_err(|error| {
                let message = format!("cannot listen on {}: {error}", self.bind);
                Error::of(Kind::Config, message).because(error)
            })?;
        let url = url(address);
        let public_url: Arc<str> = self.public_url.take().unwrap_or_else(|| url.clone()).into();
        let (push, pushed) = mpsc::channel(push::WAITING_MAX);
        let engine = Arc::new(Embedded::start(Host {
            store,
            config: self.engine.clone(),
            clock: Arc::clone(&clock),
            abandoned: |pid| pid.as_str().starts_with(IN_PROCESS),
            push: self.push.then_some(push),
        })?);
        let pusher = tokio::spawn(push::deliver(pushed, Arc::clone(&public_url)));
        tracing::info!(
            store = crate::network::Network::describe(&*engine),
            url,
            debug = self.debug,
            open = self.gate.is_open(),
            "the server starts"
        );
        let (stop, stopping) = watch::channel(false);
        let service = Arc::new(self.into_service(Arc::clone(&engine), public_url));
        let serving = tokio::spawn(serve(listener, service, stopping));
        Ok(Server {
            url,
            address,
            engine,
            clock,
            stop,
            tasks: Mutex::new(Some((serving, pusher))),
        })
    }

    /// Refuses what would let everybody in, and makes a key of what is said to be one.
    fn check(&mut self) -> Result<()> {
        #[cfg(feature = "jwt")]
        if let Some(key) = self.key.take() {
            self.gate = Gate::Signed(super::auth::Verifier::new(key)?);
        }
        if self.bind.ip().is_loopback() {
            return Ok(());
        }
        let config = |message: String| Err(Error::of(Kind::Config, message));
        match &self.gate {
            Gate::Open if !self.insecure => config(format!(
                "{} can be reached from other machines, and whoever connects could read and change \
                 everything: set a token, or listen on 127.0.0.1, or say `insecure_no_auth` if \
                 that is what you want",
                self.bind
            )),
            Gate::Token(token) if token.len() < TOKEN_CHARACTERS_MIN => config(format!(
                "{} can be reached from other machines, and a token of {} characters can be \
                 guessed: make one of at least {TOKEN_CHARACTERS_MIN} random characters",
                self.bind,
                token.len()
            )),
            Gate::Open | Gate::Token(_) => Ok(()),
            #[cfg(feature = "jwt")]
            Gate::Signed(_) => Ok(()),
        }
    }

    fn into_service(self, engine: Arc<Embedded>, public_url: Arc<str>) -> Service {
        let bodies = self.limits.bodies_bytes_max.min(Semaphore::MAX_PERMITS);
        let streams = self.limits.streams_max.min(Semaphore::MAX_PERMITS);
        Service {
            engine,
            gate: self.gate,
            cors: self.cors,
            debug: self.debug,
            public_url,
            limits: self.limits,
            streams: Arc::new(Semaphore::new(streams)),
            bodies: Semaphore::new(bodies),
        }
    }
}

impl Choice {
    async fn open(self) -> Result<Box<dyn Store + Send>> {
        match self {
            Self::Memory => Ok(Box::new(MemoryStore::default())),
            #[cfg(feature = "sqlite")]
            Self::Sqlite(options) => {
                let open = move || resonate_core::store::SqliteStore::open(options);
                match tokio::task::spawn_blocking(open).await {
                    Ok(opened) => Ok(Box::new(opened?)),
                    Err(stopped) => Err(Error::of(Kind::Stopped, stopped.to_string())),
                }
            }
            Self::Given(store) => Ok(store),
        }
    }
}

/// Where this machine reaches the address.
fn url(mut address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        let here = match address {
            SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        };
        address.set_ip(here);
    }
    format!("http://{address}")
}

impl fmt::Debug for ServerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerBuilder")
            .field("bind", &self.bind)
            .field("gate", &self.gate)
            .field("debug", &self.debug)
            .finish_non_exhaustive()
    }
}
