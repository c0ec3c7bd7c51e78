//! The attribute macros of `resonate-runtime`; use them as `resonate::function`.
//!
//! | module | what it does |
//! |---|---|
//! | `args`, `values`, `duration` | read the options |
//! | `item`, `signature` | read the function |
//! | `check`, `types` | say what is wrong with it |
//! | `plan`, `mangle`, `text` | decide names and texts |
//! | `expand`, `stub`, `entry`, `fallback` | write the code |
#![deny(missing_docs)]

mod args;
mod check;
mod duration;
mod entry;
mod errors;
mod expand;
mod fallback;
mod item;
mod mangle;
mod plan;
mod signature;
mod stub;
mod text;
mod types;
mod values;

use proc_macro::TokenStream;

/// Makes a function durable.
#[proc_macro_attribute]
pub fn function(options: TokenStream, item: TokenStream) -> TokenStream {
    expand::expand(options.into(), item.into()).into()
}
