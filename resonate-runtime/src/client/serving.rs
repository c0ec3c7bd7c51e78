//! A client at work, and its end in good order.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;

use super::Resonate;
use super::core::Core;
use super::life::Phase;
use crate::error::{Error, Kind, Result};
use crate::worker::{keep_leases, listen};
use resonate_core::protocol::Message;

/// How long turns may take to give their tasks back once they were told to.
const RELEASE_LIMIT: Duration = Duration::from_secs(5);

/// The worker of a client.
#[derive(Debug)]
pub struct Worker<'c> {
    resonate: &'c Resonate,
}

impl<'c> Worker<'c> {
    pub(super) fn new(resonate: &'c Resonate) -> Self {
        Self { resonate }
    }

    /// Serves until `stop` ends, then shuts down in good order.
    ///
    /// ```no_run
    /// # async fn f(resonate: resonate::Resonate) -> resonate::Result<()> {
    /// resonate.worker().run_until(tokio::signal::ctrl_c()).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When no durable function is linked into this program, or the client was built with
    /// [`client_only`](crate::Builder::client_only): there is nothing to serve.
    pub async fn run_until<S: Future>(self, stop: S) -> Result<()> {
        super::builder::checked_worker()?;
        if self.resonate.core.settings.client_only {
            let message = "this client was built with `.client_only()` and serves nothing: build one without it to run a worker";
            return Err(Error::of(Kind::Config, message));
        }
        let _stopped = stop.await;
        self.resonate.shutdown().await;
        Ok(())
    }
}

/// Starts what runs beside a client's calls.
pub(super) fn serve(core: &Arc<Core>, messages: mpsc::Receiver<Message>) {
    core.background(listen(Arc::clone(core), messages));
    if core.traits.elsewhere {
        keep_leases(core);
    } else {
        let keeper = Arc::clone(core);
        core.background(async move { keeper.leases.keep(&keeper).await });
    }
    if core.warm.is_on() && !core.settings.client_only {
        let keeper = Arc::clone(core);
        core.background(async move { keeper.warm.watch().await });
    }
    if !core.traits.timers_fire {
        let keeper = Arc::clone(core);
        core.background(async move { keeper.timers.keep(&keeper).await });
    }
    if let Some(mut gaps) = core.network.gaps() {
        let asker = Arc::clone(core);
        core.background(async move {
            while gaps.changed().await.is_ok() {
                asker.listeners.poke_all();
            }
        });
    }
}

/// Ends in good order.
pub(super) async fn shutdown(core: &Arc<Core>) {
    core.life.advance(Phase::Draining);
    core.warm.close();
    core.network.detach().await;
    if !core.turns.ended_within(core.settings.grace).await {
        tracing::warn!("shutting down while work is under way; it is given back");
    }
    core.life.advance(Phase::Stopping);
    if !core.turns.ended_within(RELEASE_LIMIT).await {
        core.turns.abort();
    }
    if core.owns_network {
        core.network.close().await;
    }
}

/// Ends a client's tasks with its last clone.
pub(super) struct Guard {
    core: Arc<Core>,
}

impl Guard {
    pub(super) fn new(core: &Arc<Core>) -> Self {
        Self {
            core: Arc::clone(core),
        }
    }

    /// Stops what runs beside the client.
    pub(super) fn close(&self) {
        self.core.life.advance(Phase::Stopping);
        self.core.turns.abort();
        // What is kept holds the client's core, and that holds what is kept.
        self.core.warm.close();
        self.core
            .tasks
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .abort_all();
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let under_way = self.core.turns.count();
        if under_way > 0 && self.core.life.phase() < Phase::Draining {
            tracing::warn!(
                executions = under_way,
                "the last clone of a client is dropped while executions run: they stop here, and go on when their leases have lapsed; `shutdown().await` gives them back at once"
            );
        }
        self.close();
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Guard")
    }
}
