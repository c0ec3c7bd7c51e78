#![allow(unused_variables)]

use resonate::Result;

#[resonate::function]
async fn greet(name: &str) -> Result<()> {
    Ok(())
}

#[resonate::function]
async fn sum(numbers: &Vec<u64>) -> Result<()> {
    Ok(())
}

#[resonate::function]
async fn anything(what: &impl ToString) -> Result<()> {
    Ok(())
}

fn main() {}
