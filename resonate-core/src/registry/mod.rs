//! Every durable function linked into this program.
//!
//! Functions register themselves at link time; [`Registry::global`] sorts what the linker
//! gathered once and answers from it afterwards.

mod claim;
mod entry;
mod error;
mod gather;
mod index;
pub mod manifest;
mod places;
pub mod shape;
mod site;
mod table;

pub use claim::Claim;
pub use entry::{Body, BoxFuture, Defaults, Entry, Env, Kind, Param, Shapes};
pub use error::RegistryError;
#[cfg(resonate_gather = "inventory")]
#[doc(hidden)]
pub use gather::{Claimed, Registered};
#[cfg(resonate_gather = "linkme")]
#[doc(hidden)]
pub use gather::{RESONATE_CLAIMS, RESONATE_FUNCTIONS};
pub use index::Registry;
pub use site::Site;

#[doc(hidden)]
pub use inventory;
#[doc(hidden)]
pub use linkme;

/// One place of the gathered slice of functions.
#[doc(hidden)]
pub type Slot = Option<&'static Entry>;

/// One place of the gathered slice of claims.
#[doc(hidden)]
pub type ClaimSlot = Option<&'static Claim>;
