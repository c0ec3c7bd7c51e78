//! An engine behind a wire, as servers of the field are: each request is kept on its own, takes
//! its time there and back, and the answer to a fence carries the whole branch.
#![allow(clippy::unwrap_used)]

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use resonate::network::{Embedded, Network, NetworkError, Traits};
use resonate_core::ProcessId;
use resonate_core::protocol::envelope::{encode_answer, encode_request};
use resonate_core::protocol::{Answer, Message, Request, Response};
use resonate_core::registry::BoxFuture;
use tokio::sync::mpsc;

/// The way to it. Bytes are counted as HTTP bodies have them.
#[derive(Debug)]
pub struct Far {
    engine: Arc<Embedded>,
    way: Duration,
    lag: Mutex<Duration>,
    is_bare: AtomicBool,
    requests: AtomicU64,
    sent: AtomicU64,
    heard: AtomicU64,
}

/// What went over the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Requests that were made.
    pub requests: u64,
    /// Bytes of requests.
    pub sent: u64,
    /// Bytes of answers.
    pub heard: u64,
}

impl Traffic {
    /// What came since `earlier`.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        Self {
            requests: self.requests - earlier.requests,
            sent: self.sent - earlier.sent,
            heard: self.heard - earlier.heard,
        }
    }
}

impl Far {
    /// The engine, so far away.
    pub(super) fn new(engine: Arc<Embedded>, way: Duration) -> Arc<Self> {
        Arc::new(Self {
            engine,
            way,
            lag: Mutex::default(),
            is_bare: AtomicBool::new(false),
            requests: AtomicU64::new(0),
            sent: AtomicU64::new(0),
            heard: AtomicU64::new(0),
        })
    }

    /// From here on, answers to fences carry what was asked and no more.
    pub fn be_bare(&self) {
        self.is_bare.store(true, Ordering::Relaxed);
    }

    /// The opposite.
    pub fn be_laden(&self) {
        self.is_bare.store(false, Ordering::Relaxed);
    }

    /// From here on, messages are this much later than what causes them.
    ///
    /// # Panics
    /// When another thread panicked with it.
    pub fn set_lag(&self, lag: Duration) {
        *self.lag.lock().unwrap() = lag;
    }

    /// What went over the wire so far.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        let [requests, sent, heard] =
            [&self.requests, &self.sent, &self.heard].map(|count| count.load(Ordering::Relaxed));
        Traffic {
            requests,
            sent,
            heard,
        }
    }

    fn strip(&self, answer: &mut Answer) {
        if let Ok(Response::Fenced { preload, .. }) = answer
            && self.is_bare.load(Ordering::Relaxed)
        {
            preload.clear();
        }
    }
}

/// A `Far` as a network.
#[derive(Debug)]
pub(super) struct FarWire(pub(super) Arc<Far>);

impl Network for FarWire {
    fn call(
        &self,
        requests: Vec<Request>,
    ) -> BoxFuture<'static, Result<Vec<Answer>, NetworkError>> {
        let far = Arc::clone(&self.0);
        Box::pin(async move {
            let mut answers = Vec::with_capacity(requests.len());
            for request in requests {
                let asked = encode_request("c-1", None, &request);
                far.requests.fetch_add(1, Ordering::Relaxed);
                far.sent.fetch_add(asked.len() as u64, Ordering::Relaxed);
                tokio::time::sleep(far.way).await;
                let kind = request.kind();
                let mut answer = far.engine.call(vec![request]).await?.remove(0);
                far.strip(&mut answer);
                let (_, told) = encode_answer(kind, "c-1", &answer);
                far.heard.fetch_add(told.len() as u64, Ordering::Relaxed);
                tokio::time::sleep(far.way).await;
                answers.push(answer);
            }
            Ok(answers)
        })
    }

    fn attach(
        &self,
        group: String,
        pid: ProcessId,
    ) -> BoxFuture<'static, Result<mpsc::Receiver<Message>, NetworkError>> {
        let far = Arc::clone(&self.0);
        Box::pin(async move {
            let mut messages = far.engine.attach(group, pid).await?;
            let (late, heard) = mpsc::channel(4096);
            tokio::spawn(async move {
                loop {
                    let message = tokio::select! {
                        message = messages.recv() => message,
                        () = late.closed() => return,
                    };
                    let Some(message) = message else { return };
                    let lag = *far.lag.lock().unwrap();
                    let late = late.clone();
                    tokio::spawn(async move {
                        tokio::time::sleep(lag).await;
                        // Whoever went away hears nothing.
                        let _gone = late.send(message).await;
                    });
                }
            });
            Ok(heard)
        })
    }

    fn traits(&self) -> Traits {
        Traits {
            timers_fire: true,
            ..Traits::default()
        }
    }

    fn describe(&self) -> String {
        "an engine far away".to_owned()
    }

    fn close(&self) -> BoxFuture<'static, ()> {
        Box::pin(std::future::ready(()))
    }
}
