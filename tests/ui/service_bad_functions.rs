#![allow(unused_variables)]

use resonate::{Context, Result};

#[resonate::service(name = "invoices")]
trait Invoices: Sized {
    async fn with_body(order: String) -> Result<String> {
        Ok(order)
    }
    fn not_async(order: String) -> Result<String>;
    #[function(blocking)]
    fn blocking(order: String) -> Result<String>;
    async fn own(order: Self) -> Result<Option<Self>>;
    async fn borrowed(ctx: &Context, order: &str) -> Result<String>;
    #[resonate::declare]
    async fn declared(order: String) -> Result<String>;
}

struct Orders;

#[resonate::service(stubs = orders)]
impl Orders {
    #[function]
    fn not_async(order: String) -> Result<String> {
        Ok(order)
    }

    async fn nothing() {}

    #[function(version = 0)]
    #[function(version = 2)]
    async fn twice(order: String) -> Result<String> {
        Ok(order)
    }
}

async fn calls(ctx: &Context) -> Result<()> {
    orders::nothing::run(ctx).await?;
    invoices::with_body::rpc(ctx, 7).await?;
    Ok(())
}

fn main() {}
