//! Stand-ins with the final signatures; replaced by context, stub, client.
#![allow(missing_docs, missing_debug_implementations, clippy::all)]
use crate::*;
use resonate_core::registry::{BoxFuture, Env};
use std::marker::PhantomData;
use std::time::Duration;

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Error {
    message: String,
}
impl Error {
    pub fn new(message: impl std::fmt::Display) -> Self {
        Self {
            message: message.to_string(),
        }
    }
}
impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}
impl std::error::Error for Error {}

#[derive(Debug)]
pub enum CallError<E = Error> {
    Failed(E),
    Canceled,
    TimedOut,
    Other(Error),
}
impl<E: DurableError> From<CallError<E>> for Error {
    fn from(_: CallError<E>) -> Self {
        Error::new("")
    }
}
impl<E: std::fmt::Display> std::fmt::Display for CallError<E> {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Ok(())
    }
}

#[derive(Debug)]
pub struct Info(());
#[derive(Debug)]
pub struct Context(Info);
impl Context {
    #[must_use]
    pub fn for_test() -> Self {
        Self(Info(()))
    }
    #[must_use]
    pub fn info(&self) -> &Info {
        &self.0
    }
}
impl Environment for Context {
    const KIND: Kind = Kind::Workflow;
    fn from_env(env: Env<'_>) -> &Self {
        env.downcast_ref().expect("env")
    }
}
impl Environment for Info {
    const KIND: Kind = Kind::Leaf;
    fn from_env(env: Env<'_>) -> &Self {
        env.downcast_ref::<Context>().expect("env").info()
    }
}

#[derive(Debug, Clone)]
pub struct Resonate(());
#[derive(Debug, Clone)]
pub struct Start<'c>(PhantomData<&'c ()>);
impl Resonate {
    pub fn id(&self, _id: impl Into<String>) -> Start<'_> {
        Start(PhantomData)
    }
    pub fn for_macro_tests() -> Self {
        Self(())
    }
}

/// Who can make durable calls: a `&Context` inside a function, `client.id("...")` outside.
#[diagnostic::on_unimplemented(
    message = "durable calls cannot be made with a `{Self}`",
    label = "expected `&Context` or `client.id(\"...\")`",
    note = "inside a durable function pass its `ctx: &Context`",
    note = "elsewhere, pass `client.id(\"...\")`: the id names the execution, so that a request that is sent again finds the execution it started"
)]
pub trait Caller<'c> {
    #[doc(hidden)]
    fn caller(self) -> __private::CallerRef<'c>;
}
impl<'c> Caller<'c> for &'c Context {
    fn caller(self) -> __private::CallerRef<'c> {
        __private::CallerRef(PhantomData)
    }
}
impl<'c> Caller<'c> for Start<'c> {
    fn caller(self) -> __private::CallerRef<'c> {
        __private::CallerRef(PhantomData)
    }
}

#[must_use = "a durable call is made when it is awaited, spawned or begun"]
pub struct Call<'c, F: Function>(PhantomData<(&'c (), fn() -> F)>);
impl<'c, F: Function> Call<'c, F> {
    pub fn timeout(self, _: Duration) -> Self {
        self
    }
    pub fn target(self, _: impl Into<String>) -> Self {
        self
    }
    pub fn version(self, _: u32) -> Self {
        self
    }
    pub fn retry(self, _: Retry) -> Self {
        self
    }
    pub fn tag(self, _: impl Into<String>, _: impl Into<String>) -> Self {
        self
    }
    pub fn id(self, _: impl Into<String>) -> Self {
        self
    }
    pub fn spawn(self) -> Handle<OkOf<F>, ErrorOf<F>> {
        Handle(PhantomData)
    }
    pub fn begin(self) -> Begin<'c, F> {
        Begin(PhantomData)
    }
}
pub struct CallFuture<'c, F: Function>(BoxFuture<'c, Result<OkOf<F>, CallError<ErrorOf<F>>>>);
impl<'c, F: Function> std::future::Future for CallFuture<'c, F> {
    type Output = Result<OkOf<F>, CallError<ErrorOf<F>>>;
    fn poll(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Self::Output> {
        self.0.as_mut().poll(cx)
    }
}
impl<'c, F: Function> std::future::IntoFuture for Call<'c, F> {
    type Output = Result<OkOf<F>, CallError<ErrorOf<F>>>;
    type IntoFuture = CallFuture<'c, F>;
    fn into_future(self) -> CallFuture<'c, F> {
        CallFuture(Box::pin(std::future::pending()))
    }
}
#[must_use = "a begun call is sent when it is awaited"]
pub struct Begin<'c, F: Function>(PhantomData<(&'c (), fn() -> F)>);
impl<'c, F: Function> std::future::IntoFuture for Begin<'c, F> {
    type Output = Result<Handle<OkOf<F>, ErrorOf<F>>>;
    type IntoFuture = BoxFuture<'c, Self::Output>;
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(std::future::pending())
    }
}
#[must_use = "a detached call is made when it is awaited"]
pub struct Detached<'c>(PhantomData<&'c ()>);
impl<'c> Detached<'c> {
    pub fn timeout(self, _: Duration) -> Self {
        self
    }
    pub fn target(self, _: impl Into<String>) -> Self {
        self
    }
}
impl<'c> std::future::IntoFuture for Detached<'c> {
    type Output = Result<String>;
    type IntoFuture = BoxFuture<'c, Self::Output>;
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(std::future::pending())
    }
}
#[must_use = "a schedule is created when it is awaited"]
pub struct Scheduled<'c>(PhantomData<&'c ()>);
impl<'c> std::future::IntoFuture for Scheduled<'c> {
    type Output = Result<()>;
    type IntoFuture = BoxFuture<'c, Self::Output>;
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(std::future::pending())
    }
}
pub struct Handle<T, E = Error>(PhantomData<fn() -> (T, E)>);

#[doc(hidden)]
pub mod __private {
    use super::*;
    pub struct CallerRef<'c>(pub(crate) PhantomData<&'c ()>);
    pub use crate::__private::Encoded;
    pub fn local<'c, F: HasBody>(_caller: impl Caller<'c>, _args: Encoded) -> Call<'c, F> {
        Call(PhantomData)
    }
    pub fn remote<'c, F: Function>(_caller: impl Caller<'c>, _args: Encoded) -> Call<'c, F> {
        Call(PhantomData)
    }
    pub fn detached<F: Function>(_caller: &Context, _args: Encoded) -> Detached<'_> {
        Detached(PhantomData)
    }
    pub fn schedule<'c, F: Function>(
        _at: &'c Resonate,
        _id: impl Into<String>,
        _cron: impl Into<String>,
        _args: Encoded,
    ) -> Scheduled<'c> {
        Scheduled(PhantomData)
    }
}
