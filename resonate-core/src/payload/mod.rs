//! How arguments, results and errors are written: JSON, so that workers in other languages can
//! read them.

mod args;
mod codec;
mod failure;
mod invocation;
mod json;
mod outcome;
mod retry;

pub use args::{Args, ArgumentError, Json};
pub use codec::{Base64Json, Cause, Codec, CodecError, CodecStage, Encryptor};
pub use failure::Failure;
pub use invocation::{Invocation, InvocationError};
pub use outcome::Outcome;
pub use retry::{Retry, RetryError};
