//! What the linker gathers, and what the registry makes of it.
#![allow(clippy::unwrap_used)]

use resonate::{Context, Info, Registry, Result, Retry};

/// Greets, politely.
///
/// More.
#[resonate::function(name = "greet", version = 2, timeout = "2h", retry = Retry::never(), target = "g")]
pub async fn greet(ctx: &Context, name: String) -> Result<String> {
    let loud = shout::rpc(ctx, name).await?;
    Ok(loud)
}

#[resonate::function]
async fn shout(word: String) -> Result<String> {
    Ok(word.to_uppercase())
}

#[resonate::function(blocking)]
fn crunch(_info: &Info, number: u64, _unused: Option<Vec<u8>>) -> Result<u64, String> {
    Ok(number)
}

#[test]
fn functions_are_gathered() {
    let registry = Registry::global();
    println!("{registry}");
    assert!(registry.get("greet", 2).is_some());
}
