//! How functions written anywhere in a program come together: each crate puts an entry into a
//! section of the program, and the linker joins them.
//!
//! The build script picks the mechanism, so that the crates that register never see the choice:
//! `linkme` where its section survives the linker, `inventory` elsewhere or on request (feature
//! `inventory`), and a compile error where neither is safe.

use super::Entry;

/// Every function of the program; `None` is padding, which linkers may add too.
///
/// The section is named by this identifier alone, hence the prefix.
#[cfg(resonate_gather = "linkme")]
#[linkme::distributed_slice]
pub static RESONATE_FUNCTIONS: [Option<&'static Entry>];

/// One function of the program.
#[cfg(resonate_gather = "inventory")]
#[derive(Debug)]
pub struct Registered(pub &'static Entry);

#[cfg(resonate_gather = "inventory")]
inventory::collect!(Registered);

/// Every function linked into this program, in no order.
#[cfg(resonate_gather = "linkme")]
pub(super) fn gathered() -> impl Iterator<Item = &'static Entry> {
    RESONATE_FUNCTIONS.iter().copied().flatten()
}

/// Every function linked into this program, in no order.
#[cfg(resonate_gather = "inventory")]
pub(super) fn gathered() -> impl Iterator<Item = &'static Entry> {
    inventory::iter::<Registered>.into_iter().map(|it| it.0)
}

/// Nothing: on this platform no function can be registered.
#[cfg(resonate_gather = "nothing")]
pub(super) fn gathered() -> impl Iterator<Item = &'static Entry> {
    std::iter::empty()
}

/// Puts a `static` [`Entry`] into the registry of the program.
///
/// The path names a `static`; generated code writes this, nobody else has to.
#[cfg(resonate_gather = "linkme")]
#[macro_export]
macro_rules! register {
    ($entry:path) => {
        #[$crate::registry::linkme::distributed_slice($crate::registry::RESONATE_FUNCTIONS)]
        #[linkme(crate = $crate::registry::linkme)]
        static REGISTERED: $crate::registry::Slot = $crate::registry::Slot::Some(&$entry);
    };
}

/// Puts a `static` [`Entry`] into the registry of the program.
///
/// The path names a `static`; generated code writes this, nobody else has to.
#[cfg(resonate_gather = "inventory")]
#[macro_export]
macro_rules! register {
    ($entry:path) => {
        $crate::registry::inventory::submit! { $crate::registry::Registered(&$entry) }
    };
}

/// Refuses: on this platform no function can be registered.
#[cfg(resonate_gather = "nothing")]
#[macro_export]
macro_rules! register {
    ($entry:path) => {
        ::core::compile_error!("durable functions cannot be registered on this platform");
    };
}

/// Puts one empty place into the registry of the program: some linkers fail on an empty section.
///
/// For the runtime, once. (In this crate itself the entry would count as unsafe code.)
#[cfg(resonate_gather = "linkme")]
#[doc(hidden)]
#[macro_export]
macro_rules! pad_registry {
    () => {
        #[$crate::registry::linkme::distributed_slice($crate::registry::RESONATE_FUNCTIONS)]
        #[linkme(crate = $crate::registry::linkme)]
        static PADDING: $crate::registry::Slot = $crate::registry::Slot::None;
    };
}

/// Nothing: only a section can be empty.
#[cfg(not(resonate_gather = "linkme"))]
#[doc(hidden)]
#[macro_export]
macro_rules! pad_registry {
    () => {};
}
