//! The Rust half of a program in two languages: it prices orders for `shop.ts`, and asks it on
//! the way what discount the customer has.

use resonate::prelude::*;

/// It is in `shop.ts`, which serves the group `shop`. Declared here, a call of it is typed.
#[resonate::declare(target = "shop")]
async fn discount(customer: String) -> Result<u32>;

/// What `shop.ts` calls: a workflow with a step here and a step there.
#[resonate::function(name = "priceOrder")]
async fn price_order(ctx: &Context, customer: String, pieces: u32) -> Result<u32> {
    let cents = list_price::run(ctx, pieces).await?;
    let percent = discount::rpc(ctx, customer).await?;
    Ok(cents - cents * percent / 100)
}

#[resonate::function]
async fn list_price(pieces: u32) -> Result<u32> {
    println!("pricing {pieces} pieces");
    Ok(pieces * 995)
}

#[tokio::main]
async fn main() -> Result<()> {
    let url = std::env::var("RESONATE_URL").unwrap_or_else(|_| "http://localhost:8001".to_owned());
    let builder = Resonate::builder().url(&url).group("pricing");
    let resonate = builder.env().build().await?;
    println!("serving the group pricing of {url}; Ctrl-C ends it in good order");
    let stop = tokio::signal::ctrl_c();
    resonate.worker().run_until(stop).await
}
