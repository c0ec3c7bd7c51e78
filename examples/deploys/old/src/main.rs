//! What is deployed today. `../new` is what is deployed tomorrow, while executions of this one are
//! under way: both run side by side for a while, and either may go on with what the other began.

use resonate::prelude::*;

/// The deploy that does a step, as its result shows.
const DEPLOY: &str = "old";

/// Ships an order, once somebody has said to whom.
#[resonate::function]
async fn ship(ctx: &Context, item: String) -> Result<String> {
    let reserved = reserve::run(ctx, item).await?;
    let recipient: String = ctx.promise().await?;
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
