mod api {
    #[resonate::declare(name = "billing/charge")]
    pub async fn charge(card: String, cents: u64) -> resonate::Result<u64>;

    #[resonate::declare(name = "billing/refund")]
    pub async fn refund(card: String) -> resonate::Result<()>;

    pub struct Plain;
}

mod arguments {
    #[resonate::function(implements = super::api::charge)]
    async fn charge(card: String, cents: u32) -> resonate::Result<u64> {
        drop(card);
        Ok(u64::from(cents))
    }
}

mod number_of_arguments {
    #[resonate::function(implements = super::api::refund)]
    async fn refund(card: String, cents: u64) -> resonate::Result<()> {
        drop((card, cents));
        Ok(())
    }
}

mod result {
    #[resonate::function(implements = super::api::charge, stub = Charge)]
    async fn charge(card: String, cents: u64) -> Result<u64, String> {
        drop(card);
        Ok(cents)
    }
}

mod names {
    #[resonate::function(implements = crate::api::charge)]
    async fn charge(iban: String, cents: u64) -> resonate::Result<u64> {
        drop(iban);
        Ok(cents)
    }
}

mod no_declaration {
    #[resonate::function(implements = super::api::Plain)]
    async fn charge(card: String) -> resonate::Result<String> {
        Ok(card)
    }
}

fn main() {}
