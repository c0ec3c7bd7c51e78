//! A call that is begun: made, and waited for until it is recorded.

use std::future::IntoFuture;
use std::marker::PhantomData;

use resonate_core::registry::BoxFuture;

use super::{CallerRef, Target};
use crate::error::Result;
use crate::function::{ErrorOf, Function, OkOf};
use crate::handle::Handle;

/// A call that resolves to its handle once its promise durably exists.
#[must_use = "a begun call is made when it is awaited"]
pub struct Begin<'c, F: Function> {
    caller: CallerRef<'c>,
    target: Target,
    function: PhantomData<fn() -> F>,
}

impl<'c, F: Function> Begin<'c, F> {
    pub(super) fn new(caller: CallerRef<'c>, target: Target) -> Self {
        Self {
            caller,
            target,
            function: PhantomData,
        }
    }
}

impl<'c, F: Function> IntoFuture for Begin<'c, F> {
    type Output = Result<Handle<OkOf<F>, ErrorOf<F>>>;
    type IntoFuture = BoxFuture<'c, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        match self.caller {
            CallerRef::Inside(context) => {
                let step = context.call(self.target, true);
                Box::pin(async move {
                    step.created().await?;
                    Ok(Handle::inside(step))
                })
            }
            CallerRef::Outside(start) => {
                Box::pin(async move { Ok(Handle::outside(start.begin(self.target).await?)) })
            }
        }
    }
}

impl<F: Function> std::fmt::Debug for Begin<'_, F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Begin")
            .field("name", &self.target.name)
            .finish_non_exhaustive()
    }
}
