/// Charges a card, once.
#[resonate::declare(name = "billing/charge", version = 2, target = "billing")]
pub async fn charge(card: String, cents: u64) -> Result<Receipt, ChargeError>;
