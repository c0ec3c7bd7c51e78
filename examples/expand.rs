//! What the attribute adds: `cargo-expand` of this file, formatted, is kept in
//! `resonate-macros/expand/example.out.rs`, and a test holds the two against each other.

use resonate::prelude::*;

#[tokio::main]
async fn main() -> Result<()> {
    let resonate = Resonate::memory().await?;
    let greeting = greet::run(resonate.id("greet-ada"), "Ada".into()).await?;
    println!("{greeting}");
    resonate.shutdown().await;
    Ok(())
}

/// Greets somebody.
#[resonate::function(version = 2, timeout = "2h")]
async fn greet(name: String) -> Result<String> {
    Ok(format!("Hello, {name}!"))
}
