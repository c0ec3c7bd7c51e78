//! What a program says of the functions in it, so that one which is missing is missed at start.

use super::Site;

/// What a program says of the functions in it.
///
/// `resonate::link!` and `resonate::serves!` write it; [`Registry::check`](super::Registry::check)
/// compares it with what was linked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// A crate was linked for its functions.
    Linked {
        /// The crate's own name.
        krate: &'static str,
        /// Where this was said.
        site: Site,
    },
    /// The body of a function is in this program.
    Served {
        /// The function's name.
        name: &'static str,
        /// Its version.
        version: u32,
        /// Where this was said.
        site: Site,
    },
}
