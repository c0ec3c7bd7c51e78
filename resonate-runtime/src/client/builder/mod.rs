//! How a client is set up: what is said here, over the environment, over the defaults.

mod check;

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use resonate_core::ProcessId;
use resonate_core::engine::Config;
use resonate_core::execution::IdGrammar;
use resonate_core::payload::{Base64Json, Codec, Encryptor, Retry};
use resonate_core::registry::Registry;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::Resonate;
use super::core::{Core, OnFault, Settings};
use super::environment::Environment;
use super::serving::{Guard, serve};
use crate::clock::{Clock, EngineTime, SystemClock};
use crate::dependencies::Dependencies;
use crate::error::{Error, Kind, Result};
use crate::network::Network;
use crate::replay::ReplayClock;

/// Default length of a lease, as in all SDKs.
const LEASE: Duration = Duration::from_secs(60);
/// Default number of executions that run at the same time.
const CONCURRENCY: usize = 256;
/// Default number of suspended executions that are kept as they stand.
const WARM: usize = 1_000;
/// Default time that each is kept.
const WARM_FOR: Duration = Duration::from_secs(300);
/// Default time that work under way has to end at shutdown.
const GRACE: Duration = Duration::from_secs(10);

/// How a client is set up. Without any setting it is an engine in memory, for the group
/// `default`.
#[must_use = "a builder builds nothing until `build` is awaited"]
pub struct Builder {
    #[cfg(feature = "sqlite")]
    pub(super) sqlite: Option<resonate_core::store::SqliteOptions>,
    pub(super) network: Option<Arc<dyn Network>>,
    #[cfg(feature = "http")]
    pub(super) remote: super::remote::Remote,
    clock: Option<Arc<dyn Clock>>,
    codec: Arc<dyn Codec>,
    dependencies: Dependencies,
    pub(super) group: Option<String>,
    pid: Option<String>,
    /// What an id begins with that is made up here.
    pid_prefix: &'static str,
    pub(super) prefix: Option<String>,
    pub(super) environment: Environment,
    pub(super) grammar: Option<IdGrammar>,
    lease: Duration,
    concurrency: usize,
    warm: usize,
    warm_for: Duration,
    on_fault: OnFault,
    client_only: bool,
    leaf_retry: Retry,
    grace: Duration,
    pub(super) engine: Config,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            #[cfg(feature = "sqlite")]
            sqlite: None,
            network: None,
            #[cfg(feature = "http")]
            remote: super::remote::Remote::default(),
            clock: None,
            codec: Arc::new(Base64Json::default()),
            dependencies: Dependencies::default(),
            group: None,
            pid: None,
            pid_prefix: "",
            prefix: None,
            environment: Environment::default(),
            grammar: None,
            lease: LEASE,
            concurrency: CONCURRENCY,
            warm: WARM,
            warm_for: WARM_FOR,
            on_fault: OnFault::default(),
            client_only: false,
            leaf_retry: Retry::exponential(),
            grace: GRACE,
            engine: Config::default(),
        }
    }
}

impl Builder {
    /// The embedded engine on this SQLite file.
    #[cfg(feature = "sqlite")]
    pub fn path(self, path: impl AsRef<std::path::Path>) -> Self {
        self.sqlite(resonate_core::store::SqliteOptions::new(path.as_ref()))
    }

    /// The embedded engine on a SQLite file, with its options: how durable an acknowledgement is.
    ///
    /// ```
    /// use resonate::prelude::*;
    /// use resonate::{SqliteOptions, Synchronous};
    ///
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("orders.db");
    /// let options = SqliteOptions::new(path).synchronous(Synchronous::Normal);
    /// let resonate = Resonate::builder().sqlite(options).client_only().build().await?;
    /// # Ok::<(), Error>(()) }).unwrap();
    /// ```
    #[cfg(feature = "sqlite")]
    pub fn sqlite(mut self, options: resonate_core::store::SqliteOptions) -> Self {
        self.sqlite = Some(options);
        self
    }

    /// An engine that is reached another way than those built in, or shared with other clients.
    /// It stays open when this client is shut down.
    pub fn network(mut self, network: Arc<dyn Network>) -> Self {
        self.network = Some(network);
        self
    }

    /// The group of workers that this process belongs to; `"default"` without it.
    pub fn group(mut self, group: impl Into<String>) -> Self {
        self.group = Some(group.into());
        self
    }

    /// The id of this process, which holds its leases; 128 random bits without it. Two
    /// processes with one id would hold each other's leases.
    pub fn pid(mut self, pid: impl Into<String>) -> Self {
        self.pid = Some(pid.into());
        self
    }

