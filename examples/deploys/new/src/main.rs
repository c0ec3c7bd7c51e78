//! What is deployed tomorrow: a second version of `ship`, beside the first, on which executions of
//! `../old` may still be waiting.

use resonate::prelude::*;

/// The deploy that does a step, as its result shows.
const DEPLOY: &str = "new";

/// As it was: executions that began on it stay on it.
mod v1 {
    use super::{pack, reserve};
    use resonate::prelude::*;

    /// Ships an order, once somebody has said to whom.
    #[resonate::function]
    async fn ship(ctx: &Context, item: String) -> Result<String> {
        let reserved = reserve::run(ctx, item).await?;
        let recipient: String = ctx.promise().await?;
        let packed = pack::rpc(ctx, recipient).await?;
        Ok(format!("v{}: {reserved}, {packed}", ctx.version()))
    }
}

/// Ships an order to somebody who is asked first: other steps, so another version.
#[resonate::function(name = "ship", version = 2)]
async fn ship_once_known(ctx: &Context, item: String) -> Result<String> {
    let recipient: String = ctx.promise().await?;
    let reserved = reserve::run(ctx, item).await?;
    let packed = pack::rpc(ctx, recipient).await?;
    Ok(format!("v{}: {reserved}, {packed}", ctx.version()))
}

#[resonate::function]
async fn reserve(item: String) -> Result<String> {
    Ok(format!("{item} reserved by {DEPLOY}"))
}

#[resonate::function]
async fn pack(recipient: String) -> Result<String> {
    Ok(format!("packed for {recipient} by {DEPLOY}"))
}

#[tokio::main]
async fn main() -> Result<()> {
    tracing_subscriber::fmt().with_ansi(false).init();
    let resonate = Resonate::builder()
        .group("shipping")
        .lease(Duration::from_secs(5))
        .env()
        .build()
        .await?;
    let stop = tokio::signal::ctrl_c();
    resonate.worker().run_until(stop).await
}

#[cfg(test)]
mod tests {
    /// The first test to add to a project: it fails when a deploy would strand what runs.
    #[test]
    fn running_executions_survive_this_deploy() {
        resonate::manifest::check("resonate.lock");
    }
}
