//! What a run knows of itself.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use resonate_core::registry::{Env, Kind};
use resonate_core::{Millis, PromiseId, Tags};

use super::{Context, to_system_time};
use crate::dependencies::Dependencies;
use crate::error::Result;
use crate::function::Environment;

/// What one run of a function knows of itself: take `&Info` as the first parameter of a leaf.
#[derive(Clone)]
pub struct Info {
    pub(crate) about: Arc<About>,
    pub(crate) attempt: u32,
}

/// What stays the same over all attempts.
#[derive(Clone)]
pub(crate) struct About {
    pub(crate) id: PromiseId,
    pub(crate) origin: PromiseId,
    pub(crate) name: String,
    pub(crate) version: u32,
    pub(crate) deadline: Millis,
    pub(crate) tags: Tags,
    pub(crate) dependencies: Dependencies,
}

impl Info {
    /// The id of the promise that this run settles.
    #[must_use]
    pub fn id(&self) -> &str {
        self.about.id.as_str()
    }

    /// The id of the root execution.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.about.origin.as_str()
    }

    /// The function's wire name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.about.name
    }

    /// The function's version; 0 for an inline step, which has none.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.about.version
    }

    /// Which attempt this is, from 1. A step runs at least once, and until its result is
    /// recorded it may run again: after a failure, or after a crash, which counts from 1 anew.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// When the promise is settled by its own deadline.
    #[must_use]
    pub fn deadline(&self) -> SystemTime {
        to_system_time(self.about.deadline)
    }

    /// The promise's label `key`.
    #[must_use]
    pub fn tag(&self, key: &str) -> Option<&str> {
        self.about.tags.get(key)
    }

    /// What the client was given with `Resonate::builder().dependency(..)`.
    ///
    /// A step that fails for want of one is not recorded as failed: it is held for a worker that
    /// has it (`FaultKind::MissingDependency`). What may be missing is lent as an `Option`.
    ///
    /// # Errors
    /// When it was given nothing of that type.
    pub fn dependency<T: Send + Sync + 'static>(&self) -> Result<&T> {
        self.about.dependencies.get()
    }
}

impl Environment for Info {
    const KIND: Kind = Kind::Leaf;

    fn from_env(env: Env<'_>) -> &Self {
        let within = || env.downcast_ref::<Context>().map(Context::info);
        env.downcast_ref::<Self>()
            .or_else(within)
            .expect("bodies are only ever run with a `Context` or an `Info`")
    }
}

impl fmt::Debug for Info {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Info")
            .field("id", &self.about.id)
            .field("name", &self.about.name)
            .field("version", &self.about.version)
            .field("attempt", &self.attempt)
            .finish_non_exhaustive()
    }
}
