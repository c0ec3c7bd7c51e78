#![allow(unused_variables)]

use resonate::Result;

#[resonate::function(name = "")]
async fn empty() -> Result<()> {
    Ok(())
}

#[resonate::function(name = " greet")]
async fn spaced() -> Result<()> {
    Ok(())
}

#[resonate::function(name = "gre\tet")]
async fn tabbed() -> Result<()> {
    Ok(())
}

const NAME: &str = "greet";

#[resonate::function(name = NAME)]
async fn constant() -> Result<()> {
    Ok(())
}

#[resonate::function(name = "a-name-of-32-bytes,-eight-times-/a-name-of-32-bytes,-eight-times-/a-name-of-32-bytes,-eight-times-/a-name-of-32-bytes,-eight-times-/a-name-of-32-bytes,-eight-times-/a-name-of-32-bytes,-eight-times-/a-name-of-32-bytes,-eight-times-/a-name-of-32-bytes,-eight-times-/!")]
async fn long() -> Result<()> {
    Ok(())
}

fn main() {}
