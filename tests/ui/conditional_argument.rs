#![allow(unused_variables)]

use resonate::Result;

#[resonate::function]
async fn greet(name: String, #[cfg(unix)] loud: bool) -> Result<String> {
    Ok(name)
}

fn main() {}
