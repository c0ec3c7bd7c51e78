//! A schedule: a function that runs every second, until its schedule is deleted.

use resonate::prelude::*;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

/// One run of the schedule. Its id is the schedule's, and the time of the occurrence.
#[resonate::function]
async fn report(info: &Info, what: String) -> Result<String> {
    let runs = info.dependency::<UnboundedSender<String>>()?;
    let told = format!("{}: {what} are fine", info.id());
    runs.send(told.clone())
        .map_err(|_| "nobody reads the reports")?;
    Ok(told)
}

#[tokio::main]
async fn main() -> Result<()> {
    let (sender, mut runs) = unbounded_channel::<String>();
    let resonate = Resonate::builder().dependency(sender).build().await?;

    // Six fields, the first of them seconds; with five, the smallest unit is the minute. Creating
    // a schedule that exists changes nothing, so a program may do it at every start.
    report::schedule(&resonate, "every-second", "* * * * * *", "sales".into()).await?;
    println!(
        "scheduled: {}",
        resonate.schedules().get("every-second").await?.cron()
    );
    for _ in 0..3 {
        if let Some(told) = runs.recv().await {
            println!("{told}");
        }
    }
    resonate.schedules().delete("every-second").await?;
    println!(
        "deleted; schedules left: {}",
        resonate.schedules().search().await?.len()
    );
    resonate.shutdown().await;
    Ok(())
}
