//! The first, borrowed parameter of a function: what it runs in.

use resonate_core::registry::{Env, Kind};

use crate::function::{BlockingEnvironment, Environment};

/// A type that is lent to functions, and what that makes of them.
pub struct Lent<T: ?Sized + 'static> {
    kind: Kind,
    read: fn(Env<'_>) -> &T,
}

/// A first parameter `&T` of an `async fn`.
#[must_use]
pub const fn lent<T: Environment + ?Sized>() -> Lent<T> {
    Lent {
        kind: T::KIND,
        read: T::from_env,
    }
}

/// A first parameter `&T` of a blocking function.
#[must_use]
pub const fn lent_to_blocking<T: BlockingEnvironment + ?Sized>() -> Lent<T> {
    lent::<T>()
}

impl<T: ?Sized> Lent<T> {
    /// What sort of function takes it.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The value of this run.
    #[must_use]
    pub fn of<'e>(&self, env: Env<'e>) -> &'e T {
        (self.read)(env)
    }
}
