#[resonate::service(stubs = orders, timeout = "1h")]
impl Orders {
    /// Places an order.
    #[function(version = 2)]
    pub async fn place(ctx: &Context, item: String) -> Result<Self> {
        Self::placed(ctx, item).await
    }

    fn label(item: &str) -> String {
        format!("one {item}")
    }
}
