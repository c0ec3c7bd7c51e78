//! A caller of a Resonate Server that has none of the functions it calls.
//!
//! `cargo run --example client -- Ada`, while `cargo run --example worker` serves them.

use resonate::prelude::*;

#[tokio::main]
async fn main() -> Result<()> {
    let url = std::env::var("RESONATE_URL").unwrap_or_else(|_| "http://localhost:8001".to_owned());
    let name = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "Grace".to_owned());
    let resonate = Resonate::connect(&url).await?;

    // The id names the execution: a second call with it, from anywhere, gets the same answer.
    let id = format!("welcome-{name}");
    let welcome: String = resonate.id(&id).rpc("welcome", (name,)).await?;
    println!("{id}: {welcome}");
    resonate.shutdown().await;
    Ok(())
}
