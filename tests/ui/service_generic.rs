#![allow(unused_variables)]

use resonate::Result;

struct Orders<T>(T);

#[resonate::service(stubs = orders)]
impl<T> Orders<T> {
    async fn place(order: String) -> Result<String> {
        Ok(order)
    }
}

#[resonate::service(name = "invoices")]
trait Invoices<'a, T> {
    async fn write(order: String) -> Result<String>;
}

#[resonate::service(name = "bills")]
trait Bills
where
    String: Copy,
{
    async fn write(order: String) -> Result<String>;
    async fn copy<T>(what: T) -> Result<String>;
}

fn main() {}
