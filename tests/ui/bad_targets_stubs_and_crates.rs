#![allow(unused_variables)]

use resonate::Result;

#[resonate::function(target = "")]
async fn nowhere() -> Result<()> {
    Ok(())
}

#[resonate::function(target = "two words")]
async fn somewhere() -> Result<()> {
    Ok(())
}

#[resonate::function(target = group)]
async fn constant() -> Result<()> {
    Ok(())
}

#[resonate::function(stub = "Greet")]
async fn text() -> Result<()> {
    Ok(())
}

#[resonate::function(stub = stubs::Greet)]
async fn path() -> Result<()> {
    Ok(())
}

#[resonate::function(crate = "resonate")]
async fn facade() -> Result<()> {
    Ok(())
}

fn main() {}
