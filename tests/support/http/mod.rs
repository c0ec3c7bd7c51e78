//! Servers over real connections.

mod client;
mod dots;
mod machine;
mod raw;
mod server;
mod sink;
mod snap;
mod stream;

pub use client::{Client, Reply};
pub use machine::HttpMachine;
pub use raw::{Head, Raw};
pub use server::{Case, Target, TestServer, foreign, unique};
pub use sink::{Pushed, Sink};
pub use stream::{Heard, Stream};
