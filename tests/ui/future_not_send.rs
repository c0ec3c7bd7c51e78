#![allow(unused_variables)]

use std::rc::Rc;

use resonate::Result;

async fn pause() {}

#[resonate::function]
async fn greet(name: String) -> Result<String> {
    let shared = Rc::new(name);
    pause().await;
    Ok(shared.to_string())
}

fn main() {}
