//! Where a task or a listener is told: `poll://any@group`, `poll://uni@group/pid`, `http(s)://…`.

use std::fmt;
use std::str::FromStr;

use crate::Text;

/// Where a message goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A stream of a worker group.
    Poll {
        /// To one connection of the group, or exactly to `id`.
        cast: Cast,
        /// The group.
        group: Text,
        /// The process.
        id: Option<Text>,
    },
    /// A web hook.
    Http(Text),
}

/// How many may be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cast {
    /// Any connection of the group.
    Any,
    /// Exactly one process.
    Uni,
}

/// A text that is not an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressError(String);

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is not an address: write poll://any@group, poll://uni@group/pid or http(s)://…",
            self.0
        )
    }
}

impl std::error::Error for AddressError {}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || AddressError(text.to_owned());
        let (scheme, rest) = text.split_once("://").ok_or_else(wrong)?;
        if rest.is_empty() || rest.contains(char::is_whitespace) {
            return Err(wrong());
        }
        if scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https") {
            return Ok(Self::Http(text.into()));
        }
        if !scheme.eq_ignore_ascii_case("poll") {
            return Err(wrong());
        }
        let (cast, place) = rest.split_once('@').ok_or_else(wrong)?;
        let cast = match cast {
            "any" => Cast::Any,
            "uni" => Cast::Uni,
            _ => return Err(wrong()),
        };
        let (group, id) = match place.split_once('/') {
            Some((group, id)) => (group, Some(id).filter(|id| !id.is_empty())),
            None => (place, None),
        };
        if group.is_empty() {
            return Err(wrong());
        }
        Ok(Self::Poll {
            cast,
            group: group.into(),
            id: id.map(Into::into),
        })
    }
}
