//! How billing does what its contract says.

use billing_api::{ChargeError, Receipt};
use resonate::prelude::*;

/// What the bank takes at once.
const LIMIT: u64 = 10_000;

/// Charges a card, once. Name, version, target and timeout are those of the declaration, and the
/// compiler has compared the types.
#[resonate::function(implements = billing_api::charge)]
pub async fn charge(info: &Info, card: String, cents: u64) -> Result<Receipt, ChargeError> {
    drop(card);
    if cents > LIMIT {
        return Err(ChargeError::Declined { limit: LIMIT });
    }
    let number = format!("receipt of {}", info.id());
    Ok(Receipt { number, cents })
}

/// Gives the money of a receipt back, after a while to think about it.
#[resonate::function(implements = billing_api::refund)]
pub async fn refund(ctx: &Context, receipt: Receipt, reason: Option<String>) -> Result<String> {
    ctx.sleep(Duration::from_millis(10)).await?;
    let reason = reason.unwrap_or_else(|| "no reason".to_owned());
    Ok(format!("{} cents back for {reason}", receipt.cents))
}

/// What was declared, and what a caller of before still uses: version 1 charged in whole euros.
#[resonate::function(name = "billing/charge")]
pub async fn charge_euros(card: String, euros: u64) -> Result<Receipt, ChargeError> {
    drop(card);
    Ok(Receipt {
        number: "receipt in euros".to_owned(),
        cents: euros * 100,
    })
}
