//! The ids of an execution's promises: one module mints them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::PromiseId;
use crate::excerpt::Excerpt;

/// The longest root id, in bytes: children append to it, and some servers stop at 255 characters.
const ROOT_BYTES_MAX: usize = 1024;

/// How ids are joined (protocol §6.4): which one depends on the server, never on the program.
///
/// ```
/// use resonate_core::PromiseId;
/// use resonate_core::execution::ids::IdGrammar;
///
/// let root = PromiseId::from("order-17");
/// let child = IdGrammar::Colon.child(&root, 0);
/// assert_eq!(child.as_str(), "order-17:0");
/// assert_eq!(IdGrammar::Colon.child(&child, 1).as_str(), "order-17:0.1");
/// assert_eq!(IdGrammar::Dot.child(&root, 0).as_str(), "order-17.0");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IdGrammar {
    /// `root:0`, `root:0.1`: the newest servers require it, 0.9.8 takes it too.
    #[default]
    Colon,
    /// `root.0`, `root.0.1`: for servers and workers of the generation before.
    Dot,
}

impl IdGrammar {
    /// The id of the child that `parent` created as number `n`.
    #[must_use]
    pub fn child(self, parent: &PromiseId, n: u64) -> PromiseId {
        self.join(parent, format_args!("{n}"))
    }

    /// The id of a child that is no step of the code, such as the record of a choice.
    #[must_use]
    pub fn named_child(self, parent: &PromiseId, name: &str) -> PromiseId {
        self.join(parent, format_args!("{name}"))
    }

    /// The root that `id` belongs to, read from the id alone: what precedes the first separator.
    /// (The tag `resonate:origin`, where there is one, says it with authority.)
    ///
    /// ```
    /// use resonate_core::execution::ids::IdGrammar;
    ///
    /// assert_eq!(IdGrammar::Colon.origin_of("my.app:0.1"), "my.app");
    /// assert_eq!(IdGrammar::Dot.origin_of("eu:app.0.1"), "eu:app");
    /// ```
    #[must_use]
    pub fn origin_of(self, id: &str) -> &str {
        id.split(self.separator()).next().unwrap_or(id)
    }

    /// The id of a detached call: it hangs off the origin, so that it may outlive the caller, and
    /// is a hash of the id that a child would have had, so that a replay finds it again.
    #[must_use]
    pub fn detached(self, origin: &PromiseId, would_be_child: &PromiseId) -> PromiseId {
        let hash = fnv1a(would_be_child.as_str().as_bytes());
        self.join(origin, format_args!("d{hash:016x}"))
    }

    /// Checks an id that a person chose for a root.
    ///
    /// # Errors
    /// When it cannot be a root; the message says what to write instead.
    pub fn validate_root(self, id: &str) -> Result<(), RootIdError> {
        let problem = if id.is_empty() {
            RootIdProblem::Empty
        } else if id.contains('\0') {
            RootIdProblem::Nul
        } else if id.len() > ROOT_BYTES_MAX {
            RootIdProblem::TooLong { bytes: id.len() }
        } else if id.contains(self.separator()) {
            RootIdProblem::Separator(self.separator())
        } else {
            return Ok(());
        };
        Err(RootIdError {
            id: id.into(),
            problem,
        })
    }

    /// The root id `id` inside the namespace `prefix`; an empty prefix changes nothing. They are
    /// joined by the character that does not begin a child's part in this grammar, so that the
    /// prefix stays inside the origin.
    ///
    /// ```
    /// use resonate_core::execution::ids::IdGrammar;
    ///
    /// assert_eq!(IdGrammar::Colon.with_prefix("eu", "order-17").as_str(), "eu.order-17");
    /// assert_eq!(IdGrammar::Dot.with_prefix("eu", "order-17").as_str(), "eu:order-17");
    /// ```
    #[must_use]
    pub fn with_prefix(self, prefix: &str, id: &str) -> PromiseId {
        if prefix.is_empty() {
            return id.into();
        }
        let between = match self {
            Self::Colon => '.',
            Self::Dot => ':',
        };
        format!("{prefix}{between}{id}").into()
    }

    /// What ends the origin in an id.
    const fn separator(self) -> char {
        match self {
            Self::Colon => ':',
            Self::Dot => '.',
        }
    }

    fn join(self, parent: &PromiseId, part: fmt::Arguments<'_>) -> PromiseId {
        let between = match self {
            Self::Colon if !parent.as_str().contains(':') => ':',
            Self::Colon | Self::Dot => '.',
        };
        format!("{parent}{between}{part}").into()
    }
}

/// FNV-1a, 64 bits. Detached ids of running executions depend on it: it may never change.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// A text that cannot be the id of a root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootIdError {
    /// The text.
    pub id: PromiseId,
    /// What is wrong with it.
    pub problem: RootIdProblem,
}

/// Why a text cannot be the id of a root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RootIdProblem {
    /// It is empty.
    Empty,
    /// It holds a NUL character.
    Nul,
    /// It holds the character that separates a root from its children.
    Separator(char),
    /// It is longer than 1 KiB.
    TooLong {
        /// How long it is.
        bytes: usize,
    },
}

impl fmt::Display for RootIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.id.as_str();
        match self.problem {
            RootIdProblem::Empty => {
                f.write_str("an id cannot be empty: name what is done, for example `order-17`")
            }
            RootIdProblem::Nul => write!(
                f,
                "the id `{}` holds a NUL character: write `{}`",
                Excerpt(id),
                Excerpt(&id.replace('\0', ""))
            ),
            RootIdProblem::Separator(separator) => write!(
                f,
                "the id `{}` holds `{separator}`, which separates an execution from its steps: \
                 write `{}`",
                Excerpt(id),
                Excerpt(&id.replace(separator, "-"))
            ),
            RootIdProblem::TooLong { bytes } => write!(
                f,
                "the id `{}` has {bytes} bytes and may have {ROOT_BYTES_MAX}: pass what it says \
                 as an argument, and keep a short name or a hash as the id",
                Excerpt(id)
            ),
        }
    }
}

impl std::error::Error for RootIdError {}

#[cfg(test)]
mod tests {
    use super::fnv1a;

    #[test]
    fn the_hash_is_the_published_one() {
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }
}
