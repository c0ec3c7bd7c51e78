//! Workers that do nothing else for longer than their leases: one whose whole process stands still
//! does not disturb whoever went on with its work; one that is merely busy keeps it.
#![cfg(unix)]
#![allow(clippy::unwrap_used)]

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use resonate::prelude::*;
use resonate::server::ServerBuilder;
use resonate::{Builder, Server};
use resonate_core::engine::Config;
use serde_json::json;
use support::http::{Client, TestServer};
use support::peers::Journal;

const GROUP: &str = "standing";
const LEASE: Duration = Duration::from_secs(1);
const URL: &str = "PAUSE_URL";

/// The name of a process, as its functions see it.
struct Name(&'static str);

fn note(journal: &str, line: &str) -> Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(journal)?;
    Ok(writeln!(file, "{line}")?)
}

/// Two steps. The first one stands at a gate.
#[resonate::function]
async fn passage(ctx: &Context, journal: String) -> Result<String> {
    let name = gate::run(ctx, journal.clone()).await?;
    beyond::run(ctx, journal).await?;
    Ok(name)
}

#[resonate::function]
async fn gate(info: &Info, journal: String) -> Result<String> {
    let Name(name) = *info.dependency()?;
    note(&journal, &format!("{name} at the gate"))?;
    while !Path::new(&format!("{journal}.open")).exists() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(name.to_owned())
}

#[resonate::function]
async fn beyond(info: &Info, journal: String) -> Result<()> {
    let Name(name) = *info.dependency()?;
    note(&journal, &format!("{name} beyond"))
}

/// Says that its process is at work.
#[resonate::function]
async fn answers(info: &Info) -> Result<String> {
    let Name(name) = *info.dependency()?;
    Ok(name.to_owned())
}

fn worker(url: &str, name: &'static str) -> Builder {
    let builder = Resonate::builder().url(url).group(GROUP).pid(name);
    builder.lease(LEASE).dependency(Name(name))
}

/// Not a test: the process that stands still.
#[tokio::test]
#[ignore = "another test starts it, as a process of its own"]
async fn standing_still() {
    let url = std::env::var(URL).expect("a test starts this as its child");
    let _worker = worker(&url, "first").build().await.unwrap();
    let parent = tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new()));
    parent.await.unwrap().unwrap();
}

/// This very program, as a worker. It ends with this test.
struct Process(Child);

impl Process {
    fn start(url: &str) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args([
                "pause::standing_still",
                "--exact",
                "--ignored",
                "--nocapture",
            ])
            .env(URL, url)
            .stdin(Stdio::piped())
            .stdout(Stdio::null());
        Self(command.spawn().unwrap())
    }

    fn signal(&self, signal: &str) {
        let id = self.0.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status().unwrap();
        assert!(sent.success(), "kill {signal} {id}");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _gone = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_stood_still_writes_nothing_more() {
    let config = Config {
        retry_every: Duration::from_millis(500),
        ..Config::default()
    };
    let server = Server::builder().engine(config).bind(([127, 0, 0, 1], 0));
    let server = server.memory().start().await.unwrap();
    let client = Resonate::builder().url(server.url()).client_only();
    let client = client.build().await.unwrap();
    let journal = Journal::new();

    let first = Process::start(server.url());
    let call = passage::rpc(client.id("p"), journal.path());
    let waiting = call.target(GROUP).spawn();
    journal.line("first at the gate").await;
    first.signal("-STOP");

    // Nobody renews the lease, so another worker goes on with it.
    let second = worker(server.url(), "second").build().await.unwrap();
    journal.line("second at the gate").await;
    journal.open_gate();
    assert_eq!(waiting.await.unwrap(), "second");

    first.signal("-CONT");
    let there = format!("poll://uni@{GROUP}/first");
    let answer = answers::rpc(client.id("a")).target(there);
    assert_eq!(answer.await.unwrap(), "first");
    assert_eq!(client.get::<String>("p:0").await.unwrap(), "second");
    assert_eq!(client.get::<String>("p").await.unwrap(), "second");
    assert_eq!(journal.count("first beyond"), 0, "{:?}", journal.lines());
    assert_eq!(journal.count("second beyond"), 1, "{:?}", journal.lines());
    second.shutdown().await;
    client.shutdown().await;
    drop(first);
    server.shutdown().await;
}

/// The lease of the worker that is busy: the longer, the less a slow machine matters.
const LONG: Duration = Duration::from_secs(4);

/// A function that keeps its thread to itself, as none should.
#[resonate::function]
async fn hogs(info: &Info, url: String, journal: String) -> Result<()> {
    note(&journal, "hogs")?;
    if std::fs::read_to_string(&journal)?.lines().count() > 1 {
        return Ok(());
    }
    let server = Client::new(&url);
    let lease_end = || {
        let task = json!({ "id": info.id() });
        let held = server.call("task.get", &task).data()["task"]["state"] == "acquired";
        let snap = server.call("debug.snap", &json!({})).data();
        let timeouts = snap["taskTimeouts"].as_array().unwrap().clone();
        let mine = timeouts.iter().find(|timeout| timeout["id"] == info.id());
        held.then(|| mine.unwrap()["timeout"].as_i64().unwrap())
    };
    let first = lease_end().expect("the work has just been claimed");
    let longer = first + i64::try_from(LONG.as_millis()).unwrap();
    // Nobody but the thread that keeps the lease can do anything now.
    while lease_end().is_some_and(|end| end < longer) {
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

#[test]
fn a_function_that_keeps_the_only_thread_to_itself_keeps_its_lease() {
    let server = TestServer::start(ServerBuilder::memory);
    let (url, journal) = (server.server().url().to_owned(), Journal::new());
    let one_thread = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    one_thread.block_on(async {
        let busy = worker(&url, "busy").lease(LONG).build().await.unwrap();
        let work = hogs::run(busy.id("h"), url.clone(), journal.path());
        work.await.unwrap();
        assert_eq!(busy.counters().leases_lost, 0);
        busy.shutdown().await;
    });
    assert_eq!(journal.lines(), ["hogs"]);
    let task = server.client().call("task.get", &json!({ "id": "h" }));
    assert_eq!(task.data()["task"]["version"], 1, "it was claimed once");
}
