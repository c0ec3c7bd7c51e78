//! What to run: the input of a promise that a worker acts on.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Args, Json, Retry, RetryError, json};
use crate::registry::Param;

/// A function by name, its arguments as recorded, and how the caller wants it run
/// (protocol §5.3).
///
/// Written as `{"func","args":[…],"version","retry"?}`; read in the form of every SDK.
///
/// ```
/// use resonate_core::payload::{Args, Invocation};
///
/// let mut args = Args::default();
/// args.push(&7).unwrap();
/// let invocation = Invocation::new("charge", Some(2), args, None);
/// assert_eq!(invocation.to_json().get(), r#"{"func":"charge","args":[7],"version":2}"#);
/// ```
#[derive(Clone, Debug)]
pub struct Invocation {
    /// The function's wire name.
    pub func: String,
    /// Exactly this version; `None` leaves the choice to the worker. Never 0.
    pub version: Option<u32>,
    /// The retry policy that the caller wants.
    pub retry: Option<Retry>,
    /// Why a retry policy that was recorded could not be read: then `retry` is `None`.
    pub unread_retry: Option<RetryError>,
    args: Recorded,
}

/// The arguments as they were recorded. What they mean depends on how many parameters there are.
#[derive(Clone, Debug)]
enum Recorded {
    /// None, or JSON `null`.
    Absent,
    /// A list of arguments, perhaps with names: TypeScript, Python, the command line, this crate.
    List(Args),
    /// An array that may be a list of arguments, or the only argument.
    Array { json: Json, from_list_writer: bool },
    /// The only argument, bare.
    Bare(Json),
}

impl Invocation {
    /// A call of `func`, to be written.
    #[must_use]
    pub fn new(
        func: impl Into<String>,
        version: Option<u32>,
        args: Args,
        retry: Option<Retry>,
    ) -> Self {
        Self {
            func: func.into(),
            version: version.filter(|version| *version > 0),
            retry,
            unread_retry: None,
            args: Recorded::List(args),
        }
    }

    /// The invocation as the input of a promise.
    #[must_use]
    pub fn to_json(&self) -> Json {
        #[derive(Serialize)]
        struct Written<'i> {
            func: &'i str,
            args: Json,
            #[serde(skip_serializing_if = "Option::is_none")]
            kwargs: Option<&'i BTreeMap<String, Json>>,
            #[serde(skip_serializing_if = "Option::is_none")]
            version: Option<u32>,
            #[serde(skip_serializing_if = "Option::is_none")]
            retry: Option<Json>,
        }
        let (args, kwargs) = match &self.args {
            Recorded::Absent => (json::write(&[(); 0]), None),
            Recorded::List(args) => (json::write(args.positional()), Some(args.named())),
            Recorded::Array { json, .. } | Recorded::Bare(json) => (json.clone(), None),
        };
        json::write(&Written {
            func: &self.func,
            args,
            kwargs: kwargs.filter(|named| !named.is_empty()),
            version: self.version,
            retry: self.retry.as_ref().map(Retry::to_json),
        })
    }

    /// The invocation that `json` records, whichever SDK wrote it.
    ///
    /// # Errors
    /// When it is not an object with a `func`, or a member is of the wrong type. A retry policy
    /// that cannot be read is not an error: see [`unread_retry`](Self::unread_retry).
    pub fn from_json(json: &RawValue) -> Result<Self, InvocationError> {
        #[derive(Deserialize)]
        struct Read {
            func: String,
            args: Option<Json>,
            kwargs: Option<BTreeMap<String, Json>>,
            version: Option<u32>,
            retry: Option<Json>,
        }
        if !json::is_object(json.get()) {
            return Err(InvocationError::NotAnObject);
        }
        let read: Read =
            serde_json::from_str(json.get()).map_err(|cause| InvocationError::Malformed {
                cause: cause.to_string(),
            })?;
        let (retry, unread_retry) = match read.retry.as_deref().map(Retry::from_json) {
            None => (None, None),
            Some(Ok(retry)) => (Some(retry), None),
            Some(Err(unread)) => (None, Some(unread)),
        };
        Ok(Self {
            func: read.func,
            // Go and the older Rust SDK write one argument bare, and no version; all others write
            // a list, and a version.
            args: recorded(read.args, read.kwargs, read.version.is_some()),
            version: read.version.filter(|version| *version > 0),
            retry,
            unread_retry,
        })
    }

    /// The arguments, read for a function of these parameters.
    ///
    /// A list of arguments is taken as it is, and what is not an array is the only argument. The
    /// doubtful case is one parameter and an array: a list of one, or an array that is itself the
    /// argument? Both readings are kept, and decoding takes the first that fits the parameter's
    /// type. A list is tried first, except when the payload has no version: only SDKs that write
    /// one argument bare leave it out. So a parameter that takes *any* JSON gets the likelier one.
    #[must_use]
    pub fn args(&self, params: &[Param]) -> Args {
        match &self.args {
            Recorded::Absent => Args::default(),
            Recorded::List(args) => args.clone(),
            Recorded::Bare(json) => Args::new(vec![json.clone()], BTreeMap::new()),
            Recorded::Array {
                json,
                from_list_writer,
            } => {
                let list: Vec<Json> = serde_json::from_str(json.get()).unwrap_or_default();
                match (params.len(), from_list_writer) {
                    (1, true) => Args::new(list, BTreeMap::new()).or_else_first(json.clone()),
                    (1, false) => {
                        let listed = list.into_iter().next();
                        Args::new(vec![json.clone()], BTreeMap::new())
                            .or_else_first(listed.unwrap_or_else(|| RawValue::NULL.to_owned()))
                    }
                    _ => Args::new(list, BTreeMap::new()),
                }
            }
        }
    }
}

fn recorded(
    args: Option<Json>,
    kwargs: Option<BTreeMap<String, Json>>,
    from_list_writer: bool,
) -> Recorded {
    let is_array = |json: &Json| json.get().starts_with('[');
    match (args, kwargs) {
        // Only lists come with names.
        (Some(json), Some(named)) if is_array(&json) => Recorded::List(Args::new(
            serde_json::from_str(json.get()).unwrap_or_default(),
            named,
        )),
        (Some(json), Some(named)) => Recorded::List(Args::new(vec![json], named)),
        (None, Some(named)) => Recorded::List(Args::new(Vec::new(), named)),
        (Some(json), None) if is_array(&json) => Recorded::Array {
            json,
            from_list_writer,
        },
        (Some(json), None) => Recorded::Bare(json),
        (None, None) => Recorded::Absent,
    }
}

/// A payload that is no invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvocationError {
    /// It is not a JSON object.
    NotAnObject,
    /// A member is missing or of the wrong type.
    Malformed {
        /// What the reader said.
        cause: String,
    },
}

impl fmt::Display for InvocationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the promise's input does not say what to run: ")?;
        match self {
            Self::NotAnObject => f.write_str("it is not an object")?,
            Self::Malformed { cause } => f.write_str(cause)?,
        }
        f.write_str("; expected `{\"func\":\"name\",\"args\":[…],\"version\":1}`")
    }
}

impl std::error::Error for InvocationError {}
