//! Where each function is in the registry's list, so that one of ten thousand is found as fast as
//! one of ten.

use super::Entry;

/// A table of hashes with room to spare: a function is in the first free place from its hash on.
#[derive(Debug, Default)]
pub(super) struct Places(Vec<Option<Place>>);

#[derive(Clone, Copy, Debug)]
struct Place {
    hash: u32,
    at: u32,
}

impl Places {
    /// The places of these functions. Of those with one name and version, the first is found.
    pub(super) fn of(entries: &[&'static Entry]) -> Self {
        let mut places = vec![None; (entries.len() * 2).next_power_of_two()];
        for (entry, at) in entries.iter().zip(0..) {
            let hash = hash(entry.name, entry.version);
            let from = slot(hash, places.len());
            let free = (from..places.len()).chain(0..from);
            if let Some(free) = free
                .into_iter()
                .find(|at| matches!(places.get(*at), Some(None)))
            {
                places[free] = Some(Place { hash, at });
            }
        }
        Self(places)
    }

    /// The function of this name and version.
    pub(super) fn find(
        &self,
        entries: &[&'static Entry],
        name: &str,
        version: u32,
    ) -> Option<&'static Entry> {
        let hash = hash(name, version);
        let (before, after) = self.0.split_at_checked(slot(hash, self.0.len()))?;
        let taken = after.iter().chain(before).map_while(|place| *place);
        let alike = taken.filter(|place| place.hash == hash);
        let mut found = alike.filter_map(|place| entries.get(place.at as usize).copied());
        found.find(|entry| entry.version == version && entry.name == name)
    }
}

/// The place to look first; `places` is a power of two.
fn slot(hash: u32, places: usize) -> usize {
    hash as usize & places.saturating_sub(1)
}

/// FNV-1a, folded: names come from this program's source, so nobody chooses them to collide.
fn hash(name: &str, version: u32) -> u32 {
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    let bytes = name.bytes().chain(version.to_le_bytes());
    let hash = bytes.fold(BASIS, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(PRIME)
    });
    (hash ^ (hash >> 32)) as u32
}
