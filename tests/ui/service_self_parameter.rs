#![allow(unused_variables)]

use resonate::Result;

struct Orders;

#[resonate::service(stubs = orders)]
impl Orders {
    async fn place(&self, order: String) -> Result<String> {
        Ok(order)
    }
}

#[resonate::service(name = "invoices")]
trait Invoices {
    async fn write(&self, order: String) -> Result<String>;
}

fn main() {}
