#![allow(unused_variables)]

use resonate::Result;

struct Order;

struct Orders;

#[resonate::service(stubs = orders)]
impl Orders {
    async fn place(order: Order) -> Result<String> {
        Ok(String::new())
    }
}

#[resonate::service(name = "invoices")]
trait Invoices {
    async fn write(what: &Order) -> Result<Order>;
}

fn main() {}
