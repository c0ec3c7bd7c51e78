//! The lock: a test that fails when a deploy would strand running executions.
//!
//! An execution that began yesterday goes on in tomorrow's program, if that has a function of its
//! name and version, which takes the arguments that were sent and asks for the same steps.
//! [`check`] compares the functions of this program with those written down in a file that is
//! committed, usually `resonate.lock`. It is the first test to add to a project:
//!
//! ```no_run
//! # mod tests {
//! #[test]
//! fn running_executions_survive_this_deploy() {
//!     resonate::manifest::check("resonate.lock");
//! }
//! # }
//! # fn main() { resonate::manifest::check("resonate.lock"); }
//! ```
//!
//! It belongs into `main.rs`, or into a test that names every crate with durable functions: a
//! test sees what is linked into it. The feature `manifest` makes it see into types, and is meant
//! for `[dev-dependencies]`, so that what is deployed does not pay for it:
//!
//! ```toml
//! [dev-dependencies]
//! resonate-runtime = { version = "0.1", features = ["manifest"] }
//! ```
//!
//! | change | verdict |
//! |---|---|
//! | a new function, a new version | fits |
//! | a function in another module, file or crate; a type of another name and the same shape | no change |
//! | a name or a version is gone | breaks |
//! | a parameter or a result of another type, under the same version | breaks |
//! | a parameter has another name | breaks: callers may send arguments by name |
//! | a new parameter at the end, an `Option` | fits |
//! | in an argument: a new field that may be left out, a field less, a new variant | fits |
//! | in a result: a new field that may be left out | fits |
//! | in a result: a field less, a new variant | breaks: callers of before read it too |
//!
//! `RESONATE_BLESS=1 cargo test` writes the file anew, with every change, once you know that
//! nothing runs on what it gives up. Run it before each deploy as well, so that what is new is
//! written down: what is not in the file is not missed when it goes.

use std::fmt;
use std::io::Write as _;
use std::path::{Path, PathBuf};

pub use resonate_core::registry::manifest::{
    Change, FunctionManifest, Manifest, Misfit, ParamManifest, PlaceManifest, ResultManifest,
};
pub use resonate_core::registry::shape::{Field, Shape};

use resonate_core::registry::{Registry, RegistryError};

/// What the file was good for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Checked {
    /// There was none: it was written, and is to be committed.
    Created,
    /// It was written anew, because `RESONATE_BLESS` is set.
    Blessed(Vec<Change>),
    /// Nothing breaks. These are new, or fit, and are not in the file yet.
    Fits(Vec<Change>),
}

/// Why the check failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum LockError {
    /// Executions that run would be stranded.
    Breaks {
        /// The file.
        path: PathBuf,
        /// All changes, also those that fit.
        changes: Vec<Change>,
    },
    /// The functions of this program are no registry.
    Registry(RegistryError),
    /// No function is linked into this test.
    Empty,
    /// The file is not there, and this is no place to write it.
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be read or written.
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// The file is no manifest.
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: serde_json::Error,
    },
}

/// Fails the test when executions that run would be stranded by a deploy of this program.
///
/// The path is relative to the package, which is where `cargo test` runs tests. The first time
/// the file is made, unless the environment variable `CI` is set.
///
/// # Panics
/// With the changes in sentences, when one of them breaks; see [`try_check`].
#[track_caller]
pub fn check(path: impl AsRef<Path>) {
    let path = path.as_ref();
    match try_check(path) {
        Err(error) => panic!("{error}"),
        Ok(checked) => say(path, &checked),
    }
}

/// As [`check`], with an answer.
///
/// # Errors
/// When a change breaks, no function is linked into this test, or the file cannot be used.
pub fn try_check(path: impl AsRef<Path>) -> Result<Checked, LockError> {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let registry = Registry::global();
    registry.check().map_err(LockError::Registry)?;
    let mode = Mode {
        bless: set("RESONATE_BLESS"),
        create: !set("CI"),
    };
    compare(path.as_ref(), registry.manifest(), mode)
}

/// What may be done to the file.
#[derive(Clone, Copy)]
struct Mode {
    bless: bool,
    create: bool,
}

fn compare(path: &Path, manifest: Manifest, mode: Mode) -> Result<Checked, LockError> {
    if manifest.functions.is_empty() {
        return Err(LockError::Empty);
    }
    let manifest = manifest.without_places();
    let path = path.to_owned();
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {
            if !mode.create && !mode.bless {
                return Err(LockError::Missing { path });
            }
            return write(path, &manifest).map(|()| Checked::Created);
        }
        Err(cause) => return Err(LockError::Io { path, cause }),
    };
    let earlier: Manifest = match serde_json::from_str(&text) {
        Ok(earlier) => earlier,
        Err(_) if mode.bless => Manifest::default(),
        Err(cause) => return Err(LockError::Unreadable { path, cause }),
    };
    let changes = manifest.changes_since(&earlier);
    if mode.bless {
        return write(path, &manifest).map(|()| Checked::Blessed(changes));
    }
    if changes.iter().any(Change::breaks) {
        return Err(LockError::Breaks { path, changes });
    }
    Ok(Checked::Fits(changes))
}

