//! The worker: it serves what `billing` implements, at the server that `RESONATE_URL` names.
#![warn(unused_crate_dependencies)]

use resonate::prelude::*;

// Nothing below names the library, so without this line none of its functions would be here.
resonate::link!(billing);
// And this program does not start unless it has the bodies of both.
resonate::serves!(billing_api::charge, billing_api::refund);

#[tokio::main]
async fn main() -> Result<()> {
    let resonate = Resonate::builder().group("billing").env().build().await?;
    let stop = tokio::signal::ctrl_c();
    resonate.worker().run_until(stop).await
}

#[cfg(test)]
mod tests {
    #[test]
    fn running_executions_survive_this_deploy() {
        resonate::manifest::check("resonate.lock");
    }
}
