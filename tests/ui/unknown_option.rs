#![allow(unused_variables)]

use resonate::Result;

#[resonate::function(nmae = "greet", verison = 2)]
async fn misspelt() -> Result<()> {
    Ok(())
}

#[resonate::function(queue = "greetings", version = 2)]
async fn unheard_of() -> Result<()> {
    Ok(())
}

#[resonate::function(implements = api::greet)]
async fn not_yet() -> Result<()> {
    Ok(())
}

fn main() {}
