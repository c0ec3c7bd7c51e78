//! A durable call before it is made: what the stubs return.

mod begin;
mod detached;
#[cfg(feature = "runtime")]
mod make;
mod options;
mod schedule;

use std::marker::PhantomData;
use std::time::Duration;

use resonate_core::payload::{Args, Retry};
use resonate_core::registry::{Defaults, Entry};

pub use begin::Begin;
pub use detached::Detached;
#[cfg(feature = "runtime")]
pub use make::CallFuture;
#[cfg(feature = "runtime")]
pub(crate) use options::DEFAULT_TIMEOUT;
pub(crate) use options::Options;
pub use schedule::Scheduled;

use crate::error::Error;
use crate::function::Function;
use crate::{Context, Start};

/// Who can make durable calls: a `&Context` inside a function, `client.id("...")` outside.
#[diagnostic::on_unimplemented(
    message = "durable calls cannot be made with a `{Self}`",
    label = "expected `&Context` or `client.id(\"...\")`",
    note = "inside a durable function pass its `ctx: &Context`",
    note = "elsewhere, pass `client.id(\"...\")`: the id names the execution, so that a request that is sent again finds the execution it started"
)]
pub trait Caller<'c> {
    #[doc(hidden)]
    fn caller(self) -> CallerRef<'c>;
}

/// Who makes a call.
#[derive(Debug)]
pub enum CallerRef<'c> {
    /// A durable function.
    Inside(&'c Context),
    /// A client, under this id.
    Outside(Start<'c>),
}

impl<'c> Caller<'c> for &'c Context {
    fn caller(self) -> CallerRef<'c> {
        CallerRef::Inside(self)
    }
}

impl<'c> Caller<'c> for Start<'c> {
    fn caller(self) -> CallerRef<'c> {
        CallerRef::Outside(self)
    }
}

/// Where a call's code runs.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    /// Here, in this code if it is known already.
    Here(Option<&'static Entry>),
    /// On a worker that listens at the target.
    Anywhere,
}

/// What to call, untyped.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) name: String,
    /// The version; `None` takes the latest.
    pub(crate) version: Option<u32>,
    pub(crate) place: Place,
    pub(crate) args: Result<Args, Error>,
    pub(crate) options: Options,
    /// What the function's own declaration says where the options are silent.
    pub(crate) defaults: Defaults,
}

/// A durable call of `F` that has not been made yet.
///
/// It is made when it is awaited, [spawned](Self::spawn) or [begun](Self::begin); inside a
/// function that is also when it takes its place in the order of steps. Dropped unused it leaves
/// no trace.
#[must_use = "a durable call is made when it is awaited, spawned or begun"]
pub struct Call<'c, F: Function> {
    caller: CallerRef<'c>,
    target: Target,
    function: PhantomData<fn() -> F>,
}

impl<'c, F: Function> Call<'c, F> {
    pub(crate) fn new(caller: CallerRef<'c>, target: Target) -> Self {
        Self {
            caller,
            target,
            function: PhantomData,
        }
    }

    /// How long the call may take, from now to its settlement; 24 hours without it. Inside a
    /// function it ends with its caller's deadline at the latest.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.target.options.timeout = Some(timeout);
        self
    }

    /// Where the call is offered: a group such as `"payments"`, or an address such as
    /// `"poll://any@payments"`.
    pub fn target(mut self, target: impl Into<String>) -> Self {
        self.target.options.target = Some(target.into());
        self
    }

    /// Which version of the function to call, instead of the stub's own. A `run` looks it up in
    /// this program's registry.
    pub fn version(mut self, version: u32) -> Self {
        self.target.version = Some(version);
        if let Place::Here(entry) = &mut self.target.place {
            *entry = None;
        }
        self
    }

    /// When a failed attempt is repeated, instead of the function's own policy.
    pub fn retry(mut self, retry: Retry) -> Self {
        self.target.options.retry = Some(retry);
        self
    }

    /// How long to wait before the call is offered to a worker for the first time; its timeout
    /// counts from then. For an `rpc` from outside: a `run` is
    /// claimed at once, and inside a function one awaits `ctx.sleep(..)` first. The Resonate Server takes this and, up to 0.9.8 and its main of
    /// June 2026, offers at once all the same.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.target.options.delay = Some(delay);
        self
    }

    /// A tag of the call's promise; keys that start with `resonate:` are reserved.
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.target.options.tag(key.into(), value.into());
        self
    }

    /// A name for the call in place of its number: `.id("receipt")` inside the execution
    /// `order-17` makes the promise `order-17:receipt`, which extends its caller's id as the
    /// numbered ones do (`order-17.receipt` on servers that write ids with dots). Inside a
    /// function only: outside, `client.id("...")` names the execution.
    ///
    /// A name has no `:` or `.`, is no number, and is used once in a function. An id that begins
    /// with the caller's own is taken whole.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.target.options.id = Some(id.into());
        self
    }

    /// Lets this process take up a remote call itself, as soon as it is recorded, if it has the
    /// function, is in the group that the call is offered to, and has room for it.
    ///
    /// Without it a call is offered to the whole group and anybody takes it, which spreads work;
    /// a Resonate Server may take 100 ms to make the offer. With it the call mostly stays here,
    /// at the cost of an offer that comes too late for whoever hears it. If this process dies,
    /// the others go on with it as with any call.
    pub fn prefer_here(mut self) -> Self {
        self.target.options.prefers_here = true;
        self
    }

    /// Makes the call and waits until its promise durably exists.
    pub fn begin(self) -> Begin<'c, F> {
        Begin::new(self.caller, self.target)
    }
}

impl<F: Function> std::fmt::Debug for Call<'_, F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Call")
            .field("name", &self.target.name)
            .finish_non_exhaustive()
    }
}
