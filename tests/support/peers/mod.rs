//! Workers and clients of other SDKs: unmodified, from their registries, as programs beside the
//! test. `tests/peers` has their sources and says how they are driven.

mod cache;
mod install;
mod journal;
mod program;
mod server;

pub use install::{Sdk, typescript};
pub use journal::Journal;
pub use program::{Peer, Refused};
pub use server::TestServer;

use std::future::Future;
use std::time::Duration;

/// How long anything may take before a test gives up: generous, since no test passes by waiting.
pub const DEADLINE: Duration = Duration::from_secs(180);

/// Waits until `look` finds something, asking again and again.
///
/// # Panics
/// When it has found nothing after [`DEADLINE`]; `what` says what was looked for.
pub async fn eventually<T, F>(what: &str, mut look: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let searching = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(DEADLINE, searching)
        .await
        .unwrap_or_else(|_| panic!("waited {DEADLINE:?} for {what}"))
}
