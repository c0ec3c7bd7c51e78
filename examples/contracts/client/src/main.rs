//! A client that knows the contract, and nothing of who fulfils it.

use billing_api::{ChargeError, charge, refund};
use resonate::CallError;
use resonate::prelude::*;

#[tokio::main]
async fn main() -> Result<()> {
    let resonate = Resonate::builder().client_only().env().build().await?;

    // `charge::run` would not compile: the code is not in this program.
    let receipt = charge::rpc(resonate.id("order-17"), "visa".into(), 500).await?;
    println!("paid: {receipt:?}");
    let back = refund::rpc(resonate.id("order-17-back"), receipt, None).await?;
    println!("{back}");

    // The error comes back as what it was.
    match charge::rpc(resonate.id("order-18"), "visa".into(), 50_000).await {
        Err(CallError::Failed(ChargeError::Declined { limit })) => {
            println!("declined: at most {limit} cents");
        }
        other => println!("unexpected: {other:?}"),
    }
    resonate.shutdown().await;
    Ok(())
}
