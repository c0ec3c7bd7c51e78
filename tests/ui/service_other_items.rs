#![allow(unused_variables)]

use resonate::Result;

#[resonate::service(stubs = orders)]
pub struct Orders;

#[resonate::service(stubs = places)]
async fn place(order: String) -> Result<String> {
    Ok(order)
}

#[resonate::service(stubs = nothing)]
impl Orders {
    fn helper() {}
}

#[resonate::service(name = "nobody")]
trait Nobody {}

fn main() {}
