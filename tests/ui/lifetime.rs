#![allow(unused_variables)]

use resonate::{Context, Result};

#[resonate::function]
async fn greet<'a>(ctx: &'a Context, name: String) -> Result<String> {
    Ok(name)
}

fn main() {}
