#![allow(unused_variables)]

use resonate::Result;

#[resonate::function]
async fn greet(name: String) -> Result<String> {
    Ok(naem)
}

#[resonate::function]
async fn count(words: Vec<String>) -> Result<u64> {
    words.len()
}

fn main() {}
