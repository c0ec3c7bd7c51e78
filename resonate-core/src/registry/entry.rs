//! One durable function, as its macro describes it at compile time.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use super::Site;
use super::shape::Probe;
use crate::payload::{Args, Outcome, Retry};

/// What a body runs in: opaque here, the runtime's environment in fact.
pub type Env<'e> = &'e (dyn Any + Send + Sync);

/// A boxed future that may move between threads.
pub type BoxFuture<'e, T> = Pin<Box<dyn Future<Output = T> + Send + 'e>>;

/// What the macro says of one function.
pub struct Entry {
    /// The wire name.
    pub name: &'static str,
    /// The version, from 1.
    pub version: u32,
    /// What sort of function it is.
    pub kind: Kind,
    /// Its parameters, without the environment.
    pub params: &'static [Param],
    /// Its return type, as written.
    pub result: &'static str,
    /// How its parameters and its result are found out, for the manifest.
    pub shapes: Shapes,
    /// What every call of it starts from.
    pub defaults: Defaults,
    /// Where it was written.
    pub site: Site,
    /// Its code.
    pub body: Body,
}

/// What sort of function it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Takes `&Context`: may call other durable functions.
    Workflow,
    /// Takes `&Info` or nothing: does work of its own.
    Leaf,
}

/// One parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Param {
    /// Its name.
    pub name: &'static str,
    /// Its type, as written.
    pub ty: &'static str,
}

/// How the types of a function are found out; all none unless the program is built for it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shapes {
    /// Its parameters, in order.
    pub params: &'static [Probe],
    /// Its value.
    pub ok: Probe,
    /// Its own error.
    pub error: Probe,
}

impl Shapes {
    /// None of them.
    pub const NONE: Self = Self {
        params: &[],
        ok: Probe::NONE,
        error: Probe::NONE,
    };
}

/// What every call of a function starts from; each call may override it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Defaults {
    /// How long an execution may take.
    pub timeout: Option<Duration>,
    /// When a failed attempt is repeated.
    pub retry: Option<Retry>,
    /// Where it is offered: a group or an address.
    pub target: Option<&'static str>,
}

impl Defaults {
    /// Nothing said: the client's own defaults hold.
    pub const NONE: Self = Self {
        timeout: None,
        retry: None,
        target: None,
    };
}

/// A function's code, behind one signature for all functions.
#[derive(Clone, Copy)]
pub enum Body {
    /// An `async fn`.
    Async(for<'e> fn(Env<'e>, &'e Args) -> BoxFuture<'e, Outcome>),
    /// A `fn` that may block its thread.
    Blocking(fn(Env<'_>, &Args) -> Outcome),
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("name", &self.name)
            .field("version", &self.version)
            .field("site", &self.site)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Async(_) => "Async",
            Self::Blocking(_) => "Blocking",
        })
    }
}
