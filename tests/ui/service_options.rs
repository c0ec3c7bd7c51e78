#![allow(unused_variables)]

use resonate::Result;

struct Orders;

#[resonate::service(stubs = orders, version = 2, nmae = "orders", implements = api::Orders)]
impl Orders {
    #[function(crate = resonate, stubs = other)]
    async fn place(order: String) -> Result<String> {
        Ok(order)
    }

    #[function(versoin = 2)]
    async fn cancel(order: String) -> Result<String> {
        Ok(order)
    }
}

#[resonate::service(name = "invoices", stubs = "invoices")]
trait Invoices {
    async fn write(order: String) -> Result<String>;
}

struct Paper;

#[resonate::service(name = "paper")]
impl Invoices for Paper {
    #[function(name = "write", version = 2, target = "paper")]
    async fn write(order: String) -> Result<String> {
        Ok(order)
    }
}

fn main() {}
