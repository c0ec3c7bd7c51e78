//! Answers that are lost on the way: nobody waits for a lease to lapse, and nothing is done twice.
#![allow(clippy::unwrap_used)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use resonate::network::{Http, HttpOptions, Network, NetworkError, Traits};
use resonate::prelude::*;
use resonate::{Builder, Server};
use resonate_core::ProcessId;
use resonate_core::protocol::{Answer, Message, Request};
use resonate_core::registry::BoxFuture;
use tokio::sync::{mpsc, watch};

/// Longer than any of this takes, shorter than a lease or a second look at a listener.
const PROMPT: Duration = Duration::from_secs(20);

/// How often leaves ran.
#[derive(Clone, Default)]
struct Ran(Arc<AtomicUsize>);

/// A step here, a call elsewhere and a wait.
#[resonate::function]
async fn trip(ctx: &Context, days: u32) -> Result<u32> {
    let packed = pack::run(ctx, days).await?;
    ctx.sleep(Duration::from_millis(20)).await?;
    Ok(packed + pack::rpc(ctx, days).await?)
}

#[resonate::function]
async fn pack(info: &Info, days: u32) -> Result<u32> {
    info.dependency::<Ran>()?.0.fetch_add(1, Ordering::Relaxed);
    Ok(days)
}

/// A network on which one answer is lost, and which may hold wake-ups back.
#[derive(Debug)]
struct Lossy {
    inner: Http,
    /// The kind whose next answer is lost.
    loses: Mutex<&'static str>,
    /// The promises that were read.
    read: Arc<watch::Sender<Vec<String>>>,
    /// Whether a task is offered again only after somebody read a promise.
    waits_for_a_look: bool,
}

impl Lossy {
    fn new(server: &Server, loses: &'static str) -> Self {
        Self {
            inner: Http::new(&HttpOptions::new(server.url())).unwrap(),
            loses: Mutex::new(loses),
            read: Arc::new(watch::Sender::new(Vec::new())),
            waits_for_a_look: false,
        }
    }
}

impl Network for Lossy {
    fn call(
        &self,
        requests: Vec<Request>,
    ) -> BoxFuture<'static, Result<Vec<Answer>, NetworkError>> {
        let kind = requests.last().map_or("", Request::kind);
        for request in &requests {
            if let Request::PromiseGet(get) = request {
                self.read.send_modify(|read| read.push(get.id.to_string()));
            }
        }
        let loses = {
            let mut loses = self.loses.lock().unwrap();
            let now = *loses == kind;
            if now {
                *loses = "";
            }
            now
        };
        let answers = self.inner.call(requests);
        Box::pin(async move {
            let answers = answers.await;
            if loses {
                return Err(NetworkError::transient("the answer was lost"));
            }
            answers
        })
    }

    fn attach(
        &self,
        group: String,
        pid: ProcessId,
    ) -> BoxFuture<'static, Result<mpsc::Receiver<Message>, NetworkError>> {
        let attached = self.inner.attach(group, pid);
        let (waits, mut read) = (self.waits_for_a_look, self.read.subscribe());
        Box::pin(async move {
            let mut messages = attached.await?;
            let (pass, passed) = mpsc::channel(100);
            tokio::spawn(async move {
                while let Some(message) = messages.recv().await {
                    let again =
                        matches!(&message, Message::Execute(task) if task.version.get() > 0);
                    if again && waits {
                        read.wait_for(|read| !read.is_empty()).await.unwrap();
                    }
                    if pass.send(message).await.is_err() {
                        return;
                    }
                }
            });
            Ok(passed)
        })
    }

    fn gaps(&self) -> Option<watch::Receiver<u64>> {
        self.inner.gaps()
    }

    fn traits(&self) -> Traits {
        self.inner.traits()
    }

    fn describe(&self) -> String {
        self.inner.describe()
    }

    fn close(&self) -> BoxFuture<'static, ()> {
        self.inner.close()
    }
}

async fn server() -> Server {
    let server = Server::builder().memory().bind(([127, 0, 0, 1], 0));
    server.start().await.unwrap()
}

fn worker(network: &Arc<Lossy>, ran: &Ran) -> Builder {
    let network = Arc::clone(network);
    Resonate::builder().network(network).dependency(ran.clone())
}

#[tokio::test]
async fn an_answer_that_is_lost_costs_another_request_and_no_more() {
    let kinds = [
        "task.create",
        "task.acquire",
        "task.fence",
        "task.suspend",
        "task.fulfill",
        "promise.create",
        "promise.register_listener",
    ];
    for kind in kinds {
        let server = server().await;
        let network = Arc::new(Lossy::new(&server, kind));
        let ran = Ran::default();
        let worker = worker(&network, &ran).build().await.unwrap();
        let here = async {
            let days = trip::run(worker.id("here"), 3).await.unwrap();
            let there = trip::rpc(worker.id("there"), 4).await.unwrap();
            (days, there)
        };
        let result = tokio::time::timeout(PROMPT, here).await;
        let result = result.unwrap_or_else(|_| panic!("{kind}: somebody waits for a lease"));
        assert_eq!(result, (6, 8), "{kind}");
        assert_eq!(*network.loses.lock().unwrap(), "", "{kind} was never asked");
        assert_eq!(worker.counters().leases_lost, 0, "{kind}");
        assert!(worker.faults().is_empty(), "{kind}");
        assert_eq!(ran.0.load(Ordering::Relaxed), 4, "{kind}: steps ran again");
        worker.shutdown().await;
        server.shutdown().await;
    }
}

#[tokio::test]
async fn a_worker_looks_at_the_timers_it_sleeps_on_when_they_are_due() {
    let server = server().await;
    let mut network = Lossy::new(&server, "");
    network.waits_for_a_look = true;
    let network = Arc::new(network);
    let worker = worker(&network, &Ran::default()).build().await.unwrap();
    let days = tokio::time::timeout(PROMPT, trip::run(worker.id("t"), 1)).await;
    assert_eq!(days.expect("nobody looked").unwrap(), 2);
    assert!(network.read.borrow().contains(&"t:1".to_owned()));
    worker.shutdown().await;
}
