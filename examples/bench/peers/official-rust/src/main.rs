//! The scenarios of `examples/bench` on the official Rust SDK: the same steps, the same figures.
//!
//! `--scenario NAME --store memory|URL --n N` runs one of them and prints its figures on one line.
//! `memory` is that SDK's local mode.

#[path = "../../../measure.rs"]
mod measure;

use std::sync::Mutex;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::stream::{self, StreamExt as _};
use measure::{Figures, Stopwatch, figures, number, resident_bytes, say};
use resonate_sdk::prelude::*;
use resonate_sdk::types::Value as Record;

/// Workflows that are under way at once in `many`.
const IN_FLIGHT: usize = 64;
/// How long it is given to suspend: it does not tell when it has.
const SETTLING: Duration = Duration::from_millis(500);

/// Promises that workflows wait for.
static WAITING: Mutex<Vec<String>> = Mutex::new(Vec::new());

#[resonate_sdk::function]
async fn leaf(n: u64) -> Result<u64> {
    Ok(n + 1)
}

#[resonate_sdk::function]
async fn seq(ctx: &Context, steps: u64) -> Result<u64> {
    let mut sum = 0;
    for n in 0..steps {
        sum += ctx.run(leaf, n).await?;
    }
    Ok(sum)
}

#[resonate_sdk::function]
async fn fan(ctx: &Context, steps: u64) -> Result<u64> {
    let all: Result<Vec<_>> = (0..steps).map(|n| ctx.run(leaf, n).spawn()).collect();
    let mut sum = 0;
    for one in all? {
        sum += one.await?;
    }
    Ok(sum)
}

#[resonate_sdk::function]
async fn rpc(ctx: &Context, group: String, steps: u64) -> Result<u64> {
    let mut sum = 0;
    for n in 0..steps {
        sum += ctx.rpc::<u64>("leaf", n).target(&group).await?;
    }
    Ok(sum)
}

#[resonate_sdk::function]
async fn resume(ctx: &Context, steps: u64) -> Result<u64> {
    let mut sum = 0;
    for n in 0..steps {
        sum += ctx.run(leaf, n).await?;
    }
    let more = ctx.promise::<u64>().create()?;
    let id = more.id().await?;
    WAITING.lock().map_err(|_| refusal("poisoned"))?.push(id);
    Ok(sum + more.await?)
}

fn refusal(text: &str) -> Error {
    Error::Application {
        message: text.to_owned(),
    }
}

async fn waiting(count: usize) -> Result<Vec<String>> {
    loop {
        let found = WAITING.lock().map_err(|_| refusal("poisoned"))?.clone();
        if found.len() >= count {
            tokio::time::sleep(SETTLING).await;
            return Ok(found);
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

struct Bench {
    resonate: Resonate,
    /// Distinguishes the ids of this run from those of others on the same server.
    name: String,
    n: u64,
}

impl Bench {
    fn id(&self, of: u64) -> String {
        format!("{}-{of}", self.name)
    }

    async fn run(&self, scenario: &str) -> Result<Figures> {
        let (Self { resonate, n, .. }, id) = (self, self.id(0));
        let watch = Stopwatch::start();
        match scenario {
            "seq" => resonate.run(&id, seq, *n).await?,
            "fan" => resonate.run(&id, fan, *n).await?,
            "rpc" => resonate.run(&id, rpc, (self.name.clone(), *n)).await?,
            "many" => return self.many().await,
            "resume" => return self.resume().await,
            "suspended" => return self.suspended().await,
            "idle" => {
                tokio::time::sleep(Duration::from_secs(*n)).await;
                let cpu = watch.stop().cpu / number(*n);
                return Ok(figures([("seconds", number(*n)), ("cpu_ms_per_s", cpu * 1e3)]));
            }
            _ => return Err(refusal("this peer has no such scenario")),
        };
        Ok(watch.stop().over(*n))
    }

    async fn many(&self) -> Result<Figures> {
        let watch = Stopwatch::start();
        let each = |of| async move { self.resonate.run(&self.id(of), seq, 10u64).await };
        let mut all = stream::iter((0..self.n).map(each)).buffer_unordered(IN_FLIGHT);
        while let Some(one) = all.next().await {
            one?;
        }
        Ok(watch.stop().over(self.n * 10))
    }

    async fn resume(&self) -> Result<Figures> {
        let handle = self.resonate.run(&self.id(0), resume, self.n).spawn().await?;
        let promise = waiting(1).await?.remove(0);
        let watch = Stopwatch::start();
        let value = Record::from_serializable(1)?;
        self.resonate.promises.resolve(&promise, value).await?;
        handle.result().await?;
        let spent = watch.stop();
        Ok(figures([
            ("steps", number(self.n)),
            ("resume_ms", spent.wall * 1e3),
            ("resume_cpu_ms", spent.cpu * 1e3),
        ]))
    }

    async fn suspended(&self) -> Result<Figures> {
        // What is allocated once is allocated before.
        self.resonate.run(&self.id(self.n), resume, 0u64).spawn().await?;
        waiting(1).await?;
        let before = resident_bytes().unwrap_or_default();
        for of in 0..self.n {
            self.resonate.run(&self.id(of), resume, 0u64).spawn().await?;
        }
        let count = usize::try_from(self.n).map_err(|_| refusal("too many"))?;
        waiting(count + 1).await?;
        let grown = resident_bytes().unwrap_or_default() - before;
        Ok(figures([
            ("workflows", number(self.n)),
            ("resident_bytes_per_workflow", grown / number(self.n)),
        ]))
    }
}

fn option(name: &str) -> Option<String> {
    std::env::args().skip_while(|word| word != name).nth(1)
}

#[tokio::main]
async fn main() -> Result<()> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let name = format!("bench-{}", since.map_or(0, |since| since.as_micros()));
    let config = ResonateConfig {
        group: Some(name.clone()),
        ..ResonateConfig::default()
    };
    let resonate = match option("--store").as_deref() {
        Some("memory") => Resonate::local_with(config),
        Some(url) if url.starts_with("http") => Resonate::new(ResonateConfig {
            url: Some(url.to_owned()),
            ..config
        }),
        _ => return Err(refusal("this peer runs on --store memory or a URL")),
    };
    resonate.register(leaf)?;
    resonate.register(seq)?;
    resonate.register(fan)?;
    resonate.register(rpc)?;
    resonate.register(resume)?;
    let n = option("--n").and_then(|n| n.parse().ok());
    let bench = Bench {
        resonate,
        name,
        n: n.ok_or_else(|| refusal("--n is missing"))?,
    };
    say(bench.run(&option("--scenario").unwrap_or_default()).await?);
    // Whatever is still under way ends with the process.
    std::process::exit(0)
}
