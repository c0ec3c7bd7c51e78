#![allow(unused_variables)]

use resonate::{Context, Info, Result};

#[resonate::function]
async fn greet(ctx: Context, name: String) -> Result<String> {
    Ok(name)
}

#[resonate::function]
async fn look(info: Info) -> Result<()> {
    Ok(())
}

#[resonate::function]
async fn share(ctx: std::sync::Arc<Context>) -> Result<()> {
    Ok(())
}

fn main() {}
