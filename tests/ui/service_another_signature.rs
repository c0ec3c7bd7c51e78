#![allow(unused_variables)]

use resonate::{Context, Result};

#[resonate::service(name = "invoices")]
trait Invoices {
    async fn write(order: String, cents: u32) -> Result<String>;
    async fn send(ctx: &Context, to: String) -> Result<()>;
    async fn burn(order: String) -> Result<u8>;
}

struct Paper;

#[resonate::service]
impl Invoices for Paper {
    async fn write(order: String, cents: u64) -> Result<String> {
        Ok(order)
    }

    async fn send(to: String) -> Result<()> {
        Ok(())
    }

    async fn burn(order: String) -> Result<u16> {
        Ok(0)
    }
}

fn main() {}
