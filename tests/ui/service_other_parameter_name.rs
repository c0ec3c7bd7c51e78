#![allow(unused_variables)]

use resonate::Result;

#[resonate::service(name = "invoices")]
trait Invoices {
    async fn write(order: String) -> Result<String>;
}

struct Paper;

#[resonate::service]
impl Invoices for Paper {
    async fn write(number: String) -> Result<String> {
        Ok(number)
    }
}

fn main() {}
