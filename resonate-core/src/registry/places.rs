//! Where each function is in the sorted list, by a hash of its name and version: a program with
//! thousands of functions finds one as fast as a program with one.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::Entry;

/// A table of places, open-addressed and at most half full; built once, never changed.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// The upper half of a hash, and a place in the list; a power of two of them.
    slots: Vec<Option<(u32, u32)>>,
}

impl Places {
    /// The places of these functions. Of two with the same name and version, the first is found.
    pub(super) fn of(entries: &[&'static Entry]) -> Self {
        let mut slots = vec![None; (entries.len() * 2).next_power_of_two()];
        for (place, entry) in (0..).zip(entries) {
            let (start, upper) = hash(entry.name, entry.version);
            let mask = slots.len() - 1;
            let free = (0..slots.len())
                .map(|step| start.wrapping_add(step) & mask)
                .find(|at| slots.get(*at).is_some_and(Option::is_none));
            if let Some(slot) = free.and_then(|at| slots.get_mut(at)) {
                *slot = Some((upper, place));
            }
        }
        Self { slots }
    }

    /// The function of this name and version in the list that the places are of.
    pub(super) fn find(
        &self,
        entries: &[&'static Entry],
        name: &str,
        version: u32,
    ) -> Option<&'static Entry> {
        let (start, upper) = hash(name, version);
        let mask = self.slots.len().checked_sub(1)?;
        for step in 0..self.slots.len() {
            let (hashed, place) = (*self.slots.get(start.wrapping_add(step) & mask)?)?;
            if hashed != upper {
                continue;
            }
            let entry = entries.get(usize::try_from(place).ok()?)?;
            if (entry.name, entry.version) == (name, version) {
                return Some(entry);
            }
        }
        None
    }
}

/// Where to begin looking, and what to tell neighbours apart by.
fn hash(name: &str, version: u32) -> (usize, u32) {
    let mut hasher = DefaultHasher::new();
    (name, version).hash(&mut hasher);
    let [a, b, c, d, e, f, g, h] = hasher.finish().to_be_bytes();
    let upper = u32::from_be_bytes([a, b, c, d]);
    let lower = u32::from_be_bytes([e, f, g, h]);
    (usize::try_from(lower).unwrap_or_default(), upper)
}
