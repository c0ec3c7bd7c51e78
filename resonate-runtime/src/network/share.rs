//! An engine in this process that several clients share.

use std::sync::Arc;

use resonate_core::engine::Config;
use resonate_core::store::{MemoryStore, Store};

use super::embedded::{Embedded, Host};
use crate::clock::Clock;
use crate::error::Result;

impl Embedded {
    /// An engine that keeps nothing on disk, to be given to any number of clients.
    ///
    /// It ends with its last clone, or with [`close`](super::Network::close): a client that is
    /// given it by [`Builder::network`](crate::Builder::network) leaves it open at its own
    /// [`shutdown`](crate::Resonate::shutdown).
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use resonate::network::{EngineConfig, Embedded};
    /// use resonate::prelude::*;
    /// use resonate::{Clock, SystemClock};
    ///
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
    /// let engine = Embedded::memory(EngineConfig::default(), clock)?;
    /// let one = Resonate::builder().network(engine.clone()).pid("one").build().await?;
    /// let other = Resonate::builder().network(engine).pid("other").build().await?;
    /// one.promises().create("ready", Duration::from_secs(60)).await?;
    /// assert_eq!(other.promises().get("ready").await?.id(), "ready");
    /// # Ok::<(), Error>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    /// None in practice; a memory store opens always.
    pub fn memory(config: Config, clock: Arc<dyn Clock>) -> Result<Arc<Self>> {
        Self::on(MemoryStore::default(), config, clock)
    }

    /// The engine on a store, to be given to any number of clients of this process. Leases that
    /// were held when the store was last closed are taken back.
    ///
    /// # Errors
    /// When the store fails.
    pub fn on(
        store: impl Store + Send + 'static,
        config: Config,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<Self>> {
        let store = Box::new(store);
        Ok(Arc::new(Self::start(Host {
            store,
            config,
            clock,
            // The clients of a store live and die with the process that has it open.
            abandoned: |_| true,
            push: None,
        })?))
    }
}
