/// What billing writes.
#[resonate::service(name = "invoices", target = "billing")]
pub trait Invoices {
    /// Writes one.
    #[function(version = 3)]
    async fn write(ctx: &Context, order: String) -> Result<String>;
}
