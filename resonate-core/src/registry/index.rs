//! The index over the program's functions: one sorted list, and where each is in it.

use std::sync::OnceLock;

use super::error::RegistryError;
use super::places::Places;
use super::{Claim, Entry, Site, gather};

/// The durable functions of this program, sorted by name and version.
///
/// ```
/// use resonate_core::registry::Registry;
///
/// let registry = Registry::global();
/// assert!(registry.get("nobody wrote this", 1).is_none());
/// registry.check().unwrap();
/// ```
#[derive(Debug, Default)]
pub struct Registry {
    /// Sorted by (name, version); a function that was linked twice is here once.
    entries: Vec<&'static Entry>,
    places: Places,
    claims: Vec<&'static Claim>,
}

impl Registry {
    /// The functions linked into this program. Built at the first call.
    #[must_use]
    pub fn global() -> &'static Self {
        static GLOBAL: OnceLock<Registry> = OnceLock::new();
        GLOBAL.get_or_init(|| Self::from_entries(gather::entries()).with_claims(gather::claims()))
    }

    /// A registry of these functions, in any order.
    #[must_use]
    pub fn from_entries(entries: impl IntoIterator<Item = &'static Entry>) -> Self {
        let mut entries: Vec<_> = entries.into_iter().collect();
        entries.sort_unstable_by_key(|entry| (entry.name, entry.version, entry.site));
        // A crate in a development-dependency cycle is linked as a library and as a test; the
        // function is one all the same.
        entries.dedup_by_key(|entry| (entry.name, entry.version, entry.site));
        Self {
            places: Places::of(&entries),
            entries,
            claims: Vec::new(),
        }
    }

    /// The same, with what the program says of it.
    #[must_use]
    pub fn with_claims(mut self, claims: impl IntoIterator<Item = &'static Claim>) -> Self {
        self.claims.extend(claims);
        self
    }

    /// The function of this name and version.
    #[must_use]
    pub fn get(&self, name: &str, version: u32) -> Option<&'static Entry> {
        self.places.find(&self.entries, name, version)
    }

    /// The newest version of this name.
    #[must_use]
    pub fn latest(&self, name: &str) -> Option<&'static Entry> {
        self.named(name).last().copied()
    }

    /// The versions of this name, ascending.
    pub fn versions(&self, name: &str) -> impl Iterator<Item = u32> + use<> {
        let versions: Vec<_> = self.named(name).iter().map(|entry| entry.version).collect();
        versions.into_iter()
    }

    /// Every function, by name and version.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &'static Entry> + '_ {
        self.entries.iter().copied()
    }

    /// How many functions there are, each version counted.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no function.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The names most like this one, nearest first: at most three, and none that is not alike.
    #[must_use]
    pub fn nearest(&self, name: &str) -> Vec<&'static str> {
        const NAMES_MAX: usize = 3;
        let edits_max = name.chars().count().div_ceil(4);
        let mut near: Vec<_> = self
            .entries
            .chunk_by(|one, next| one.name == next.name)
            .filter_map(|versions| versions.first().map(|entry| entry.name))
            .map(|known| (distance(name, known), known))
            .filter(|(edits, _)| *edits <= edits_max)
            .collect();
        near.sort_unstable();
        near.into_iter()
            .take(NAMES_MAX)
            .map(|(_, known)| known)
            .collect()
    }

    /// Whether every function can be told from every other, and those that the program says it
    /// has are here.
    ///
    /// # Errors
    /// The first function that cannot be used: no name, version 0, or a name and version that
    /// stand for two pieces of code; then the first claim that does not hold.
    pub fn check(&self) -> Result<(), RegistryError> {
        let same = |one: &&'static Entry, next: &&'static Entry| {
            (one.name, one.version) == (next.name, next.version)
        };
        for functions in self.entries.chunk_by(same) {
            let [function, others @ ..] = functions else {
                continue;
            };
            if function.name.is_empty() {
                return Err(RegistryError::Unnamed {
                    site: function.site,
                });
            }
            if function.version == 0 {
                return Err(RegistryError::VersionZero {
                    name: function.name,
                    site: function.site,
                });
            }
            if !others.is_empty() {
                return Err(RegistryError::Duplicate {
                    name: function.name,
                    version: function.version,
                    sites: functions
                        .iter()
                        .map(|entry| entry.site)
                        .collect::<Vec<Site>>(),
                });
            }
        }
        self.claims.iter().try_for_each(|claim| self.holds(claim))
    }

    fn holds(&self, claim: &Claim) -> Result<(), RegistryError> {
        match *claim {
            Claim::Linked { krate, site } => {
                if self.entries.iter().any(|it| it.site.krate() == krate) {
                    Ok(())
                } else {
                    Err(RegistryError::NothingLinked { krate, site })
                }
            }
            Claim::Served {
                name,
                version,
                site,
            } => match self.get(name, version) {
                Some(_) => Ok(()),
                None => Err(RegistryError::NotServed {
                    name,
                    version,
                    site,
                    versions: self.versions(name).collect(),
                }),
            },
        }
    }

    /// What a worker asks before it takes work: [`check`](Self::check), and that there is a
    /// function at all.
    ///
    /// # Errors
    /// As `check`, and [`RegistryError::Empty`].
    pub fn check_worker(&self) -> Result<(), RegistryError> {
        if self.is_empty() {
            return Err(RegistryError::Empty);
        }
        self.check()
    }

    fn named(&self, name: &str) -> &[&'static Entry] {
        let start = self.entries.partition_point(|entry| entry.name < name);
        let end = self.entries.partition_point(|entry| entry.name <= name);
        self.entries.get(start..end).unwrap_or_default()
    }
}

/// Edits between two names; a difference in case or in `_`, `-`, `/`, `.` alone counts as none.
fn distance(one: &str, other: &str) -> usize {
    let plain = |name: &str| -> String {
        name.chars()
            .filter(|letter| !matches!(letter, '_' | '-' | '/' | '.' | ':'))
            .flat_map(char::to_lowercase)
            .collect()
    };
    strsim::osa_distance(&plain(one), &plain(other))
}
