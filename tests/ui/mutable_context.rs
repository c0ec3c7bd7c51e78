#![allow(unused_variables)]

use resonate::{Context, Result};

#[resonate::function]
async fn greet(ctx: &mut Context, name: String) -> Result<String> {
    Ok(name)
}

fn main() {}
