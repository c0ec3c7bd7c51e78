//! A worker: it serves the functions below to whoever calls them, over a Resonate Server. Start
//! as many as you like; kill one, and another goes on with what it did.
//!
//! ```text
//! cargo run --example serve                     # or any other Resonate Server
//! cargo run --example worker -- --url http://localhost:8001
//! cargo run --example client -- --url http://localhost:8001
//! ```

use resonate::prelude::*;
use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Order {
    item: String,
    pieces: u32,
    /// How long the buyer may still change their mind.
    grace: Duration,
}

/// The workflow. Whichever worker of the group goes on with it, recorded steps are not done again.
#[resonate::function]
async fn process_order(ctx: &Context, order: Order) -> Result<String> {
    let payment = charge::run(ctx, order.item.clone(), order.pieces).await?;
    ctx.sleep(order.grace).await?;
    // Each piece is packed by some worker of the group, all at the same time.
    let pieces = 1..=order.pieces;
    let packing: Vec<_> = pieces
        .map(|piece| pack::rpc(ctx, order.item.clone(), piece).spawn())
        .collect();
    for packed in packing {
        packed.await?;
    }
    Ok(format!("{payment}, {} packed", order.pieces))
}

/// Takes the money: a step of the workflow, in the process that runs it.
#[resonate::function]
async fn charge(info: &Info, item: String, pieces: u32) -> Result<String> {
    println!("{}: charging", info.id());
    Ok(format!("{pieces} x {item} paid"))
}

/// Packs one piece: an execution of its own.
#[resonate::function]
async fn pack(info: &Info, item: String, piece: u32) -> Result<String> {
    println!("{}: packing {item} {piece}", info.id());
    tokio::time::sleep(Duration::from_millis(100)).await;
    Ok(format!("{item} {piece}"))
}

#[tokio::main]
async fn main() -> Result<()> {
    tracing_subscriber::fmt()
        .with_env_filter(
            EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn")),
        )
        .with_writer(std::io::stderr)
        .init();
    let mut args = pico_args::Arguments::from_env();
    let url: Option<String> = args.opt_value_from_str("--url").map_err(Error::new)?;
    let url = url.or_else(|| std::env::var("RESONATE_URL").ok());
    let url = url.unwrap_or_else(|| "http://localhost:8001".to_owned());
    let lease: Option<f64> = args.opt_value_from_str("--lease").map_err(Error::new)?;

    // What is not said here is what the environment says: RESONATE_TOKEN and others.
    let mut builder = Resonate::builder().url(&url).group("orders");
    if let Some(seconds) = lease {
        builder = builder.lease(Duration::from_secs_f64(seconds));
    }
    let resonate = builder.env().build().await?;
    println!("serving the group orders of {url}; Ctrl-C ends it in good order");
    let stop = tokio::signal::ctrl_c();
    resonate.worker().run_until(stop).await
}
