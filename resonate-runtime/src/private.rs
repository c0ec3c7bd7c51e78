//! All that generated code may name, beside the user's own items.
//!
//! Nothing here is public: a new version of the crate changes it together with the macros.
#![allow(
    missing_docs,
    missing_debug_implementations,
    reason = "this is for generated code, which reads and prints nothing"
)]

pub use std::boxed::Box;
pub use std::convert::Into;
pub use std::future::Future;
pub use std::marker::Send;
pub use std::option::Option::{None, Some};
pub use std::result::Result::{Err, Ok};
pub use std::string::String;
pub use std::time::Duration;

pub use resonate_core::payload::{Args, Outcome, Retry};
pub use resonate_core::registry::{Body, BoxFuture, Claim, Defaults, Entry, Env, Kind, Param};
pub use resonate_core::{register, register_claim, site};

pub use crate::function::{ErrorOf, Function, HasBody};
pub use crate::{Begin, Call, Caller, Context, Detached, Resonate, Result, Scheduled};

mod agreement;
mod argument;
mod calls;
mod lent;
mod outcome;
mod shapes;

pub use agreement::{Declared, Parameters, Served, declared, implements, same_names};
pub use argument::{Arg, Encoded, UnwritableArgument, arg, lent_arg};
pub use calls::{detached, local, remote, schedule};
pub use lent::{Lent, lent, lent_to_blocking};
pub use outcome::{Finality, NeverFinal, encode_outcome};
pub(crate) use outcome::{encode_result, failure_of};
pub use shapes::shapes;

resonate_core::pad_registry!();
