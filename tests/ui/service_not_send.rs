use std::rc::Rc;

use resonate::Result;

async fn pause() {}

struct Orders;

#[resonate::service(stubs = orders)]
impl Orders {
    async fn place(order: String) -> Result<String> {
        let shared = Rc::new(order);
        pause().await;
        Ok(shared.to_string())
    }
}

#[resonate::service(name = "invoices")]
trait Invoices {
    async fn write(order: String) -> Result<String>;
}

#[resonate::service]
impl Invoices for Orders {
    async fn write(order: String) -> Result<String> {
        let shared = Rc::new(order);
        pause().await;
        Ok(shared.to_string())
    }
}

fn main() {}
