#![allow(unused_variables)]

use std::time::Duration;

use resonate::{Result, Retry};

#[resonate::function(retry = 3)]
async fn number() -> Result<()> {
    Ok(())
}

fn policy() -> Retry {
    Retry::constant(Duration::from_secs(1))
}

#[resonate::function(retry = policy())]
async fn not_constant() -> Result<()> {
    Ok(())
}

fn main() {}
