#![allow(unused_variables)]

use resonate::Result;

#[resonate::function]
async fn greet(name: String) -> Result<String>
where
    String: Clone,
{
    Ok(name)
}

fn main() {}
