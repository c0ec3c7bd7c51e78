#![allow(unused_variables)]

use resonate::Result;

struct Orders;

#[resonate::service(stubs = orders)]
impl Orders {
    async fn place(order: String) -> Result<String> {
        Ok(order)
    }

    #[function(name = "place")]
    async fn place_as_well(order: String) -> Result<String> {
        Ok(order)
    }
}

#[resonate::service(name = "invoices")]
trait Invoices {
    async fn write(order: String) -> Result<String>;
    #[function(name = "write")]
    async fn write_as_well(order: String) -> Result<String>;
}

fn main() {}
