//! How functions written anywhere in a program come together: each crate puts an entry into a
//! section of the program, and the linker joins them.
//!
//! The build script picks the mechanism, so that the crates that register never see the choice:
//! `linkme` where its section survives the linker, `inventory` elsewhere, both on request (feature
//! `inventory`, for programs made of Rust `dylib`s), and a compile error where neither is safe.
//! What comes by both ways is one function all the same: see [`Registry`](super::Registry).

use super::{Claim, Entry};

/// Every function of the program; `None` is padding, which linkers may add too.
///
/// The section is named by this identifier alone, hence the prefix.
#[cfg(resonate_gather = "linkme")]
#[linkme::distributed_slice]
pub static RESONATE_FUNCTIONS: [Option<&'static Entry>];

/// What the program says of its functions.
#[cfg(resonate_gather = "linkme")]
#[linkme::distributed_slice]
pub static RESONATE_CLAIMS: [Option<&'static Claim>];

/// One function of the program.
#[cfg(resonate_gather = "inventory")]
#[derive(Debug)]
pub struct Registered(pub &'static Entry);

/// One thing that the program says of its functions.
#[cfg(resonate_gather = "inventory")]
#[derive(Debug)]
pub struct Claimed(pub &'static Claim);

#[cfg(resonate_gather = "inventory")]
inventory::collect!(Registered);
#[cfg(resonate_gather = "inventory")]
inventory::collect!(Claimed);

/// Every function linked into this program, in no order, some of them twice.
pub(super) fn entries() -> impl Iterator<Item = &'static Entry> {
    let none = std::iter::empty();
    #[cfg(resonate_gather = "linkme")]
    let none = none.chain(RESONATE_FUNCTIONS.iter().copied().flatten());
    #[cfg(resonate_gather = "inventory")]
    let none = none.chain(inventory::iter::<Registered>.into_iter().map(|it| it.0));
    none
}

/// What the program says of them, in no order, some of it twice.
pub(super) fn claims() -> impl Iterator<Item = &'static Claim> {
    let none = std::iter::empty();
    #[cfg(resonate_gather = "linkme")]
    let none = none.chain(RESONATE_CLAIMS.iter().copied().flatten());
    #[cfg(resonate_gather = "inventory")]
    let none = none.chain(inventory::iter::<Claimed>.into_iter().map(|it| it.0));
    none
}

/// Puts a `static` [`Entry`] into the registry of the program.
///
/// The path names a `static`; generated code writes this, nobody else has to.
#[macro_export]
macro_rules! register {
    ($entry:path) => {
        $crate::gather_by_section!(RESONATE_FUNCTIONS, Slot, $entry);
        $crate::gather_by_constructor!(Registered, $entry);
    };
}

/// Puts a `static` [`Claim`] beside the registry of the program.
///
/// The path names a `static`; `resonate::link!` and `resonate::serves!` write this.
#[macro_export]
macro_rules! register_claim {
    ($claim:path) => {
        $crate::gather_by_section!(RESONATE_CLAIMS, ClaimSlot, $claim);
        $crate::gather_by_constructor!(Claimed, $claim);
    };
}

/// Puts one place into a slice that the linker joins.
#[cfg(resonate_gather = "linkme")]
#[doc(hidden)]
#[macro_export]
macro_rules! gather_by_section {
    ($slice:ident, $slot:ident, $item:path) => {
        #[$crate::registry::linkme::distributed_slice($crate::registry::$slice)]
        #[linkme(crate = $crate::registry::linkme)]
        static REGISTERED: $crate::registry::$slot = $crate::registry::$slot::Some(&$item);
    };
}

/// Puts one item into a list before `main`.
#[cfg(resonate_gather = "inventory")]
#[doc(hidden)]
#[macro_export]
macro_rules! gather_by_constructor {
    ($wrapper:ident, $item:path) => {
        $crate::registry::inventory::submit! { $crate::registry::$wrapper(&$item) }
    };
}

/// Nothing: here the linker is not trusted with it.
#[cfg(not(resonate_gather = "linkme"))]
#[doc(hidden)]
#[macro_export]
macro_rules! gather_by_section {
    ($slice:ident, $slot:ident, $item:path) => {};
}

/// Nothing: the linker does it.
#[cfg(not(any(resonate_gather = "inventory", resonate_gather = "nothing")))]
#[doc(hidden)]
#[macro_export]
macro_rules! gather_by_constructor {
    ($wrapper:ident, $item:path) => {};
}

/// Refuses: on this platform no function can be registered.
#[cfg(resonate_gather = "nothing")]
#[doc(hidden)]
#[macro_export]
macro_rules! gather_by_constructor {
    ($wrapper:ident, $item:path) => {
        ::core::compile_error!("durable functions cannot be registered on this platform");
    };
}

/// Puts one empty place into each slice: some linkers fail on an empty section.
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
        #[$crate::registry::linkme::distributed_slice($crate::registry::RESONATE_CLAIMS)]
        #[linkme(crate = $crate::registry::linkme)]
        static CLAIMS_PADDING: $crate::registry::ClaimSlot = $crate::registry::ClaimSlot::None;
    };
}

/// Nothing: only a section can be empty.
#[cfg(not(resonate_gather = "linkme"))]
#[doc(hidden)]
#[macro_export]
macro_rules! pad_registry {
    () => {};
}
