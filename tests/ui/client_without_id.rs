#![allow(unused_variables)]

use resonate::{Resonate, Result};

#[resonate::function]
async fn greet(name: String) -> Result<String> {
    Ok(name)
}

async fn ask(client: &Resonate) {
    let _ = greet::rpc(client, "Ada".to_owned()).await;
}

fn main() {}
