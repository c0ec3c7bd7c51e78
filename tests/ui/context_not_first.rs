#![allow(unused_variables)]

use resonate::{Context, Result};

#[resonate::function]
async fn greet(name: String, ctx: &Context) -> Result<String> {
    Ok(name)
}

fn main() {}