fn write(path: PathBuf, manifest: &Manifest) -> Result<(), LockError> {
    let written = match serde_json::to_string_pretty(manifest) {
        Ok(text) => std::fs::write(&path, text + "\n"),
        Err(cause) => Err(cause.into()),
    };
    written.map_err(|cause| LockError::Io { path, cause })
}

/// Says what a person should know although the test passes.
fn say(path: &Path, checked: &Checked) {
    let path = path.display();
    let text = match checked {
        Checked::Created => format!("{path} is new: commit it"),
        Checked::Blessed(changes) if changes.is_empty() => format!("{path} is as it was"),
        Checked::Blessed(changes) => format!("{path} is written anew:\n{}", listed(changes)),
        Checked::Fits(changes) if changes.is_empty() => return,
        Checked::Fits(changes) => format!(
            "not in {path} yet; write it down with RESONATE_BLESS=1 before you deploy:\n{}",
            listed(changes)
        ),
    };
    // Past the capture of the test's output, which nobody sees when the test passes. That it
    // cannot be written is no reason to fail.
    let _unseen = writeln!(std::io::stderr(), "resonate: {text}");
}

fn listed(changes: &[Change]) -> String {
    let lines: Vec<_> = changes.iter().map(|change| format!("  {change}")).collect();
    lines.join("\n")
}

impl fmt::Display for LockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Breaks { path, changes } => {
                let (breaking, others): (Vec<_>, Vec<_>) =
                    changes.iter().cloned().partition(Change::breaks);
                let path = path.display();
                write!(
                    f,
                    "a deploy of this program would strand executions that run on what is in \
                     {path}:\n\n{}\n\n",
                    listed(&breaking)
                )?;
                if !others.is_empty() {
                    write!(f, "These fit:\n\n{}\n\n", listed(&others))?;
                }
                f.write_str(
                    "Put back what is gone or changed, and give the new code the next version \
                     beside it: `#[resonate::function(name = \"..\", version = ..)]`. Once nothing \
                     runs on the old one, `RESONATE_BLESS=1 cargo test` writes the file anew.",
                )
            }
            Self::Registry(error) => error.fmt(f),
            Self::Empty => f.write_str(
                "no durable function is linked into this test: put it into the program's main.rs, \
                 or name the crates, `resonate::link!(that_library);`",
            ),
            Self::Missing { path } => write!(
                f,
                "{} is not there: run the test on your machine, and commit the file",
                path.display()
            ),
            Self::Io { path, cause } => write!(f, "{}: {cause}", path.display()),
            Self::Unreadable { path, cause } => write!(
                f,
                "{} is not what this test wrote ({cause}); `RESONATE_BLESS=1 cargo test` writes it \
                 anew",
                path.display()
            ),
        }
    }
}

impl std::error::Error for LockError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Registry(error) => Some(error),
            Self::Io { cause, .. } => Some(cause),
            Self::Unreadable { cause, .. } => Some(cause),
            Self::Breaks { .. } | Self::Empty | Self::Missing { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const HERE: Mode = Mode {
        bless: false,
        create: true,
    };
    const IN_CI: Mode = Mode {
        create: false,
        ..HERE
    };
    const BLESS: Mode = Mode {
        bless: true,
        ..IN_CI
    };

    fn manifest(names: &[&str]) -> Manifest {
        let function = |name: &&str| FunctionManifest {
            name: (*name).to_owned(),
            version: 1,
            kind: "leaf".to_owned(),
            params: Vec::new(),
            result: ResultManifest {
                ty: "Result<()>".to_owned(),
                ok: None,
                error: None,
            },
            place: None,
        };
        Manifest {
            functions: names.iter().map(function).collect(),
        }
    }

    #[test]
    fn the_file_is_made_once_checked_then_and_written_anew_on_request() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("resonate.lock");
        let missing = compare(&path, manifest(&["a"]), IN_CI).unwrap_err();
        assert!(missing.to_string().contains("commit the file"), "{missing}");
        let created = compare(&path, manifest(&["a"]), HERE).unwrap();
        assert_eq!(created, Checked::Created);
        let same = compare(&path, manifest(&["a"]), IN_CI).unwrap();
        assert_eq!(same, Checked::Fits(Vec::new()));
        let more = compare(&path, manifest(&["a", "b"]), HERE).unwrap();
        assert!(matches!(more, Checked::Fits(changes) if changes.len() == 1));
        let gone = compare(&path, manifest(&["b"]), HERE).unwrap_err();
        assert!(gone.to_string().contains("`a` version 1 is gone"), "{gone}");
        let blessed = compare(&path, manifest(&["b"]), BLESS).unwrap();
        assert!(matches!(blessed, Checked::Blessed(changes) if changes.len() == 2));
        let same = compare(&path, manifest(&["b"]), IN_CI).unwrap();
        assert_eq!(same, Checked::Fits(Vec::new()));
    }

    #[test]
    fn a_file_that_is_something_else_is_said_to_be() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("resonate.lock");
        std::fs::write(&path, "<<<<<<< HEAD").unwrap();
        let error = compare(&path, manifest(&["a"]), HERE).unwrap_err();
        assert!(error.to_string().contains("is not what this test wrote"));
        assert!(compare(&path, manifest(&["a"]), BLESS).is_ok());
        let empty = compare(&path, Manifest::default(), BLESS).unwrap_err();
        assert!(matches!(empty, LockError::Empty));
    }
}
