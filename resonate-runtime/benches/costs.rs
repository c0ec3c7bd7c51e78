//! What each small thing costs on its own, in memory and on one thread. Run: `cargo bench -p
//! resonate-runtime`.
#![expect(clippy::unwrap_used, reason = "a failure ends the measurement")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{Bencher, Criterion, criterion_group, criterion_main};
use futures_util::future::join_all;
use resonate::network::{Embedded, EngineConfig, Network};
use resonate::prelude::*;
use resonate::{Registry, SystemClock};
use resonate_core::payload::{Args, Base64Json, Codec as _, Invocation};
use tokio::runtime::Builder;

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
    let mut all = join_all(all).await.into_iter();
    all.try_fold(0, |sum, one| Ok(sum + one?))
}

/// Local steps, then a wait for somebody outside.
#[resonate::function]
async fn waits(ctx: &Context, steps: u64) -> Result<u64> {
    let sum = seq::run(ctx, steps).await?;
    Ok(sum + ctx.promise::<u64>().await?)
}

/// Polls a promise that is not settled, so many times; how long that took, in nanoseconds.
#[resonate::function]
async fn polls(ctx: &Context, times: u64) -> Result<u64> {
    let mut pending = ctx.promise::<u64>().spawn();
    let _begun = futures_util::poll!(&mut pending);
    let started = Instant::now();
    for _ in 0..times {
        black_box(futures_util::poll!(&mut pending).is_pending());
    }
    Ok(started.elapsed().as_nanos().try_into().unwrap_or(u64::MAX))
}

/// Measures the work on a client of its own, so that no round pays for those before it.
fn on_a_client(
    criterion: &mut Criterion,
    name: &str,
    work: impl AsyncFn(Resonate, u64) -> Result<Duration>,
) {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let mut measured = |bencher: &mut Bencher<'_>| {
        bencher.iter_custom(|times| {
            runtime.block_on(async {
                let client = Resonate::memory().await.unwrap();
                work(client, times).await.unwrap()
            })
        });
    };
    criterion.bench_function(name, &mut measured);
}

fn steps(criterion: &mut Criterion) {
    on_a_client(criterion, "a step after another", async |client, times| {
        let started = Instant::now();
        seq::run(client.id("seq"), times).await?;
        Ok(started.elapsed())
    });
    on_a_client(
        criterion,
        "a step among many at once",
        async |client, times| {
            let started = Instant::now();
            fan::run(client.id("fan"), times).await?;
            Ok(started.elapsed())
        },
    );
    on_a_client(
        criterion,
        "a leaf run from outside",
        async |client, times| {
            let started = Instant::now();
            for n in 0..times {
                leaf::run(client.id(format!("leaf-{n}")), n).await?;
            }
            Ok(started.elapsed())
        },
    );
    on_a_client(
        criterion,
        "a poll of what is not settled",
        async |client, times| {
            let nanos = polls::run(client.id("polls"), times).await?;
            Ok(Duration::from_nanos(nanos))
        },
    );
}

/// A recorded step, replayed by a client that never saw it.
fn replay(criterion: &mut Criterion) {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    criterion.bench_function("a recorded step, replayed", |bencher| {
        bencher.iter_custom(|times| runtime.block_on(replayed(times)).unwrap());
    });
}

async fn replayed(steps: u64) -> Result<Duration> {
    let engine = Embedded::memory(EngineConfig::default(), Arc::new(SystemClock::start()))?;
    let client = async || {
        let network = Arc::clone(&engine) as Arc<dyn Network>;
        Resonate::builder().network(network).build().await
    };
    let first = client().await?;
    let _begun = waits::begin_run(first.id("waits"), steps).await?;
    while first.counters().suspended == 0 {
        tokio::task::yield_now().await;
    }
    first.shutdown().await;
    let second = client().await?;
    let started = Instant::now();
    second.promises().resolve("waits:1", &1).await?;
    second.get::<u64>("waits").await?;
    Ok(started.elapsed())
}

fn payloads(criterion: &mut Criterion) {
    let codec = Base64Json::default();
    let write = || {
        let mut args = Args::default();
        args.push("order-17").unwrap();
        args.push(&500).unwrap();
        let call = Invocation::new("chargeCard", Some(2), args, None);
        codec.encode(call.to_json().get()).unwrap()
    };
    criterion.bench_function("the arguments of a call, written", |bencher| {
        bencher.iter(write)
    });
    let written = write();
    criterion.bench_function("the arguments of a call, read", |bencher| {
        bencher.iter(|| {
            let json = codec.decode(black_box(&written)).unwrap().unwrap();
            Invocation::from_json(&json).unwrap()
        });
    });
}

fn registry(criterion: &mut Criterion) {
    let registry = Registry::global();
    criterion.bench_function("a function, found by name and version", |bencher| {
        bencher.iter(|| registry.get(black_box("leaf"), black_box(1)).unwrap());
    });
}

criterion_group!(costs, steps, replay, payloads, registry);
criterion_main!(costs);
