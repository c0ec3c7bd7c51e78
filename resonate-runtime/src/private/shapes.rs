//! What the types of a function look like when they are written, for the manifest.
//!
//! Finding it out reads each type once more, with another `Deserializer`: so it is in a program
//! only with the feature `manifest`.

use resonate_core::registry::Shapes;
use resonate_core::registry::shape::Probe;
use serde::de::DeserializeOwned;

use crate::function::{ErrorOf, Function, OkOf};

/// How `T` is found out.
#[cfg(feature = "manifest")]
pub(super) const fn probe<T: DeserializeOwned>() -> Probe {
    Probe::of::<T>()
}

/// Not at all: the program is built without shapes.
#[cfg(not(feature = "manifest"))]
#[expect(
    clippy::extra_unused_type_parameters,
    reason = "the counterpart of one that reads it"
)]
pub(super) const fn probe<T: DeserializeOwned>() -> Probe {
    Probe::NONE
}

/// How the types of `F` are found out.
#[must_use]
pub const fn shapes<F: Function>(params: &'static [Probe]) -> Shapes {
    Shapes {
        params,
        ok: probe::<OkOf<F>>(),
        error: probe::<ErrorOf<F>>(),
    }
}
