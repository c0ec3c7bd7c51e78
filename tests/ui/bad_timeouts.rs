#![allow(unused_variables)]

use resonate::Result;

#[resonate::function(timeout = "soon")]
async fn soon() -> Result<()> {
    Ok(())
}

#[resonate::function(timeout = "10")]
async fn no_unit() -> Result<()> {
    Ok(())
}

#[resonate::function(timeout = "3 fortnights")]
async fn odd_unit() -> Result<()> {
    Ok(())
}

#[resonate::function(timeout = "0s")]
async fn nothing() -> Result<()> {
    Ok(())
}

#[resonate::function(timeout = "99999999999d")]
async fn forever() -> Result<()> {
    Ok(())
}

#[resonate::function(timeout = 30)]
async fn number() -> Result<()> {
    Ok(())
}

fn main() {}
