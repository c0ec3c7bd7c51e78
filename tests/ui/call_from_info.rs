#![allow(unused_variables)]

use resonate::{Info, Result};

#[resonate::function]
async fn greet(name: String) -> Result<String> {
    Ok(name)
}

#[resonate::function]
async fn ask(info: &Info) -> Result<String> {
    Ok(greet::rpc(info, "Ada".to_owned()).await?)
}

fn main() {}
