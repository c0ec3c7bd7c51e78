#![allow(unused_variables)]

use resonate::Result;

#[resonate::function]
async fn add(one: u64, one: u64) -> Result<u64> {
    Ok(one)
}

fn main() {}
