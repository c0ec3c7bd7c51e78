#![allow(unused_variables)]

use resonate::Result;

#[resonate::function]
fn greet(name: String) -> Result<String> {
    Ok(name)
}

fn main() {}
