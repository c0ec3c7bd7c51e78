//! Whether what was recorded is what the code asks for now.

use std::fmt;

use serde_json::Value as Json;

use crate::payload::Codec;
use crate::{PromiseId, Tags, Value};

/// What a step is, in the words that a replay is compared by.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Asked {
    /// Its sort: `a local step`, `a remote call`, `a sleep`, `a promise`.
    pub sort: &'static str,
    /// The function's name, where it calls one.
    pub func: Option<String>,
    /// The function's version, where it is known.
    pub version: Option<u64>,
    /// The arguments, where they are known.
    pub args: Option<Json>,
}

impl Asked {
    /// What the promise with these tags and this param is. A param that the codec cannot read
    /// tells nothing.
    #[must_use]
    pub fn of(tags: &Tags, param: &Value, codec: &dyn Codec) -> Self {
        let json = codec.decode(param).ok().flatten();
        Self::read(tags, json.as_ref().map(|json| json.get()))
    }

    /// What the promise with these tags and this decoded param is.
    #[must_use]
    pub fn read(tags: &Tags, param: Option<&str>) -> Self {
        let sort = if tags.is_timer() {
            "a sleep"
        } else if tags.target().is_some() {
            "a remote call"
        } else if tags.get(crate::tags::SCOPE) == Some("local") {
            "a local step"
        } else {
            "a promise"
        };
        let param: Option<Json> = param.and_then(|text| serde_json::from_str(text).ok());
        let member = |name: &str| param.as_ref().and_then(|json| json.get(name));
        Self {
            sort,
            func: member("func")
                .and_then(Json::as_str)
                .filter(|f| !f.is_empty())
                .map(str::to_owned),
            version: member("version")
                .and_then(Json::as_u64)
                .filter(|version| *version > 0),
            args: member("args").cloned(),
        }
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sort)?;
        if let Some(func) = &self.func {
            write!(f, " `{func}`")?;
        }
        if let Some(version) = self.version {
            write!(f, " version {version}")?;
        }
        Ok(())
    }
}

/// A step whose record is of something else.
#[derive(Clone, Debug, PartialEq)]
pub struct Disagreement {
    /// The step's promise.
    pub id: PromiseId,
    /// What was recorded.
    pub recorded: Asked,
    /// What the code asks for now.
    pub requested: Asked,
}

impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            id,
            recorded,
            requested,
        } = self;
        let same_call = (recorded.sort, &recorded.func, recorded.version)
            == (requested.sort, &requested.func, requested.version);
        if same_call {
            return write!(
                f,
                "step `{id}` was recorded as {recorded} with other arguments"
            );
        }
        write!(
            f,
            "step `{id}` was recorded as {recorded}, but the code now asks for {requested}"
        )
    }
}

/// Compares a record with what the code asks for. What one side does not tell is not compared:
/// other SDKs record less.
///
/// # Errors
/// When they disagree; both sides are in the error.
pub fn agree(id: &PromiseId, recorded: Asked, requested: Asked) -> Result<(), Box<Disagreement>> {
    fn same<T: PartialEq>(one: Option<&T>, other: Option<&T>) -> bool {
        one.is_none() || other.is_none() || one == other
    }
    let agreed = recorded.sort == requested.sort
        && same(recorded.func.as_ref(), requested.func.as_ref())
        && same(recorded.version.as_ref(), requested.version.as_ref())
        && same(recorded.args.as_ref(), requested.args.as_ref());
    if agreed {
        return Ok(());
    }
    Err(Box::new(Disagreement {
        id: id.clone(),
        recorded,
        requested,
    }))
}
