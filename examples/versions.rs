//! Two versions of one function side by side: an execution stays on the version it began with.

use resonate::prelude::*;

/// What was written first. Executions of it are still under way, so it stays.
mod v1 {
    use resonate::prelude::*;

    /// Greets once somebody has said who.
    #[resonate::function(name = "welcome", version = 1)]
    pub async fn welcome(ctx: &Context, guest: String) -> Result<String> {
        let title: String = ctx.promise().await?;
        Ok(format!("v{}: Hello, {title} {guest}", ctx.version()))
    }
}

/// What is called from now on. It takes other steps, which the record of an execution of version 1
/// would not fit.
mod v2 {
    use resonate::prelude::*;

    /// Greets, and asks nobody.
    #[resonate::function(name = "welcome", version = 2)]
    pub async fn welcome(ctx: &Context, guest: String) -> Result<String> {
        ctx.sleep(Duration::from_millis(10)).await?;
        Ok(format!("v{}: Hello, {guest}", ctx.version()))
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let resonate = Resonate::memory().await?;
    println!("{}\n", resonate.registry());

    // Before the new version was deployed: this one waits for somebody.
    let old = v1::welcome::begin_run(resonate.id("guest-1"), "Ada".into()).await?;

    // A stub names its version; a call by name alone gets the latest, and stays with it.
    let new = v2::welcome::run(resonate.id("guest-2"), "Grace".into()).await?;
    let latest: String = resonate.id("guest-3").rpc("welcome", ("Barbara",)).await?;
    println!("{new}\n{latest}");

    // The old one goes on, on the code that it began with.
    resonate
        .promises()
        .resolve("guest-1:0", &"Countess")
        .await?;
    println!("{}", old.await?);
    resonate.shutdown().await;
    Ok(())
}

#[cfg(test)]
mod tests {
    /// The first test to add to a project: it fails when a deploy would strand what runs.
    #[test]
    fn running_executions_survive_this_deploy() {
        resonate::manifest::check("resonate.lock");
    }

    /// The second: it fails when executions that were recorded would not go on. `guest-1` waits,
    /// on version 1; `guest-2` ended, on version 2.
    #[tokio::test]
    async fn recorded_executions_still_replay() -> resonate::Result<()> {
        resonate::replay_all("recordings").run().await?;
        Ok(())
    }
}
