#![allow(unused_variables)]

#[resonate::function]
pub struct Greet;

#[resonate::function]
mod greetings {}

pub struct Greeter;

#[resonate::function]
impl Greeter {}

#[resonate::function]
pub trait Greets {}

#[resonate::function]
const GREETING: &str = "hello";

fn main() {}
