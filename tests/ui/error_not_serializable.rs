#![allow(unused_variables)]

#[derive(Debug)]
pub struct GreetError;

#[resonate::function]
async fn greet(name: String) -> Result<String, GreetError> {
    Err(GreetError)
}

#[resonate::function]
async fn boxed(name: String) -> Result<String, Box<dyn std::error::Error>> {
    Ok(name)
}

fn main() {}
