//! What the macro tells the compiler about a durable function, and what it asks of its types.

use std::fmt::Display;

use resonate_core::registry::{Defaults, Entry, Env, Kind};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A durable function as a type: what its stub is.
///
/// `#[resonate::function]` and `#[resonate::declare]` implement it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a durable function",
    label = "expected the name of a function under `#[resonate::function]` or `#[resonate::declare]`"
)]
pub trait Function: Send + Sync + 'static {
    /// The wire name.
    const NAME: &'static str;
    /// The version, from 1.
    const VERSION: u32;
    /// What every call starts from.
    const DEFAULTS: Defaults = Defaults::NONE;
    /// The parameters' names, where a declaration gives them.
    #[doc(hidden)]
    const PARAMETERS: Option<&'static [&'static str]> = None;
    /// The argument types, as a tuple.
    type Args;
    /// The return type, as written.
    type Return: DurableResult;
}

/// A durable function whose code is in this program.
pub trait HasBody: Function {
    /// The registry's entry for it.
    const ENTRY: &'static Entry;
}

/// What a call of `F` resolves to.
pub type OkOf<F> = <<F as Function>::Return as DurableResult>::Ok;
/// What a call of `F` fails with when the function itself says no.
pub type ErrorOf<F> = <<F as Function>::Return as DurableResult>::Error;

/// A type that can be an argument of a durable function: owned, and readable and writable by serde.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of a durable function",
    label = "this argument is stored in a durable promise",
    note = "derive `serde::Serialize` and `serde::Deserialize` for `{Self}`"
)]
pub trait DurableArg: Serialize + DeserializeOwned + Send + 'static {}
#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Send + 'static> DurableArg for T {}

/// A [`DurableArg`] that is called like something that is lent to functions, and is not it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of a durable function: it is lent to the function",
    label = "take `&Context` or `&Info`, as the first parameter"
)]
pub trait LentArg: DurableArg {}
#[diagnostic::do_not_recommend]
impl<T: DurableArg> LentArg for T {}

/// A type that can be the result of a durable function.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the result of a durable function",
    label = "this result is stored in a durable promise",
    note = "derive `serde::Serialize` and `serde::Deserialize` for `{Self}`"
)]
pub trait DurableOk: Serialize + DeserializeOwned + Send + 'static {}
#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Send + 'static> DurableOk for T {}

/// A type that can be the error of a durable function: serde, and a sentence by `Display`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the error of a durable function",
    label = "this error is stored in a durable promise",
    note = "derive `serde::Serialize` and `serde::Deserialize` and implement `std::fmt::Display` for `{Self}`, or return `resonate::Error`"
)]
pub trait DurableError: Serialize + DeserializeOwned + Display + Send + Sync + 'static {}
#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Display + Send + Sync + 'static> DurableError for T {}

/// What a durable function returns: a `Result` of durable types.
#[diagnostic::on_unimplemented(
    message = "a durable function returns `Result<T, E>`, not `{Self}`",
    label = "write `resonate::Result<..>` or `Result<.., YourError>`"
)]
pub trait DurableResult: Send + 'static {
    /// The value.
    type Ok: DurableOk;
    /// The function's own error.
    type Error: DurableError;
    /// The plain `Result`.
    ///
    /// # Errors
    /// The function's own error.
    fn into_result(self) -> Result<Self::Ok, Self::Error>;
}

impl<T: DurableOk, E: DurableError> DurableResult for Result<T, E> {
    type Ok = T;
    type Error = E;
    fn into_result(self) -> Self {
        self
    }
}

/// What the first, borrowed parameter of a durable function may be: [`Context`](crate::Context)
/// makes it a workflow, [`Info`](crate::Info) a leaf that wants its metadata.
#[diagnostic::on_unimplemented(
    message = "a durable function cannot take `&{Self}`",
    label = "expected `&Context`, `&Info` or an owned argument",
    note = "what the caller sends is owned: take it without the `&`",
    note = "what this process has, such as a pool, is a dependency: give it to `Resonate::builder().dependency(..)`, and ask for it with `ctx.dependency::<{Self}>()`"
)]
pub trait Environment {
    /// What sort of function it makes.
    const KIND: Kind;
    /// The environment of this run.
    fn from_env(env: Env<'_>) -> &Self;
}

/// An [`Environment`] that a blocking function may take: [`Info`](crate::Info).
#[diagnostic::on_unimplemented(
    message = "a blocking function cannot take `&{Self}`",
    label = "expected `&Info` or an owned argument",
    note = "a blocking function runs on a thread of its own and cannot await durable calls: make it an `async fn` without `blocking`, or take `&Info`"
)]
pub trait BlockingEnvironment: Environment {}

#[cfg(feature = "runtime")]
impl BlockingEnvironment for crate::Info {}

/// An error that knows whether it is final: trying again cannot help.
///
/// A function whose error implements this is not tried again once
/// [`is_final`](Self::is_final) says so, whatever its retry policy. An error without it is
/// never final.
///
/// ```
/// use resonate::Final;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Debug, Serialize, Deserialize)]
/// enum ChargeError {
///     CardDeclined,
///     BankBusy,
/// }
///
/// impl std::fmt::Display for ChargeError {
///     fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
///         write!(f, "{self:?}")
///     }
/// }
///
/// impl Final for ChargeError {
///     fn is_final(&self) -> bool {
///         matches!(self, Self::CardDeclined)
///     }
/// }
///
/// /// Charges a card; a declined card stays declined.
/// #[resonate::function]
/// async fn charge(cents: u64) -> Result<(), ChargeError> {
///     Err(ChargeError::BankBusy)
/// }
/// # assert!(!ChargeError::BankBusy.is_final());
/// ```
pub trait Final {
    /// Whether trying again cannot help.
    fn is_final(&self) -> bool;
}
