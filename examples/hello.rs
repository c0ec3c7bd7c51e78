//! The smallest durable program: one workflow, one step, no server.

use resonate::prelude::*;

/// A leaf: ordinary async code whose result is recorded.
#[resonate::function]
async fn greet(name: String) -> Result<String> {
    Ok(format!("Hello, {name}!"))
}

/// A workflow: it calls other durable functions.
#[resonate::function]
async fn hello(ctx: &Context, names: Vec<String>) -> Result<String> {
    let mut greetings = Vec::new();
    for name in names {
        greetings.push(greet::run(ctx, name).await?);
    }
    Ok(greetings.join(" "))
}

#[tokio::main]
async fn main() -> Result<()> {
    let resonate = Resonate::memory().await?;
    let names = vec!["Ada".to_owned(), "Grace".to_owned()];
    let greeting = hello::run(resonate.id("hello-1"), names).await?;
    println!("{greeting}");
    Ok(())
}
