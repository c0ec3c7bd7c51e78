#![allow(unused_variables)]

use resonate::{Context, Result};

#[resonate::function]
async fn greet(name: String, times: u64) -> Result<String> {
    Ok(name.repeat(times as usize))
}

#[resonate::function]
async fn ask(ctx: &Context) -> Result<String> {
    let one = greet::rpc(ctx, "Ada", 2).await?;
    let two = greet::run(ctx, "Ada".to_owned()).await?;
    Ok(one + &two)
}

fn main() {}
