#![allow(unused_variables)]

use resonate::Result;

struct Orders;

impl Orders {
    #[resonate::function]
    async fn place(&self, order: String) -> Result<String> {
        Ok(order)
    }
}

fn main() {}
