/// Greets somebody, loudly.
#[resonate::function(name = "greet", version = 2, timeout = "2h", retry = Retry::exponential())]
pub async fn greet(ctx: &Context, name: String, times: u64) -> Result<String> {
    let loud = shout::rpc(ctx, name).await?;
    Ok(loud.repeat(times as usize))
}
