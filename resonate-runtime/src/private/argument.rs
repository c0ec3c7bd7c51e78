//! Arguments, encoded and decoded one at a time: the code is shared by all functions that take
//! the same type, there is no limit to their number, and an error can name the argument.

use std::fmt;

use resonate_core::payload::{Args, ArgumentError, Outcome};
use resonate_core::registry::Param;
use resonate_core::registry::shape::Probe;

use super::shapes::probe;
use crate::function::{DurableArg, LentArg};

type Push<T> = fn(&mut Args, &T) -> Result<(), serde_json::Error>;
type Read<T> = fn(&Args, usize, &'static str, &'static str) -> Result<T, ArgumentError>;

/// One parameter of a function: its description and its codec.
pub struct Arg<T> {
    index: usize,
    param: Param,
    push: Push<T>,
    read: Read<T>,
    probe: Probe,
}

/// The parameter at `index`. Generated code asks for the bound here and nowhere else, so that a
/// type that cannot be an argument is one error.
#[must_use]
pub const fn arg<T: DurableArg>(index: usize, name: &'static str, ty: &'static str) -> Arg<T> {
    Arg {
        index,
        param: Param { name, ty },
        push: Args::push::<T>,
        read: Args::decode::<T>,
        probe: probe::<T>(),
    }
}

/// [`arg`] for a type called `Context` or `Info`, with an error that says how to borrow it.
#[must_use]
pub const fn lent_arg<T: LentArg>(index: usize, name: &'static str, ty: &'static str) -> Arg<T> {
    arg::<T>(index, name, ty)
}

impl<T> Arg<T> {
    /// Its name and type.
    #[must_use]
    pub const fn param(&self) -> Param {
        self.param
    }

    /// How its type is found out.
    #[must_use]
    pub const fn probe(&self) -> Probe {
        self.probe
    }

    /// The argument of this call.
    ///
    /// # Errors
    /// How the run ends when it does not fit: without running the function.
    pub fn decode(&self, args: &Args) -> Result<T, Outcome> {
        (self.read)(args, self.index, self.param.name, self.param.ty).map_err(Outcome::Misfit)
    }
}

/// The arguments of a stub call, written one by one.
#[derive(Debug, Default)]
pub struct Encoded {
    args: Args,
    unwritable: Option<UnwritableArgument>,
}

impl Encoded {
    /// No arguments yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with one more argument.
    #[allow(
        clippy::needless_pass_by_value,
        reason = "a stub gives its arguments away"
    )]
    #[must_use]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "generated code hands its arguments over"
    )]
    pub fn with<T>(mut self, arg: &Arg<T>, value: T) -> Self {
        if let Err(cause) = (arg.push)(&mut self.args, &value) {
            self.unwritable.get_or_insert_with(|| UnwritableArgument {
                parameter: arg.param.name,
                cause: cause.to_string(),
            });
        }
        self
    }

    /// All arguments.
    ///
    /// # Errors
    /// The first that could not be written.
    pub fn into_args(self) -> Result<Args, UnwritableArgument> {
        match self.unwritable {
            Some(unwritable) => Err(unwritable),
            None => Ok(self.args),
        }
    }
}

/// An argument that cannot be written as JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnwritableArgument {
    /// The parameter's name.
    pub parameter: &'static str,
    /// What the encoder said.
    pub cause: String,
}

impl fmt::Display for UnwritableArgument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { parameter, cause } = self;
        write!(
            f,
            "argument `{parameter}` cannot be written as JSON: {cause}"
        )
    }
}

impl std::error::Error for UnwritableArgument {}
