#![allow(unused_variables)]

use resonate::Result;

#[resonate::function]
async fn greet(order: Order) -> Result<Receipt> {
    todo!()
}

fn main() {}
