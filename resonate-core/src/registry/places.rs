//! Each function by its name and version, so that one of ten thousand is found as fast as one of
//! ten.

use std::hash::{BuildHasherDefault, DefaultHasher};

use super::Entry;

/// The functions by name and version. It is only ever looked up in, so nobody sees its order.
#[expect(
    clippy::disallowed_types,
    reason = "a table that is never walked through has no order"
)]
type Table<'n> =
    std::collections::HashMap<(&'n str, u32), &'static Entry, BuildHasherDefault<DefaultHasher>>;

/// Where each function is.
#[derive(Debug, Default)]
pub(super) struct Places(Table<'static>);

impl Places {
    /// The places of these functions. Of those with one name and version, the first is found.
    pub(super) fn of(entries: &[&'static Entry]) -> Self {
        let places = entries.iter().rev();
        Self(
            places
                .map(|entry| ((entry.name, entry.version), *entry))
                .collect(),
        )
    }

    /// The function of this name and version.
    pub(super) fn find(&self, name: &str, version: u32) -> Option<&'static Entry> {
        // The table may stand for one whose names live as long as this one.
        let table: &Table<'_> = &self.0;
        table.get(&(name, version)).copied()
    }
}
