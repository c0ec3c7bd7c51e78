#[resonate::function]
async fn shout(word: String) -> Result<String, ShoutError> {
    Ok(word.to_uppercase())
}
