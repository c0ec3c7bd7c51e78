#![allow(unused_variables)]

use resonate::{Context, Result};

#[resonate::function(blocking)]
fn workflow(ctx: &Context, name: String) -> Result<String> {
    Ok(name)
}

#[resonate::function(blocking)]
async fn both(name: String) -> Result<String> {
    Ok(name)
}

#[resonate::function(blocking = true)]
fn valued(name: String) -> Result<String> {
    Ok(name)
}

fn main() {}
