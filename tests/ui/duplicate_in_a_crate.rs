#![allow(unused_variables)]

use resonate::Result;

#[resonate::function(name = "greet")]
async fn hello(name: String) -> Result<String> {
    Ok(name)
}

mod elsewhere {
    use resonate::Result;

    #[resonate::function]
    async fn greet(name: String) -> Result<String> {
        Ok(name)
    }
}

fn main() {}
