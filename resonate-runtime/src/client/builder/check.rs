//! Settings that cannot work are told of before anything is opened.

use std::time::Duration;

use resonate_core::registry::Registry;

use super::Builder;
use crate::error::{Error, Kind, Result};

impl Builder {
    /// Whether the settings can work, one by one and together.
    pub(super) fn validate(&self) -> Result<()> {
        Registry::global()
            .check()
            .map_err(|error| Error::of(Kind::Registry, error.to_string()).because(error))?;
        let plain = |text: &str| {
            !text.is_empty()
                && text
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b))
        };
        let wrong = |what: &str, text: &str| {
            let message = format!(
                "the {what} `{text}` cannot be part of an address: use letters, digits, `-`, `.`, `_` and `~`"
            );
            Err(Error::of(Kind::Config, message))
        };
        match (self.group_name(), &self.pid) {
            (group, _) if !plain(group) => wrong("group", group),
            (_, Some(pid)) if !plain(pid) => wrong("process id", pid),
            _ if self.names_a_server() && self.names_a_file() => Err(Error::of(
                Kind::Config,
                "both a server and a file are named: an engine is either there or here, so name one",
            )),
            _ if self.engine.retain.is_some() && self.is_elsewhere() => Err(Error::of(
                Kind::Config,
                "`retain` is for an engine in this process: set the retention where the engine runs",
            )),
            _ if self.lease < Duration::from_millis(3) => {
                Err(Error::of(Kind::Config, "a lease is at least 3 ms long"))
            }
            _ if self.concurrency == 0 => Err(Error::of(
                Kind::Config,
                "concurrency is at least 1; for a client that takes no work say `.client_only()`",
            )),
            _ => Ok(()),
        }
    }
}
