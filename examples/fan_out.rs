//! Many steps at once: all of them, then each as it comes.

use std::time::Instant;

use futures_util::future::join_all;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use resonate::prelude::*;

/// Asks one station for its temperature. The far ones take longer.
#[resonate::function]
async fn measure(station: u64) -> Result<(u64, i64)> {
    tokio::time::sleep(Duration::from_millis(100 + 20 * (station % 5))).await;
    Ok((station, i64::try_from(station * 7 % 30).unwrap_or(0) - 10))
}

/// All stations at once; the results are in the order of the stations.
#[resonate::function]
async fn mean(ctx: &Context, stations: u64) -> Result<f64> {
    // `spawn` starts a step and goes on. The first thousand are under way before one has ended.
    let steps: Vec<_> = (0..stations)
        .map(|n| measure::run(ctx, n).spawn())
        .collect();
    let mut sum = 0_i64;
    for measured in join_all(steps).await {
        sum += measured?.1;
    }
    #[expect(clippy::cast_precision_loss, reason = "temperatures are small")]
    Ok(sum as f64 / stations as f64)
}

/// The first `wanted` stations below zero, in the order in which they answer. That order is
/// recorded too: after a crash the same ones are found again.
#[resonate::function]
async fn frozen(ctx: &Context, stations: u64, wanted: usize) -> Result<Vec<u64>> {
    let mut steps: FuturesUnordered<_> = (0..stations)
        .map(|n| measure::run(ctx, n).spawn())
        .collect();
    let mut found = Vec::new();
    while found.len() < wanted
        && let Some(measured) = steps.next().await
    {
        let (station, degrees) = measured?;
        if degrees < 0 {
            found.push(station);
        }
    }
    Ok(found)
}

#[tokio::main]
async fn main() -> Result<()> {
    let resonate = Resonate::memory().await?;
    let start = Instant::now();
    let degrees = mean::run(resonate.id("mean"), 500).await?;
    println!(
        "500 steps of 100 ms and more took {:.2?} in all",
        start.elapsed()
    );
    println!("mean temperature: {degrees:.1}");

    let stations = frozen::run(resonate.id("frozen"), 50, 3).await?;
    println!("the first three stations below zero: {stations:?}");
    resonate.shutdown().await;
    Ok(())
}
