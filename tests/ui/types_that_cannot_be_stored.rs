#![allow(unused_variables)]

use resonate::Result;

#[resonate::function]
async fn hidden(word: impl Into<String>) -> Result<String> {
    Ok(word.into())
}

#[resonate::function]
async fn object(word: Box<dyn ToString + Send>) -> Result<String> {
    Ok(word.to_string())
}

#[resonate::function]
async fn pointer(make: fn() -> String) -> Result<String> {
    Ok(make())
}

#[resonate::function]
async fn guessed(words: Vec<_>) -> Result<String> {
    Ok(String::new())
}

#[resonate::function]
async fn hidden_result(word: String) -> Result<impl ToString> {
    Ok(word)
}

fn main() {}
