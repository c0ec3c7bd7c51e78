//! The labels of a promise, and the reserved ones that the engine reads.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{Millis, PromiseId, Text};

/// Where a task is offered; its presence makes a promise have a task.
pub const TARGET: &str = "resonate:target";
/// `"true"`: the deadline resolves the promise instead of rejecting it.
pub const TIMER: &str = "resonate:timer";
/// Earliest first dispatch, as decimal milliseconds.
pub const DELAY: &str = "resonate:delay";
/// `"true"`: awaited by others, so its deadline is kept actively.
pub const EXTERNAL: &str = "resonate:external";
/// `"local"` or `"global"`.
pub const SCOPE: &str = "resonate:scope";
/// The branch: promises of one branch are preloaded together.
pub const BRANCH: &str = "resonate:branch";
/// The execution that created this promise.
pub const PARENT: &str = "resonate:parent";
/// The root execution that this promise belongs to.
pub const ORIGIN: &str = "resonate:origin";
/// Base of detached ids in older SDKs.
pub const PREFIX: &str = "resonate:prefix";
/// The schedule that created this promise.
pub const SCHEDULE: &str = "resonate:schedule";

/// An immutable set of labels, cheap to clone and ordered by key.
///
/// ```
/// use resonate_core::{tags, Tags};
///
/// let tags: Tags = [(tags::TARGET, "poll://any@default"), ("team", "billing")].into_iter().collect();
/// assert_eq!(tags.target(), Some("poll://any@default"));
/// assert!(tags.is_external() && !tags.is_timer());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tags(Arc<BTreeMap<Text, Text>>);

impl Tags {
    /// The value of `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(|value| &**value)
    }

    /// All labels, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (&**key, &**value))
    }

    /// How many labels there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no label.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// These labels and `key`, which replaces an earlier value.
    #[must_use]
    pub fn with(mut self, key: impl Into<Text>, value: impl Into<Text>) -> Self {
        Arc::make_mut(&mut self.0).insert(key.into(), value.into());
        self
    }

    /// Where the task of this promise is offered; a promise without it has no task.
    #[must_use]
    pub fn target(&self) -> Option<&str> {
        self.get(TARGET)
    }

    /// Whether the deadline resolves the promise: exactly `"true"`.
    #[must_use]
    pub fn is_timer(&self) -> bool {
        self.get(TIMER) == Some("true")
    }

    /// The branch that this promise is preloaded with.
    #[must_use]
    pub fn branch(&self) -> Option<&str> {
        self.get(BRANCH)
    }

    /// The root execution of this promise.
    #[must_use]
    pub fn origin(&self) -> Option<&str> {
        self.get(ORIGIN)
    }

    /// The root execution of the promise `id` with these labels, unless that is the promise itself.
    #[must_use]
    pub fn origin_other_than(&self, id: &PromiseId) -> Option<&str> {
        self.origin().filter(|origin| *origin != id.as_str())
    }

    /// The earliest first dispatch; `Err` holds the text when it is not a decimal instant.
    ///
    /// # Errors
    /// The tag's text, when it is not a non-negative decimal number.
    pub fn delay(&self) -> Result<Option<Millis>, &str> {
        match self.get(DELAY) {
            None => Ok(None),
            Some(text) if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) => Err(text),
            Some(text) => text
                .parse()
                .map(|millis| Some(Millis::new(millis)))
                .map_err(|_| text),
        }
    }

    /// Whether others may await it, so that its deadline is kept actively (protocol §3.4).
    #[must_use]
    pub fn is_external(&self) -> bool {
        self.get(SCOPE) == Some("global")
            || self.get(EXTERNAL) == Some("true")
            || self.target().is_some()
            || self.is_timer()
    }
}

impl<K: Into<Text>, V: Into<Text>> FromIterator<(K, V)> for Tags {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(labels: I) -> Self {
        Self(Arc::new(
            labels
                .into_iter()
                .map(|(key, value)| (key.into(), value.into()))
                .collect(),
        ))
    }
}
