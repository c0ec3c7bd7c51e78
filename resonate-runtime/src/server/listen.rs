//! Connections: how many, how long, and how they end.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;

use super::guard::{Busy, Guarded};
use super::service::Service;

/// How long to wait when no connection can be accepted, for one because there are too many files
/// open.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);
/// What a connection too many hears.
const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\n\
    content-length: 0\r\nconnection: close\r\n\r\n";

/// Serves connections until `stopping` says so; then gives those under way some time to end.
pub(super) async fn serve(
    listener: TcpListener,
    service: Arc<Service>,
    mut stopping: watch::Receiver<bool>,
) {
    let slots = Arc::new(Semaphore::new(service.limits.connections_max));
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = told(&mut stopping) => break,
        };
        while connections.try_join_next().is_some() {}
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                rest(&error).await;
                continue;
            }
        };
        match Arc::clone(&slots).try_acquire_owned() {
            Ok(slot) => {
                let service = Arc::clone(&service);
                connections.spawn(connection(stream, service, stopping.clone(), slot));
            }
            Err(_) => {
                tracing::warn!("too many connections: one more is turned away");
                // Best effort: what the peer does with it is its business.
                let _told = stream.try_write(FULL);
            }
        }
    }
    drop(listener);
    service.engine.hub().close();
    let ended = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(service.limits.grace, ended)
        .await
        .is_err()
    {
        tracing::warn!("connections are closed while answers are under way");
    }
}

async fn rest(error: &io::Error) {
    let is_the_peers = matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    );
    if !is_the_peers {
        tracing::warn!(%error, "no connection can be accepted for now");
        tokio::time::sleep(ACCEPT_RETRY).await;
    }
}

async fn told(stopping: &mut watch::Receiver<bool>) {
    // Without a server there is nobody to serve for, either.
    let _told = stopping.wait_for(|stop| *stop).await;
}

async fn connection(
    stream: TcpStream,
    service: Arc<Service>,
    mut stopping: watch::Receiver<bool>,
    slot: OwnedSemaphorePermit,
) {
    let _slot = slot;
    // Without it answers are merely later.
    let _set = stream.set_nodelay(true);
    let limits = service.limits.clone();
    let busy = Busy::default();
    let (head, write) = (limits.header_timeout, limits.write_timeout);
    let guarded = Guarded::new(stream, busy.clone(), head, write);
    let answering = service_fn(|request| Arc::clone(&service).answer(request, busy.clone()));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.idle_timeout)
        .max_header_size(limits.header_bytes_max)
        .max_buf_size(limits.header_bytes_max)
        .serve_connection(TokioIo::new(guarded), answering);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = told(&mut stopping) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection breaks");
    }
}
