#![allow(unused_variables)]

use resonate::Result;

#[resonate::function(name = "greet", version = 2, name = "greet")]
async fn greet() -> Result<()> {
    Ok(())
}

fn main() {}
