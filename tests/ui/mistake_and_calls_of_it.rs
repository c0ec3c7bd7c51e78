#![allow(unused_variables)]

use resonate::{Context, Result};

#[resonate::function(version = 0)]
async fn greet(name: String, times: u64) -> Result<String> {
    Ok(name.repeat(times as usize))
}

#[resonate::function]
async fn shout(ctx: &Context, word: &str) -> Result<String> {
    Ok(word.to_uppercase())
}

#[resonate::function]
async fn ask(ctx: &Context) -> Result<String> {
    let hello: String = greet::rpc(ctx, "Ada".to_owned(), 2).await?;
    let handle = greet::begin_run(ctx, hello, 2).await?;
    drop(handle);
    Ok(shout::rpc(ctx, "Ada").await?)
}

fn main() {}
