//! A call that is begun: made, and waited for until it is recorded.

use std::marker::PhantomData;

use super::{CallerRef, Target};
use crate::function::Function;

/// A call that resolves to its handle once its promise durably exists.
#[must_use = "a begun call is made when it is awaited"]
pub struct Begin<'c, F: Function> {
    pub(super) caller: CallerRef<'c>,
    pub(super) target: Target,
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

impl<F: Function> std::fmt::Debug for Begin<'_, F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Begin")
            .field("name", &self.target.name)
            .finish_non_exhaustive()
    }
}
