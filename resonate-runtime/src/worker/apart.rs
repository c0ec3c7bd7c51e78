//! Leases that an engine elsewhere lets run out are kept on a thread of their own: functions may
//! keep all the threads of the program's runtime to themselves.

use std::sync::Arc;

use tokio::runtime;
use tokio::sync::oneshot;

use crate::client::Core;

/// Keeps the leases of this process, until its background work ends.
pub(crate) fn keep_leases(core: &Arc<Core>) {
    let keeper = Arc::clone(core);
    let (running, ended) = oneshot::channel();
    let on_its_own = runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .and_then(|runtime| {
            let thread = std::thread::Builder::new().name("resonate-leases".to_owned());
            thread.spawn(move || runtime.block_on(keep_until(ended, keeper)))
        });
    match on_its_own {
        // The thread ends when this is dropped.
        Ok(_thread) => core.background(async move {
            let _running: oneshot::Sender<()> = running;
            std::future::pending::<()>().await;
        }),
        Err(error) => {
            tracing::warn!(%error, "no thread for leases: a function that keeps its thread to itself may lose them");
            let keeper = Arc::clone(core);
            core.background(async move { keeper.leases.keep(&keeper).await });
        }
    }
}

async fn keep_until(ended: oneshot::Receiver<()>, core: Arc<Core>) {
    tokio::select! {
        () = core.leases.keep(&core) => {}
        _ = ended => {}
    }
}
