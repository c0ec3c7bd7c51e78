//! Whole scenarios, measured: `cargo run --release --example bench -- --scenario seq`.
//!
//! Each prints steps per second, CPU per step and resident memory.

use std::time::Instant;

use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt as _};
use resonate::prelude::*;
use resonate::{SqliteOptions, Synchronous};

/// A step that does next to nothing.
#[resonate::function]
async fn leaf(n: u64) -> Result<u64> {
    Ok(n + 1)
}

/// Local steps, one after the other.
#[resonate::function]
async fn seq(ctx: &Context, steps: u64) -> Result<u64> {
    let mut sum = 0;
    for n in 0..steps {
        sum += leaf::run(ctx, n).await?;
    }
    Ok(sum)
}

/// Local steps, all at once.
#[resonate::function]
async fn fan(ctx: &Context, steps: u64) -> Result<u64> {
    let all: Vec<_> = (0..steps).map(|n| leaf::run(ctx, n).spawn()).collect();
    join_all(all)
        .await
        .into_iter()
        .try_fold(0, |sum, one| Ok(sum + one?))
}

/// Remote steps on this group, one after the other.
#[resonate::function]
async fn remote(ctx: &Context, steps: u64) -> Result<u64> {
    let mut sum = 0;
    for n in 0..steps {
        sum += leaf::rpc(ctx, n).await?;
    }
    Ok(sum)
}

/// A history of local steps, then one suspension.
#[resonate::function]
async fn resumed(ctx: &Context, steps: u64) -> Result<u64> {
    let sum = seq::run(ctx, steps).await?;
    let more: u64 = ctx.promise().await?;
    Ok(sum + more)
}

struct Args {
    scenario: String,
    store: String,
    size: Option<u64>,
    json: bool,
}

fn args() -> Result<Args> {
    let mut args = Args {
        scenario: "seq".into(),
        store: "memory".into(),
        size: None,
        json: false,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || {
            words
                .next()
                .ok_or_else(|| Error::new(format!("{word} needs a value")))
        };
        match word.as_str() {
            "--scenario" => args.scenario = value()?,
            "--store" => args.store = value()?,
            "--n" => args.size = Some(value()?.parse().map_err(Error::new)?),
            "--json" => args.json = true,
            _ => {
                return Err(Error::new(format!(
                    "{word}? --scenario seq|fan|many|rpc|resume|suspended|idle|startup --store memory|sqlite|sqlite-normal|URL --n N --json"
                )));
            }
        }
    }
    Ok(args)
}

async fn open(store: &str, folder: &std::path::Path) -> Result<Resonate> {
    let file = SqliteOptions::new(folder.join("bench.db"));
    match store {
        "memory" => Resonate::memory().await,
        "sqlite" => Resonate::builder().sqlite(file).build().await,
        "sqlite-normal" => {
            Resonate::builder()
                .sqlite(file.synchronous(Synchronous::Normal))
                .build()
                .await
        }
        url => Resonate::connect(url).await,
    }
}

/// Processor time of this process so far, in seconds, and its resident memory, in bytes.
fn usage() -> (f64, u64) {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let fields: Vec<f64> = after_name
        .split_whitespace()
        .map(|f| f.parse().unwrap_or(0.0))
        .collect();
    let ticks: f64 = fields.get(11..13).map_or(0.0, |both| both.iter().sum());
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: u64 = statm
        .split_whitespace()
        .nth(1)
        .and_then(|p| p.parse().ok())
        .unwrap_or(0);
    (ticks / 100.0, pages * 4096)
}

#[tokio::main]
async fn main() -> Result<()> {
    let args = args()?;
    let folder = std::env::temp_dir().join(format!("resonate-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let resonate = open(&args.store, &folder).await?;
    let (cpu, _) = usage();
    let started = Instant::now();
    let steps = run(&resonate, &args).await?;
    let elapsed = started.elapsed().as_secs_f64();
    let (cpu_after, resident) = usage();
    report(&args, steps, elapsed, cpu_after - cpu, resident);
    resonate.shutdown().await;
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

/// Runs the scenario; how many steps it made.
async fn run(resonate: &Resonate, args: &Args) -> Result<u64> {
    let size = |default| args.size.unwrap_or(default);
    Ok(match args.scenario.as_str() {
        "seq" => {
            seq::run(resonate.id("seq"), size(1000)).await?;
            size(1000)
        }
        "fan" => {
            fan::run(resonate.id("fan"), size(1000)).await?;
            size(1000)
        }
        "many" => {
            let each = |n| async move { seq::run(resonate.id(format!("many-{n}")), 10).await };
            let mut all = stream::iter((0..size(1000)).map(each)).buffer_unordered(64);
            while let Some(one) = all.next().await {
                one?;
            }
            size(1000) * 10
        }
        "rpc" => {
            remote::run(resonate.id("rpc"), size(200)).await?;
            size(200)
        }
        "resume" => {
            let handle = resumed::begin_run(resonate.id("resume"), size(1000)).await?;
            let promise = format!("resume:{}", 1);
            while resonate.promises().get(&promise).await.is_err() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
            let settled = Instant::now();
            resonate.promises().resolve(&promise, &1).await?;
            handle.await?;
            println!(
                "from its settlement to the end: {:.3} ms",
                settled.elapsed().as_secs_f64() * 1e3
            );
            size(1000)
        }
        "suspended" => {
            for n in 0..size(10_000) {
                let _parked = resumed::begin_run(resonate.id(format!("parked-{n}")), 0).await?;
            }
            while resonate.counters().suspended < size(10_000) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            size(10_000)
        }
        "idle" => {
            tokio::time::sleep(Duration::from_secs(size(5))).await;
            size(5)
        }
        other => return Err(Error::new(format!("unknown scenario {other}"))),
    })
}

fn report(args: &Args, steps: u64, elapsed: f64, cpu: f64, resident: u64) {
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 steps")]
    let count = steps as f64;
    let (rate, cpu_us) = (count / elapsed, cpu / count * 1e6);
    let Args {
        scenario,
        store,
        json,
        ..
    } = args;
    if *json {
        println!(
            r#"{{"scenario":"{scenario}","store":"{store}","steps":{steps},"steps_per_s":{rate:.1},"cpu_us_per_step":{cpu_us:.1},"resident_bytes":{resident}}}"#
        );
    } else {
        println!(
            "{scenario} on {store}: {steps} steps, {rate:.0}/s, {cpu_us:.0} us CPU each, {:.1} MiB resident",
            f64::from(u32::try_from(resident / 1024).unwrap_or(u32::MAX)) / 1024.0
        );
    }
}
