//! A client and its workers on a server, over HTTP.

mod client;
mod lost;
mod pause;
mod stream;
mod tls;
mod whole;
mod workers;
