/// Charges a card, once.
#[resonate::function(implements = billing_api::charge)]
async fn charge(info: &Info, card: String, cents: u64) -> Result<Receipt, ChargeError> {
    bank(info.id(), card, cents).await
}
