#![allow(unused_variables)]

use resonate::Result;

pub struct Greeting;

#[resonate::function]
async fn greet(name: String) -> Result<Greeting> {
    Ok(Greeting)
}

fn main() {}