    /// What the id of this process begins with, unless it is given.
    #[cfg(feature = "http")]
    pub(crate) fn pid_prefix(mut self, prefix: &'static str) -> Self {
        self.pid_prefix = prefix;
        self
    }

    /// What all ids of this client begin with: `eu` makes `eu.order-17` of `order-17`. An id that
    /// begins with it already, as handles tell it, is taken as it is.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = Some(prefix.into());
        self
    }

    /// How child ids are written: `root:0.1` (newest) or `root.0.1` (older servers and SDKs).
    /// Without it a server is asked which way it takes, and the first is used elsewhere.
    pub fn id_grammar(mut self, grammar: IdGrammar) -> Self {
        self.grammar = Some(grammar);
        self
    }

    /// How long a claim holds without renewal; 60 s without it. A crashed process's work goes on
    /// elsewhere after that long; leases are renewed three times as often. The claims of a client
    /// with an engine of its own hold as long as the process lives.
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// How many executions run at the same time; 256 without it. Suspended ones do not count; one
    /// whose step waits for another execution keeps its place meanwhile. A `run` that finds every
    /// place taken is recorded at once, and offered to the group.
    pub fn concurrency(mut self, executions: usize) -> Self {
        self.concurrency = executions;
        self
    }

    /// How many suspended executions are kept in memory as they stand; 1,000 without it, and none
    /// with 0. One that is kept goes on at once when what it waits for has settled, however long
    /// its history is; any other is replayed from its records, to the same end. Beyond this
    /// number, the one that has waited longest is let go of.
    ///
    /// One that is kept takes the memory of its variables and of the steps that it holds handles
    /// of, and about 3 KiB; it holds neither a lease nor a connection.
    pub fn warm(mut self, executions: usize) -> Self {
        self.warm = executions;
        self
    }

    /// How long each of them is kept; 5 minutes without it.
    pub fn warm_for(mut self, idle: Duration) -> Self {
        self.warm_for = idle;
        self
    }

    /// A value that functions get by its type, with `ctx.dependency::<T>()`.
    pub fn dependency<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        self.dependencies.insert(value);
        self
    }

    /// How payloads are written; base64 of JSON without it, as all SDKs write them.
    pub fn codec(mut self, codec: impl Codec + 'static) -> Self {
        self.codec = Arc::new(codec);
        self
    }

    /// Encrypts payloads before they leave, and decrypts them when they come back.
    pub fn encryptor(mut self, encryptor: impl Encryptor + 'static) -> Self {
        self.codec = Arc::new(Base64Json::with_encryptor(Arc::new(encryptor)));
        self
    }

    /// What is done with work that this process cannot run; it is held back without it.
    pub fn on_fault(mut self, on_fault: OnFault) -> Self {
        self.on_fault = on_fault;
        self
    }

    /// A client that never takes work.
    pub fn client_only(mut self) -> Self {
        self.client_only = true;
        self
    }

    /// When a failed local step is tried again that says nothing itself; delays of 1 s, 2 s,
    /// 4 s … at most 30 s without it, until its deadline.
    pub fn leaf_retry(mut self, retry: Retry) -> Self {
        self.leaf_retry = retry;
        self
    }

    /// How long work under way may take to end at shutdown; 10 s without it.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Where the time is read.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// How long a finished execution is kept; for ever without it. Then its promise and everything
    /// of its origin is deleted in the background, and its id may be used again. See
    /// [`Config::retain`] for what counts as finished.
    ///
    /// It is for an engine in this process: a server has a retention of its own.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> resonate::Result<()> {
    /// use std::time::Duration;
    ///
    /// let week = Duration::from_secs(7 * 24 * 3600);
    /// let resonate = resonate::Resonate::builder().retain(week).build().await?;
    /// # resonate.shutdown().await; Ok(()) }
    /// ```
    pub fn retain(mut self, retention: Duration) -> Self {
        self.engine.retain = Some(retention);
        self
    }

    /// The embedded engine's own settings; they replace [`Builder::retain`].
    pub fn engine(mut self, config: Config) -> Self {
        self.engine = config;
        self
    }

    /// Opens the engine, checks the registry, and starts to serve the functions that are linked
    /// into this program.
    ///
    /// # Errors
    /// When a setting cannot work, two functions have one name and version, or the engine cannot
    /// be opened.
    pub async fn build(self) -> Result<Resonate> {
        let this = self.over_environment()?;
        this.validate()?;
        this.start().await
    }

    async fn start(self) -> Result<Resonate> {
        let clock = match &self.clock {
            Some(clock) => Arc::clone(clock),
            None => Arc::new(SystemClock::start()),
        };
        let (network, grammar) = self.open(&clock).await?;
        let pid = match &self.pid {
            Some(pid) => pid.clone(),
            None => format!("{}{}", self.pid_prefix, random_pid()?),
        };
        tracing::info!(
            engine = network.describe(),
            group = self.group_name(),
            pid,
            functions = Registry::global().len(),
            "resonate starts"
        );
        let pid = ProcessId::from(pid);
        let mut settings = self.settings(grammar, pid.clone());
        // Without functions there is nothing to serve: work is left to those who can do it.
        settings.client_only |= Registry::global().is_empty();
        let messages = network
            .attach(settings.hears_as(), pid)
            .await
            .map_err(|error| Error::of(Kind::Unreachable, error.to_string()).because(error))?;
        let core = Arc::new(self.into_core(network, clock, settings));
        serve(&core, messages);
        let guard = Arc::new(Guard::new(&core));
        Ok(Resonate { core, guard })
    }

    fn group_name(&self) -> &str {
        self.group.as_deref().unwrap_or("default")
    }

    /// Whether this builder says which engine to use.
    pub(super) fn names_an_engine(&self) -> bool {
        self.network.is_some() || self.names_a_server() || self.names_a_file()
    }

    pub(super) fn names_a_server(&self) -> bool {
        #[cfg(feature = "http")]
        return self.remote.is_wanted();
        #[cfg(not(feature = "http"))]
        false
    }

    pub(super) fn names_a_file(&self) -> bool {
        #[cfg(feature = "sqlite")]
        return self.sqlite.is_some();
        #[cfg(not(feature = "sqlite"))]
        false
    }

    /// Whether the engine is not made here.
    fn is_elsewhere(&self) -> bool {
        #[cfg(feature = "http")]
        if self.remote.is_wanted() {
            return true;
        }
        self.network.is_some()
    }

    fn settings(&self, grammar: IdGrammar, pid: ProcessId) -> Settings {
        Settings {
            group: self.group_name().to_owned(),
            pid,
            lease: self.lease,
            prefix: self.prefix.clone(),
            grammar,
            on_fault: self.on_fault,
            client_only: self.client_only,
            leaf_retry: self.leaf_retry,
            grace: self.grace,
        }
    }

    fn into_core(
        self,
        network: Arc<dyn Network>,
        clock: Arc<dyn Clock>,
        settings: Settings,
    ) -> Core {
        let clock = Arc::new(EngineTime {
            own: clock,
            network: Arc::clone(&network),
        });
        Core {
            jitter: super::jitter::Jitter::of(&settings.pid),
            traits: network.traits(),
            owns_network: self.network.is_none(),
            network,
            codec: self.codec,
            clock,
            settings,
            dependencies: self.dependencies,
            listeners: super::listeners::Listeners::default(),
            leases: crate::worker::Leases::default(),
            timers: crate::worker::Timers::default(),
            faults: crate::worker::Faults::default(),
            counters: crate::counters::Counting::default(),
            permits: Arc::new(Semaphore::new(self.concurrency.min(Semaphore::MAX_PERMITS))),
            turns: crate::worker::Turns::default(),
            warm: crate::worker::Warm::new(self.warm, self.warm_for),
            life: super::life::Life::default(),
            tasks: Mutex::new(JoinSet::new()),
            replay: None,
        }
    }

    /// What drives a replay: no engine, and nobody who listens.
    pub(crate) fn replaying(
        dependencies: Dependencies,
        network: Arc<dyn Network>,
        clock: Arc<ReplayClock>,
        grammar: IdGrammar,
    ) -> Arc<Core> {
        let builder = Self {
            dependencies,
            // Nobody renews the lease of a replay.
            lease: Duration::from_secs(24 * 3600),
            ..Self::default()
        };
        let settings = builder.settings(grammar, ProcessId::from("replay"));
        let replay = Some(Arc::clone(&clock));
        Arc::new(Core {
            replay,
            ..builder.into_core(network, clock, settings)
        })
    }
}

/// Whether this program has functions to serve.
pub(super) fn checked_worker() -> Result<()> {
    Registry::global()
        .check_worker()
        .map_err(|error| Error::of(Kind::Registry, error.to_string()).because(error))
}

/// 128 random bits: two processes never share leases.
fn random_pid() -> Result<String> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|error| {
        Error::of(
            Kind::Config,
            format!("no randomness for a process id: {error}"),
        )
    })?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("group", &self.group_name())
            .field("pid", &self.pid)
            .field("lease", &self.lease)
            .finish_non_exhaustive()
    }
}
