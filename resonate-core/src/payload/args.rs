//! The arguments of one call, each as JSON text.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

/// One JSON text.
pub type Json = Box<RawValue>;

/// The arguments of one call: by position, by name, or both.
///
/// Rust and TypeScript callers send positions, Python callers may send names too.
///
/// ```
/// use resonate_core::payload::Args;
///
/// let mut args = Args::default();
/// args.push(&"Ada").unwrap();
/// assert_eq!(args.decode::<String>(0, "name", "String").unwrap(), "Ada");
///
/// let misfit = args.decode::<u32>(0, "age", "u32").unwrap_err();
/// assert!(misfit.to_string().contains("argument `age`"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Args {
    positional: Vec<Json>,
    named: BTreeMap<String, Json>,
    /// Another reading of the first argument, for when the first reading does not fit.
    first_else: Option<Json>,
}

impl Args {
    /// Arguments by position and by name.
    #[must_use]
    pub fn new(positional: Vec<Json>, named: BTreeMap<String, Json>) -> Self {
        Self {
            positional,
            named,
            first_else: None,
        }
    }

    /// The same arguments, with another reading of the first one for when it does not fit.
    #[must_use]
    pub(super) fn or_else_first(mut self, json: Json) -> Self {
        self.first_else = Some(json);
        self
    }

    /// Appends an argument by position.
    ///
    /// # Errors
    /// When the value cannot be written as JSON.
    pub fn push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), serde_json::Error> {
        self.positional
            .push(serde_json::value::to_raw_value(value)?);
        Ok(())
    }

    /// The arguments by position.
    #[must_use]
    pub fn positional(&self) -> &[Json] {
        &self.positional
    }

    /// The arguments by name.
    #[must_use]
    pub fn named(&self) -> &BTreeMap<String, Json> {
        &self.named
    }

    /// The argument at `index`, or else the one called `name`, read as a `T`. An argument that is
    /// absent reads as JSON `null`, so that an `Option` may be left out.
    ///
    /// # Errors
    /// When it is absent or does not fit; the error names the parameter and both types.
    pub fn decode<T: DeserializeOwned>(
        &self,
        index: usize,
        name: &'static str,
        expected: &'static str,
    ) -> Result<T, ArgumentError> {
        let found = self.positional.get(index).or_else(|| self.named.get(name));
        let text = found.map_or("null", |json| json.get());
        serde_json::from_str(text).or_else(|cause| {
            let other = self.first_else.as_ref().filter(|_| index == 0);
            other
                .and_then(|json| serde_json::from_str(json.get()).ok())
                .ok_or_else(|| ArgumentError {
                    parameter: name,
                    index,
                    expected,
                    found: found.map(|json| shape(json.get())),
                    cause: cause.to_string(),
                })
        })
    }
}

/// An argument that does not fit its parameter. Its own text never holds the argument's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArgumentError {
    /// The parameter's name.
    pub parameter: &'static str,
    /// Its position, from 0.
    pub index: usize,
    /// Its type, as written in the function's signature.
    pub expected: &'static str,
    /// What kind of JSON was there; `None` when there was no such argument.
    pub found: Option<&'static str>,
    /// What the decoder said.
    pub cause: String,
}

impl fmt::Display for ArgumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            parameter,
            index,
            expected,
            found,
            cause,
        } = self;
        match found {
            Some(found) => write!(
                f,
                "argument `{parameter}` (position {index}) is {found} that does not fit `{expected}`: {cause}"
            ),
            None => write!(
                f,
                "argument `{parameter}` (position {index}, `{expected}`) is missing"
            ),
        }
    }
}

impl std::error::Error for ArgumentError {}

/// What kind of JSON a text is, from its first byte.
fn shape(text: &str) -> &'static str {
    match text.trim_start().as_bytes().first() {
        Some(b'{') => "an object",
        Some(b'[') => "an array",
        Some(b'"') => "a string",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        _ => "a number",
    }
}
