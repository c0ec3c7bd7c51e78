//! Why a program's functions cannot be served.

use std::fmt;

use super::Site;

/// Why a program's functions cannot be served.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RegistryError {
    /// A name and version stand for more than one piece of code.
    Duplicate {
        /// The name.
        name: &'static str,
        /// The version.
        version: u32,
        /// Where each of them was written.
        sites: Vec<Site>,
    },
    /// A function has no name.
    Unnamed {
        /// Where it was written.
        site: Site,
    },
    /// A function has version 0, which stands for "the newest" in the protocol.
    VersionZero {
        /// The name.
        name: &'static str,
        /// Where it was written.
        site: Site,
    },
    /// A worker was to start in a program without a function.
    Empty,
}

impl fmt::Display for RegistryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duplicate {
                name,
                version,
                sites,
            } => {
                let times = sites.len();
                write!(f, "`{name}` version {version} is defined {times} times: ")?;
                for (index, site) in sites.iter().enumerate() {
                    let separator = if index == 0 { "" } else { ", " };
                    write!(f, "{separator}{site}")?;
                }
                f.write_str("; give one of them another name or version")
            }
            Self::Unnamed { site } => write!(f, "the durable function at {site} has no name"),
            Self::VersionZero { name, site } => write!(
                f,
                "`{name}` at {site} has version 0; versions start at 1, and 0 stands for the newest"
            ),
            Self::Empty => f.write_str(
                "no durable function is linked into this program; if they are in a library that \
                 nothing here names, write `use that_library as _;`",
            ),
        }
    }
}

impl std::error::Error for RegistryError {}
