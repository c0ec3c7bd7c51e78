#![allow(unused_variables)]

use resonate::Context;

#[resonate::function]
async fn greet(ctx: &Context, name: String) {}

fn main() {}
