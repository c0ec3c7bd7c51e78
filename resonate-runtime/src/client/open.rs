//! Which engine a client works with, and how it is opened.

use std::sync::Arc;

use resonate_core::engine::Config;
use resonate_core::execution::IdGrammar;
use resonate_core::store::{MemoryStore, Store};

use super::Builder;
use crate::clock::Clock;
use crate::error::{Error, Kind, Result};
use crate::network::{Embedded, Host, Network};

impl Builder {
    /// The way to the engine, and how ids are written there.
    pub(super) async fn open(
        &self,
        clock: &Arc<dyn Clock>,
    ) -> Result<(Arc<dyn Network>, IdGrammar)> {
        let grammar = self.grammar.unwrap_or_default();
        if let Some(network) = &self.network {
            return Ok((Arc::clone(network), grammar));
        }
        #[cfg(feature = "http")]
        if self.remote.is_wanted() {
            let prefix = self.prefix.as_deref().unwrap_or_default();
            return self.remote.open(prefix, self.grammar).await;
        }
        let store = self.store().await?;
        let config = Config {
            // This client holds all of them: a process that was busy for long loses none.
            leases_lapse: false,
            ..self.engine.clone()
        };
        let clock = Arc::clone(clock);
        let host = Host {
            store,
            config,
            clock,
            // The store admits one process at a time, so whoever held a lease is dead.
            abandoned: |_| true,
            push: None,
        };
        Ok((Arc::new(Embedded::start(host)?), grammar))
    }

    #[cfg(feature = "sqlite")]
    async fn store(&self) -> Result<Box<dyn Store + Send>> {
        let Some(options) = self.sqlite.clone() else {
            return Ok(Box::new(MemoryStore::default()));
        };
        let open = move || resonate_core::store::SqliteStore::open(options);
        match tokio::task::spawn_blocking(open).await {
            Ok(opened) => Ok(Box::new(opened?)),
            Err(stopped) => Err(Error::of(Kind::Stopped, stopped.to_string())),
        }
    }

    #[cfg(not(feature = "sqlite"))]
    #[expect(
        clippy::unused_async,
        reason = "the counterpart of a store that opens a file"
    )]
    async fn store(&self) -> Result<Box<dyn Store + Send>> {
        Ok(Box::new(MemoryStore::default()))
    }
}
