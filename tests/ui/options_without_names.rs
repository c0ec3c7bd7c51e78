#![allow(unused_variables)]

use resonate::Result;

#[resonate::function("greet")]
async fn text() -> Result<()> {
    Ok(())
}

#[resonate::function(name)]
async fn no_value() -> Result<()> {
    Ok(())
}

#[resonate::function(version(2))]
async fn called() -> Result<()> {
    Ok(())
}

#[resonate::function(2)]
async fn number() -> Result<()> {
    Ok(())
}

#[resonate::function(name = )]
async fn nothing() -> Result<()> {
    Ok(())
}

#[resonate::function(name = "a" version = 2)]
async fn no_comma() -> Result<()> {
    Ok(())
}

fn main() {}
