#![allow(unused_variables)]

use resonate::Result;

#[resonate::function]
async fn apart((one, other): (u64, u64)) -> Result<u64> {
    Ok(one + other)
}

#[resonate::function]
async fn nameless(_: u64) -> Result<u64> {
    Ok(0)
}

#[resonate::function]
async fn by_reference(ref word: String) -> Result<u64> {
    Ok(0)
}

fn main() {}
