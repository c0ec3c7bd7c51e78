//! Workers and clients on one server, over HTTP: they share the work, and neither the death of a
//! worker nor a bad line loses any of it, or does again what is recorded.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use futures_util::future::join_all;
use resonate::network::{Http, HttpOptions, Network as _};
use resonate::prelude::*;
use resonate::server::ServerBuilder;
use resonate::{Builder, Clock, Server, SystemClock};
use resonate_core::Millis;
use resonate_core::engine::Config;
use resonate_core::execution::SHARED_MAX;
use resonate_core::protocol::{PromiseGet, Request, Response};
use support::proxy::Proxy;
use support::random::seeds;

const GROUP: &str = "workers";
const LEASE: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(2);

/// When which step began, and in which process.
#[derive(Default)]
struct Log(Mutex<Vec<(String, Millis, &'static str)>>);

impl Log {
    fn note(&self, step: &str, process: &'static str) {
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis();
        let now = Millis::new(now.try_into().unwrap());
        let begun = (step.to_owned(), now, process);
        self.0.lock().unwrap().push(begun);
    }

    fn len(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    fn processes(&self) -> BTreeSet<&'static str> {
        self.0
            .lock()
            .unwrap()
            .iter()
            .map(|(.., process)| *process)
            .collect()
    }
}

/// A process, as its functions see it.
struct Process {
    name: &'static str,
    log: Arc<Log>,
}

/// Steps here and elsewhere, one after the other and at the same time, and a wait.
#[resonate::function]
async fn errand(ctx: &Context, number: u32) -> Result<u32> {
    let fetched = fetch::run(ctx, number).await?;
    let (one, two) = (
        carry::rpc(ctx, fetched).spawn(),
        carry::rpc(ctx, fetched + 1).spawn(),
    );
    ctx.sleep(Duration::from_millis(50)).await?;
    let carried = one.await? + two.await?;
    Ok(fetch::run(ctx, carried).await?)
}

#[resonate::function]
async fn fetch(info: &Info, number: u32) -> Result<u32> {
    let process = info.dependency::<Process>()?;
    process.log.note(info.id(), process.name);
    tokio::time::sleep(Duration::from_millis(5)).await;
    Ok(number)
}

#[resonate::function]
async fn carry(info: &Info, number: u32) -> Result<u32> {
    let process = info.dependency::<Process>()?;
    process.log.note(info.id(), process.name);
    Ok(number * 10)
}

fn expected(number: u32) -> u32 {
    number * 10 + (number + 1) * 10
}

async fn server() -> Server {
    let config = Config {
        retry_every: Duration::from_millis(500),
        ..Config::default()
    };
    let server = Server::builder()
        .memory()
        .engine(config)
        .bind(([127, 0, 0, 1], 0));
    server.start().await.unwrap()
}

fn worker(url: &str, name: &'static str, log: &Arc<Log>) -> Builder {
    let log = Arc::clone(log);
    Resonate::builder()
        .url(url)
        .group(GROUP)
        .lease(LEASE)
        .request_timeout(PATIENCE)
        .dependency(Process { name, log })
        .wait_for_server(true)
}

/// Calls so many at once, and waits for all of them.
#[resonate::function]
async fn fans_out(ctx: &Context, width: u32) -> Result<u32> {
    let calls: Vec<_> = (0..width).map(|_| one::rpc(ctx).spawn()).collect();
    let mut sum = 0;
    for one in join_all(calls).await {
        sum += one?;
    }
    Ok(sum)
}

#[resonate::function]
async fn one() -> Result<u32> {
    Ok(1)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_than_a_thousand_calls_are_awaited_at_once() {
    let (server, log) = (server().await, Arc::<Log>::default());
    let worker = worker(server.url(), "one", &log).lease(Duration::from_secs(30));
    let worker = worker.build().await.unwrap();
    let sum = fans_out::run(worker.id("wide"), 1001).await.unwrap();
    assert_eq!(sum, 1001);
    assert!(worker.faults().is_empty());
    worker.shutdown().await;
}

/// Runs errands over `url`, from a process that takes no work itself.
async fn errands(url: String, numbers: Range<u32>) {
    let client = Resonate::builder().url(url).client_only();
    let client = client.wait_for_server(true).request_timeout(PATIENCE);
    let client = client.build().await.unwrap();
    let place = |number| {
        let id = client.id(format!("errand-{number}"));
        errand::rpc(id, number).target(GROUP).spawn()
    };
    let placed: Vec<_> = numbers.clone().map(place).collect();
    for (number, result) in numbers.zip(join_all(placed).await) {
        assert_eq!(result.unwrap(), expected(number), "errand-{number}");
    }
    client.shutdown().await;
}

/// No step began after its result was recorded.
async fn nothing_is_done_again(server: &Server, log: &Log) {
    let reader = Http::new(&HttpOptions::new(server.url())).unwrap();
    let begun = log.0.lock().unwrap().clone();
    assert!(!begun.is_empty());
    for (step, began, process) in begun {
        let get = Request::PromiseGet(PromiseGet {
            id: step.as_str().into(),
        });
        let answers = reader.call(vec![get]).await.unwrap();
        let Ok(Response::Promise(record)) = &answers[0] else {
            panic!("{step}: {answers:?}");
        };
        let settled = record.settled_at.unwrap();
        assert!(
            began <= settled,
            "{step} began in {process} at {began}, and was settled at {settled}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_workers_share_the_work_and_the_death_of_one_loses_none() {
    let (server, log) = (server().await, Arc::<Log>::default());
    let one = worker(server.url(), "one", &log).build().await.unwrap();
    let two = worker(server.url(), "two", &log).build().await.unwrap();
    errands(server.url().to_owned(), 0..20).await;
    assert_eq!(log.processes(), BTreeSet::from(["one", "two"]));

    // One dies without a word while work is under way; the other one goes on with it.
    let more = tokio::spawn(errands(server.url().to_owned(), 20..40));
    let before = log.len();
    while log.len() < before + 10 {
        tokio::task::yield_now().await;
    }
    drop(one);
    more.await.unwrap();
    nothing_is_done_again(&server, &log).await;
    two.shutdown().await;
}

/// Steps one after the other.
#[resonate::function]
async fn rounds(ctx: &Context, rounds: u32) -> Result<u32> {
    let mut sum = 0;
    for number in 0..rounds {
        sum += fetch::run(ctx, number).await?;
    }
    Ok(sum)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_long_execution_only_the_first_records_travel_with_each_answer() {
    let config = Config {
        fence_preload_max: usize::MAX,
        ..Config::default()
    };
    let server = Server::builder().memory().engine(config);
    let server = server.bind(([127, 0, 0, 1], 0)).start().await.unwrap();
    let log = Arc::<Log>::default();
    let one = worker(server.url(), "one", &log).build().await.unwrap();
    rounds::run(one.id("long"), 30).await.unwrap();
    let reader = Http::new(&HttpOptions::new(server.url())).unwrap();
    let mut shared = 0;
    for number in 0..30 {
        let id = format!("long:{number}").into();
        let get = Request::PromiseGet(PromiseGet { id });
        let answers = reader.call(vec![get]).await.unwrap();
        let Ok(Response::Promise(record)) = &answers[0] else {
            panic!("{answers:?}");
        };
        let branch = record.tags.branch().unwrap();
        assert!(branch == "long" || branch == record.id.as_str());
        shared += usize::from(branch == "long");
    }
    assert_eq!(shared, SHARED_MAX);
    one.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_line_costs_time_and_no_work() {
    for seed in seeds(3) {
        let (server, log) = (server().await, Arc::<Log>::default());
        let lines = [
            Proxy::start(server.address(), 20, seed).await,
            Proxy::start(server.address(), 20, seed + 1000).await,
        ];
        let one = worker(lines[0].url(), "one", &log).build().await.unwrap();
        let two = worker(lines[1].url(), "two", &log).build().await.unwrap();
        let placed = errands(lines[0].url().to_owned(), 0..15);
        let placed = tokio::time::timeout(Duration::from_secs(120), placed);
        placed
            .await
            .unwrap_or_else(|_| panic!("seed {seed}: work is lost"));
        assert!(lines.iter().all(|line| line.spoiled() > 0), "seed {seed}");
        nothing_is_done_again(&server, &log).await;
        lines.iter().for_each(Proxy::heal);
        one.shutdown().await;
        two.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_starts_anew_costs_time_and_no_work() {
    let folder = tempfile::tempdir().unwrap();
    let start = |address| {
        let config = Config {
            retry_every: Duration::from_millis(500),
            ..Config::default()
        };
        let server = Server::builder().engine(config).bind(address);
        server.path(folder.path().join("kept.db")).start()
    };
    let server = start(([127, 0, 0, 1], 0).into()).await.unwrap();
    let (address, log) = (server.address(), Arc::<Log>::default());
    let one = worker(server.url(), "one", &log).build().await.unwrap();
    let more = tokio::spawn(errands(server.url().to_owned(), 0..20));
    while log.len() < 10 {
        tokio::task::yield_now().await;
    }
    server.shutdown().await;
    drop(server);
    let server = start(address).await.unwrap();
    more.await.unwrap();
    nothing_is_done_again(&server, &log).await;
    one.shutdown().await;
}

/// A clock that is this far from the machine's.
#[derive(Debug)]
struct Off {
    clock: SystemClock,
    ahead: Duration,
    behind: Duration,
}

impl Clock for Off {
    fn now(&self) -> Millis {
        let ahead = self.clock.now().after(self.ahead).get();
        Millis::new(ahead - i64::try_from(self.behind.as_millis()).unwrap())
    }
}

#[resonate::function]
async fn naps(ctx: &Context) -> Result<bool> {
    let began = ctx.now();
    ctx.sleep(Duration::from_millis(10)).await?;
    let slept = ctx.now().duration_since(began).map_err(Error::new)?;
    Ok(slept < Duration::from_secs(60))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deadlines_and_sleeps_are_planned_by_the_servers_clock() {
    let (day, none) = (Duration::from_secs(86_400), Duration::ZERO);
    for (ahead, behind) in [(day, none), (none, day)] {
        let clock = Off {
            clock: SystemClock::start(),
            ahead,
            behind,
        };
        let server = Server::builder().memory().clock(Arc::new(clock));
        let server = server.bind(([127, 0, 0, 1], 0)).start().await.unwrap();
        let log = Arc::<Log>::default();
        let worker = worker(server.url(), "one", &log).build().await.unwrap();
        let call = naps::run(worker.id("nap")).timeout(Duration::from_secs(3600));
        assert!(call.await.unwrap(), "{ahead:?} {behind:?}");
        worker.shutdown().await;
    }
}

/// Whether the lease of an execution is renewed while it blocks the only thread of its process.
#[resonate::function]
async fn blocks_its_runtime(info: &Info, url: String) -> Result<bool> {
    let client = support::http::Client::new(&url);
    let id = info.id().to_owned();
    let until = move || -> Option<i64> {
        let snap: serde_json::Value = client.call("debug.snap", &serde_json::json!({})).data();
        let timeouts = snap["taskTimeouts"].as_array()?;
        let lease = timeouts.iter().find(|timeout| timeout["id"] == id.as_str());
        lease?["timeout"].as_i64()
    };
    let first = until();
    // Patience, not a measure: it ends with the first renewal.
    for _ in 0..3000 {
        if until() > first {
            return Ok(true);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(false)
}

#[test]
fn code_that_blocks_the_runtime_keeps_its_lease() {
    let server = support::http::TestServer::start(ServerBuilder::memory);
    let (url, log) = (server.server().url().to_owned(), Arc::<Log>::default());
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build().unwrap();
    let renewed = runtime.block_on(async {
        let worker = worker(&url, "one", &log).build().await.unwrap();
        let renewed = blocks_its_runtime::run(worker.id("b"), url).await;
        worker.shutdown().await;
        renewed.unwrap()
    });
    assert!(renewed, "no heartbeat came");
}
