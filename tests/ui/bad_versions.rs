#![allow(unused_variables)]

use resonate::Result;

#[resonate::function(version = 0)]
async fn zero() -> Result<()> {
    Ok(())
}

#[resonate::function(version = "2")]
async fn text() -> Result<()> {
    Ok(())
}

#[resonate::function(version = -1)]
async fn negative() -> Result<()> {
    Ok(())
}

#[resonate::function(version = 4294967296)]
async fn large() -> Result<()> {
    Ok(())
}

#[resonate::function(version = 1.5)]
async fn fraction() -> Result<()> {
    Ok(())
}

fn main() {}
