//! What the environment says; it counts where the builder is silent.

use super::Builder;
use crate::error::{Error, Kind, Result};

/// The port of a Resonate Server.
const PORT: &str = "8001";

/// What the environment says.
#[derive(Default)]
pub(super) struct Environment {
    url: Option<String>,
    token: Option<String>,
    db: Option<String>,
    group: Option<String>,
    prefix: Option<String>,
}

impl Environment {
    fn read(read: impl Fn(&str) -> Option<String>) -> Self {
        let read = |name: &str| read(name).filter(|value| !value.is_empty());
        let in_parts = || {
            let host = read("RESONATE_HOST")?;
            let scheme = read("RESONATE_SCHEME").unwrap_or_else(|| "http".to_owned());
            let port = read("RESONATE_PORT").unwrap_or_else(|| PORT.to_owned());
            Some(format!("{scheme}://{host}:{port}"))
        };
        Self {
            url: read("RESONATE_URL").or_else(in_parts),
            token: read("RESONATE_TOKEN"),
            db: read("RESONATE_DB"),
            group: read("RESONATE_GROUP"),
            prefix: read("RESONATE_PREFIX"),
        }
    }
}

impl Builder {
    /// What the environment says counts where this builder is silent, whichever of the two is
    /// said first: see [`Resonate::from_env`](crate::Resonate::from_env). An engine that is named
    /// here, a server or a file, is the one that is used.
    pub fn env(mut self) -> Self {
        self.environment = Environment::read(|name| std::env::var(name).ok());
        self
    }

    /// This builder with what it leaves open taken from the environment.
    pub(super) fn over_environment(mut self) -> Result<Self> {
        let Environment {
            url,
            token,
            db,
            group,
            prefix,
        } = std::mem::take(&mut self.environment);
        self.group = self.group.or(group);
        self.prefix = self.prefix.or(prefix);
        if let Some(token) = token {
            self = self.or_token(token);
        }
        if self.names_an_engine() {
            return Ok(self);
        }
        match (url, db) {
            (None, None) => Ok(self),
            (Some(url), None) => self.or_url(url),
            (None, Some(path)) => self.or_path(&path),
            (Some(url), Some(path)) => Err(Error::of(
                Kind::Config,
                format!(
                    "the environment names both a server ({url}) and a file (RESONATE_DB={path}): an engine is either there or here, so set one of them"
                ),
            )),
        }
    }

    #[cfg(feature = "http")]
    fn or_token(mut self, token: String) -> Self {
        self.remote.token.get_or_insert(token);
        self
    }

    #[cfg(not(feature = "http"))]
    fn or_token(self, _token: String) -> Self {
        self
    }

    #[cfg(feature = "http")]
    fn or_url(self, url: String) -> Result<Self> {
        Ok(self.url(url))
    }

    #[cfg(not(feature = "http"))]
    fn or_url(self, url: String) -> Result<Self> {
        let message =
            format!("the environment asks for the server {url}: build with the feature `http`");
        Err(Error::of(Kind::Config, message))
    }

    #[cfg(feature = "sqlite")]
    fn or_path(self, path: &str) -> Result<Self> {
        Ok(self.path(path))
    }

    #[cfg(not(feature = "sqlite"))]
    fn or_path(self, path: &str) -> Result<Self> {
        let message =
            format!("RESONATE_DB={path} asks for a file: build with the feature `sqlite`");
        Err(Error::of(Kind::Config, message))
    }
}

#[cfg(test)]
mod tests {
    use super::{Builder, Environment, Error};

    type Variables = &'static [(&'static str, &'static str)];

    fn read(vars: Variables) -> Environment {
        Environment::read(|name| {
            let found = vars.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_environment_names_a_server_whole_or_in_parts() {
        let table: [(Variables, Option<&str>); 6] = [
            (&[], None),
            (&[("RESONATE_PORT", "9")], None),
            (&[("RESONATE_URL", "")], None),
            (&[("RESONATE_HOST", "h")], Some("http://h:8001")),
            (
                &[
                    ("RESONATE_HOST", "h"),
                    ("RESONATE_SCHEME", "https"),
                    ("RESONATE_PORT", "9"),
                ],
                Some("https://h:9"),
            ),
            (
                &[("RESONATE_URL", "http://u"), ("RESONATE_HOST", "h")],
                Some("http://u"),
            ),
        ];
        for (vars, expected) in table {
            assert_eq!(read(vars).url.as_deref(), expected, "{vars:?}");
        }
    }

    #[test]
    #[cfg(all(feature = "http", feature = "sqlite"))]
    fn what_the_program_says_goes_before_the_environment() -> Result<(), Error> {
        let all: Variables = &[
            ("RESONATE_URL", "http://theirs"),
            ("RESONATE_DB", "theirs.db"),
            ("RESONATE_GROUP", "theirs"),
            ("RESONATE_PREFIX", "theirs"),
        ];
        let builder = || {
            let mut builder = Builder::default();
            builder.environment = read(all);
            builder
        };
        let (group, prefix) = (
            |b: &Builder| b.group.clone(),
            |b: &Builder| b.prefix.clone(),
        );
        for named in [builder().path("ours.db"), builder().url("http://ours")] {
            let is_file = named.names_a_file();
            let set = named.group("ours").over_environment()?;
            assert_eq!(group(&set).as_deref(), Some("ours"));
            assert_eq!(prefix(&set).as_deref(), Some("theirs"));
            assert_eq!(
                (set.names_a_file(), set.names_a_server()),
                (is_file, !is_file)
            );
        }
        let Err(two) = builder().over_environment() else {
            panic!("two engines are named");
        };
        let two = two.to_string();
        assert!(
            two.contains("http://theirs") && two.contains("theirs.db"),
            "{two}"
        );
        Ok(())
    }
}
