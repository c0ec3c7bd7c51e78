mod api {
    #[resonate::declare]
    pub async fn charge(cents: u64) -> resonate::Result<u64>;
}

mod named {
    #[resonate::function(implements = super::api::charge, name = "charge", version = 2)]
    async fn charge(cents: u64) -> resonate::Result<u64> {
        Ok(cents)
    }
}

mod text {
    #[resonate::function(implements = "api::charge")]
    async fn charge(cents: u64) -> resonate::Result<u64> {
        Ok(cents)
    }
}

mod nothing {
    #[resonate::function(implements)]
    async fn charge(cents: u64) -> resonate::Result<u64> {
        Ok(cents)
    }
}

fn main() {}
