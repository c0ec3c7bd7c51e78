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

fn main() {}
