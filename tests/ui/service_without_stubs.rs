#![allow(unused_variables)]

use resonate::Result;

struct Orders;

#[resonate::service]
impl Orders {
    async fn place(order: String) -> Result<String> {
        Ok(order)
    }
}

#[resonate::service]
trait Invoices {
    async fn write(order: String) -> Result<String>;
}

#[resonate::service(name = "tax office")]
trait Taxes {
    async fn file(year: u16) -> Result<String>;
}

fn main() {}
