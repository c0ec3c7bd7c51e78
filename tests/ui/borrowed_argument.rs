#![allow(unused_variables)]

use std::borrow::Cow;

use resonate::{Context, Result};

#[resonate::function]
async fn greet(ctx: &Context, name: &str) -> Result<()> {
    Ok(())
}

#[resonate::function]
async fn sum(ctx: &Context, bytes: &[u8], more: Option<&[u64]>) -> Result<()> {
    Ok(())
}

#[resonate::function]
async fn show(text: Cow<'_, str>) -> Result<()> {
    Ok(())
}

#[resonate::function]
async fn fixed(count: u64, text: &'static str) -> Result<()> {
    Ok(())
}

fn main() {}
