#![allow(unused_variables)]
#![deny(unused_must_use)]

use resonate::{Context, Result};

#[resonate::function]
async fn greet(name: String) -> Result<String> {
    Ok(name)
}

#[resonate::function]
async fn ask(ctx: &Context) -> Result<()> {
    greet::rpc(ctx, "Ada".to_owned());
    Ok(())
}

fn main() {}
