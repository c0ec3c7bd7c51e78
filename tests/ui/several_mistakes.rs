#![allow(unused_variables)]

#[resonate::function(name = "", version = 0, nmae = "x")]
fn greet<T>(name: &mut String, (a, b): (u8, u8), &other: &u8) {}

fn main() {}
