use resonate::{Context, Result};

#[resonate::declare(name = "billing/charge")]
async fn charge(card: String, cents: u64) -> Result<u64>;

#[resonate::function]
async fn checkout(ctx: &Context, card: String) -> Result<u64> {
    let here = charge::run(ctx, card.clone(), 500).await?;
    let there = charge::rpc(ctx, card, 500).await?;
    Ok(here + there)
}

fn main() {}
