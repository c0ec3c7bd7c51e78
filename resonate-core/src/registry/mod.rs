//! Every durable function linked into this program.
//!
//! Functions register themselves at link time; [`Registry::global`] sorts what the linker
//! gathered once and answers from it afterwards.

mod entry;
mod error;
mod gather;
mod index;
mod site;
mod table;

pub use entry::{Body, BoxFuture, Defaults, Entry, Env, Kind, Param};
pub use error::RegistryError;
#[cfg(resonate_gather = "linkme")]
#[doc(hidden)]
pub use gather::RESONATE_FUNCTIONS;
#[cfg(resonate_gather = "inventory")]
#[doc(hidden)]
pub use gather::Registered;
pub use index::Registry;
pub use site::Site;

#[doc(hidden)]
pub use inventory;
#[doc(hidden)]
pub use linkme;

/// One place of the gathered slice.
#[doc(hidden)]
pub type Slot = Option<&'static Entry>;
