//! Durable time: a sleep that no process has to sit through, and a timeout.

use resonate::prelude::*;

/// Reminds somebody, later. While it sleeps it costs a row in a table: no thread, no timer.
#[resonate::function]
async fn remind(ctx: &Context, whom: String, after: Duration) -> Result<String> {
    let start = ctx.now();
    ctx.sleep(after).await?;
    // `ctx.now()` moves with what the workflow has seen, and is the same on every replay.
    let passed = ctx.now().duration_since(start).unwrap_or_default();
    Ok(format!("{whom}, {} s have passed", passed.as_secs()))
}

/// A service that takes its time.
#[resonate::function]
async fn search(takes: Duration) -> Result<String> {
    tokio::time::sleep(takes).await;
    Ok("found".to_owned())
}

/// Waits for the search, but not for ever.
#[resonate::function]
async fn patient(ctx: &Context, takes: Duration, patience: Duration) -> Result<String> {
    let mut searching = search::run(ctx, takes).spawn();
    let answer = tokio::select! {
        found = &mut searching => Some(found?),
        _ = ctx.sleep(patience) => None,
    };
    match answer {
        Some(found) => Ok(found),
        None => {
            // Losing a race stops nothing by itself; a function ends after all that it began.
            searching.cancel().await?;
            Ok(format!("gave up after {patience:?}"))
        }
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let resonate = Resonate::memory().await?;
    let (short, long) = (Duration::from_millis(100), Duration::from_secs(1));

    let reminder = remind::run(resonate.id("reminder"), "Ada".into(), 2 * long).spawn();
    let quick = patient::run(resonate.id("quick"), short, long).await?;
    println!("a quick search: {quick}");
    let slow = patient::run(resonate.id("slow"), 600 * long, long).await?;
    println!("a slow search: {slow}");
    println!("the reminder: {}", reminder.await?);
    resonate.shutdown().await;
    Ok(())
}
