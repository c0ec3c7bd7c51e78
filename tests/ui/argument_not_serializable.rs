#![allow(unused_variables)]

use resonate::Result;

pub struct Person {
    name: String,
}

#[resonate::function]
async fn greet(count: u64, person: Person) -> Result<String> {
    Ok(person.name)
}

#[resonate::function]
async fn greet_all(people: Vec<Person>) -> Result<u64> {
    Ok(0)
}

fn main() {}
