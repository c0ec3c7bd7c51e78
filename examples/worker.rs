//! A worker of a Resonate Server: it serves `welcome` to callers in any process and language.
//!
//! `cargo run --example serve -- --memory` is a server, `cargo run --example client -- Ada` a
//! caller. `RESONATE_URL` names another server.

use resonate::prelude::*;

/// A leaf.
#[resonate::function]
async fn greet(name: String) -> Result<String> {
    Ok(format!("Hello, {name}!"))
}

/// A workflow.
#[resonate::function]
async fn welcome(ctx: &Context, name: String) -> Result<String> {
    let greeting = greet::run(ctx, name).await?;
    ctx.sleep(Duration::from_secs(1)).await?;
    Ok(format!("{greeting} (process {})", std::process::id()))
}

#[tokio::main]
async fn main() -> Result<()> {
    let url = std::env::var("RESONATE_URL").unwrap_or_else(|_| "http://localhost:8001".to_owned());
    let resonate = Resonate::connect(&url).await?;
    println!("serving for {url}:\n{}", resonate.registry());
    println!("Ctrl-C ends it; what it was doing goes on in another worker");
    resonate.worker().run_until(tokio::signal::ctrl_c()).await
}
