//! What a process lends to its functions: pools, clients, settings.

use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use crate::error::{Error, Kind, Result};

/// Values by type, shared by all functions of a client.
#[derive(Clone, Default)]
pub(crate) struct Dependencies {
    values: Arc<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
    /// The first type that was asked for and is not there.
    missing: Arc<OnceLock<&'static str>>,
}

impl Dependencies {
    pub(crate) fn insert<T: Send + Sync + 'static>(&mut self, value: T) {
        Arc::make_mut(&mut self.values).insert(TypeId::of::<T>(), Arc::new(value));
    }

    /// The same values for one run of a function, which is told apart by what it misses.
    pub(crate) fn lend(&self) -> Self {
        Self {
            values: Arc::clone(&self.values),
            missing: Arc::default(),
        }
    }

    /// What was asked for and is not there.
    pub(crate) fn missing(&self) -> Option<&'static str> {
        self.missing.get().copied()
    }

    pub(crate) fn get<T: Send + Sync + 'static>(&self) -> Result<&T> {
        let value = self.values.get(&TypeId::of::<T>());
        value.and_then(|value| value.downcast_ref()).ok_or_else(|| {
            let wanted = type_name::<T>();
            self.missing.get_or_init(|| wanted);
            Error::of(
                Kind::Config,
                format!(
                    "this client has no dependency of type `{wanted}`: give it one with `Resonate::builder().dependency(..)`"
                ),
            )
        })
    }
}

impl fmt::Debug for Dependencies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dependencies({})", self.values.len())
    }
}
