#[resonate::service]
impl Invoices for Paper {
    async fn write(ctx: &Context, order: String) -> Result<String> {
        print(ctx, order).await
    }
}
