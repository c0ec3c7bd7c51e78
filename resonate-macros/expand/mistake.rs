#[resonate::function(version = 0)]
async fn greet(ctx: &Context, name: &str, times: u64) -> Result<String> {
    Ok(name.repeat(times as usize))
}
