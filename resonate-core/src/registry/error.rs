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
    /// A crate was linked for its functions, and there are none of it.
    NothingLinked {
        /// The crate.
        krate: &'static str,
        /// Where it was linked.
        site: Site,
    },
    /// A function is said to be in this program, and is not.
    NotServed {
        /// The function's name.
        name: &'static str,
        /// Its version.
        version: u32,
        /// Where that was said.
        site: Site,
        /// The versions of that name that are here.
        versions: Vec<u32>,
    },
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
            Self::NothingLinked { krate, site } => write!(
                f,
                "{site} links the crate `{krate}` for its durable functions, but none of it is in \
                 this program; link the crate that has the bodies, or, if Cargo.toml gives it \
                 another name, write `resonate::link!({krate} as its_own_name);`"
            ),
            Self::NotServed {
                name,
                version,
                site,
                versions,
            } => {
                write!(
                    f,
                    "{site} says that `{name}` version {version} is linked into this program, but \
                     there is none"
                )?;
                match versions.as_slice() {
                    [] => f.write_str(
                        "; if its body is in a library that nothing here names, write \
                         `resonate::link!(that_library);`",
                    ),
                    versions => {
                        f.write_str(" of that version, only")?;
                        for (index, version) in versions.iter().enumerate() {
                            let separator = if index == 0 { " " } else { ", " };
                            write!(f, "{separator}{version}")?;
                        }
                        f.write_str("; put the body of that version back beside it")
                    }
                }
            }
            Self::Empty => f.write_str(
                "no durable function is linked into this program; if they are in a library that \
                 nothing here names, write `resonate::link!(that_library);`",
            ),
        }
    }
}

impl std::error::Error for RegistryError {}
