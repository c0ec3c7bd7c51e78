//! What a process lends to its functions: pools, clients, settings.

use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use crate::error::{Error, Kind, Result};

/// Values by type, shared by all functions of a client.
#[derive(Clone, Default)]
pub(crate) struct Dependencies(Arc<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>);

impl Dependencies {
    pub(crate) fn insert<T: Send + Sync + 'static>(&mut self, value: T) {
        Arc::make_mut(&mut self.0).insert(TypeId::of::<T>(), Arc::new(value));
    }

    pub(crate) fn get<T: Send + Sync + 'static>(&self) -> Result<&T> {
        self.0.get(&TypeId::of::<T>()).and_then(|value| value.downcast_ref()).ok_or_else(|| {
            let wanted = type_name::<T>();
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
        write!(f, "Dependencies({})", self.0.len())
    }
}
