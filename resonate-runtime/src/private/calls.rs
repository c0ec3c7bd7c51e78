//! What a stub's methods do: describe the call, and leave the rest to it.

use resonate_core::payload::Args;

use super::{Encoded, UnwritableArgument};
use crate::call::{Call, Caller, Detached, Options, Place, Scheduled, Target};
use crate::error::{Error, Kind, Result};
use crate::function::{Function, HasBody};
use crate::{Context, Resonate};

/// `F::run`: the code that is statically known, here.
pub fn local<'c, F: HasBody>(caller: impl Caller<'c>, args: Encoded) -> Call<'c, F> {
    Call::new(
        caller.caller(),
        target::<F>(Place::Here(Some(F::ENTRY)), args),
    )
}

/// `F::rpc`: whichever worker listens.
pub fn remote<'c, F: Function>(caller: impl Caller<'c>, args: Encoded) -> Call<'c, F> {
    Call::new(caller.caller(), target::<F>(Place::Anywhere, args))
}

/// `F::detached`: outlives its caller.
pub fn detached<F: Function>(caller: &Context, args: Encoded) -> Detached<'_> {
    Detached::new(caller, target::<F>(Place::Anywhere, args))
}

/// `F::schedule`: again and again.
pub fn schedule<F: Function>(
    resonate: &Resonate,
    id: impl Into<String>,
    cron: impl Into<String>,
    args: Encoded,
) -> Scheduled<'_> {
    Scheduled::new(
        resonate,
        id.into(),
        cron.into(),
        target::<F>(Place::Anywhere, args),
    )
}

fn target<F: Function>(place: Place, args: Encoded) -> Target {
    Target {
        name: F::NAME.to_owned(),
        version: Some(F::VERSION),
        place,
        args: written(args),
        options: Options::default(),
        defaults: F::DEFAULTS,
    }
}

fn written(args: Encoded) -> Result<Args> {
    args.into_args().map_err(|unwritable: UnwritableArgument| {
        Error::of(Kind::Payload, unwritable.to_string()).because(unwritable)
    })
}
