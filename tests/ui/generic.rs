#![allow(unused_variables)]

use resonate::Result;

#[resonate::function]
async fn first<T: Clone>(items: Vec<T>) -> Result<T> {
    Ok(items[0].clone())
}

#[resonate::function]
async fn sized<const N: usize>(items: [u8; N]) -> Result<u8> {
    Ok(items[0])
}

fn main() {}
