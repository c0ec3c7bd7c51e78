//! What goes wrong, for people and for `match`.

use std::fmt;
use std::sync::Arc;

use resonate_core::PromiseId;
use resonate_core::payload::{ArgumentError, Failure};
use resonate_core::protocol::{Refusal, Status};
use resonate_core::store::StoreError;
use serde::de::IntoDeserializer as _;
use serde::de::value::{Error as NoSuchKind, StrDeserializer};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::function::{DurableError, Final};

/// What functions and calls of this crate return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Source = Arc<dyn std::error::Error + Send + Sync>;

/// Anything that goes wrong, asked with `is_*`; its cause is kept as
/// [`source`](std::error::Error::source).
///
/// It is also the error type of a durable function that has none of its own:
///
/// ```
/// use resonate::{Error, Result};
///
/// fn parse(text: &str) -> Result<u32> {
///     text.parse().map_err(Error::new)
/// }
/// assert!(parse("x").unwrap_err().is_application());
/// ```
#[derive(Clone)]
pub struct Error {
    kind: Kind,
    message: String,
    source: Option<Source>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Application,
    Final,
    Panicked,
    BadArguments,
    Fault,
    Unregistered,
    Registry,
    Canceled,
    TimedOut,
    NotFound,
    Refused,
    Unreachable,
    Store,
    Payload,
    TooLarge,
    Config,
    Stopped,
}

impl Error {
    /// An application's failure, from any error or text.
    pub fn new(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        let source: Source = Arc::from(cause.into());
        Self {
            kind: Kind::Application,
            message: source.to_string(),
            source: Some(source),
        }
    }

    /// An application's failure that retrying cannot mend: the step is not tried again.
    ///
    /// ```
    /// let error = resonate::Error::last("the card is stolen");
    /// assert!(error.is_final());
    /// ```
    pub fn last(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self {
            kind: Kind::Final,
            ..Self::new(cause)
        }
    }

    pub(crate) fn of(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            source: None,
        }
    }

    pub(crate) fn because(
        mut self,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        self.source = Some(Arc::new(source));
        self
    }

    /// The engine has no promise of this id.
    pub(crate) fn no_promise(id: &PromiseId, refused: Self) -> Self {
        Self::of(Kind::NotFound, format!("there is no promise `{id}`")).because(refused)
    }

    /// A handle that is awaited a second time.
    pub(crate) fn handed_out() -> Self {
        Self::of(Kind::Config, "this handle gave its result already")
    }

    /// What a failure read from the wire is when the caller has no type of its own for it.
    pub(crate) fn from_failure(failure: &Failure) -> Self {
        if let Some(error) = failure
            .data
            .as_ref()
            .and_then(|d| serde_json::from_str(d.get()).ok())
        {
            return error;
        }
        let kind = match Verdict::of(failure) {
            Some(Verdict::Panicked) => Kind::Panicked,
            Some(Verdict::BadArguments) => Kind::BadArguments,
            Some(Verdict::Unwritable) => Kind::Payload,
            Some(Verdict::TooLarge) => Kind::TooLarge,
            Some(Verdict::Fault) => Kind::Fault,
            None => Kind::Application,
        };
        Self::of(kind, failure.message.clone())
    }

    pub(crate) fn refused(what: &str, refusal: Refusal) -> Self {
        let kind = match refusal.status {
            Status::NotFound => Kind::NotFound,
            Status::BadRequest
            | Status::Unauthorized
            | Status::Forbidden
            | Status::Conflict
            | Status::Unprocessable
            | Status::Failed(_) => Kind::Refused,
        };
        Self::of(kind, format!("{what} was refused: {}", refusal.message)).because(refusal)
    }

    /// Whether the engine refused with this status.
    pub(crate) fn is_refusal(&self, status: Status) -> bool {
        let refusal = self
            .source
            .as_ref()
            .and_then(|source| source.downcast_ref::<Refusal>());
        refusal.is_some_and(|refusal| refusal.status == status)
    }

    /// True for a failure that a function itself returned, or another SDK recorded.
    #[must_use]
    pub fn is_application(&self) -> bool {
        matches!(self.kind, Kind::Application | Kind::Final)
    }

    /// True for a failure that declared itself final: it was not, and will not be, tried again.
    #[must_use]
    pub fn is_final(&self) -> bool {
        self.kind == Kind::Final
    }

    /// True when a step panicked on its last attempt.
    #[must_use]
    pub fn is_panic(&self) -> bool {
        self.kind == Kind::Panicked
    }

    /// True when a caller sent arguments that the function does not take.
    #[must_use]
    pub fn is_bad_arguments(&self) -> bool {
        self.kind == Kind::BadArguments
    }

    /// True when no worker could run the function, and one was told to reject such work:
    /// [`OnFault::Reject`](crate::OnFault::Reject).
    #[must_use]
    pub fn is_fault(&self) -> bool {
        self.kind == Kind::Fault
    }

    /// True when no function of that name, or that version of it, is linked into this program.
    #[must_use]
    pub fn is_unregistered(&self) -> bool {
        self.kind == Kind::Unregistered
    }

    /// True when the functions linked into this program do not make a registry: two of one name
    /// and version, or none for a worker.
    #[must_use]
    pub fn is_registry(&self) -> bool {
        self.kind == Kind::Registry
    }

    /// True when the promise was canceled.
    #[must_use]
    pub fn is_canceled(&self) -> bool {
        self.kind == Kind::Canceled
    }

    /// True when the promise reached its deadline.
    #[must_use]
    pub fn is_timed_out(&self) -> bool {
        self.kind == Kind::TimedOut
    }

    /// True when there is no promise or schedule of that id.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.kind == Kind::NotFound
    }

    /// True when the engine or server refused the request; asking again changes nothing.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.kind == Kind::Refused
    }

    /// True when the engine or server could not be reached, or failed.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        self.kind == Kind::Unreachable
    }

    /// True when the store failed; [`source`](std::error::Error::source) holds the
    /// `StoreError` with its file.
    #[must_use]
    pub fn is_store(&self) -> bool {
        self.kind == Kind::Store
    }

    /// True when a value could not be written or read as JSON, encrypted or decrypted.
    #[must_use]
    pub fn is_payload(&self) -> bool {
        self.kind == Kind::Payload
    }

    /// True when a result was larger than the engine takes: the step ran, and its result is lost.
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        self.kind == Kind::TooLarge
    }

    /// True when something was asked for in a way that cannot work: an id, a setting.
    #[must_use]
    pub fn is_config(&self) -> bool {
        self.kind == Kind::Config
    }

    /// True when this client was shut down.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.kind == Kind::Stopped
    }
}

/// The name of a panic on the wire.
pub(crate) const PANICKED: &str = "Panicked";
/// The name of a misfit of arguments on the wire.
pub(crate) const BAD_ARGUMENTS: &str = "BadArguments";
/// The name of a result that cannot be written on the wire.
pub(crate) const UNWRITABLE: &str = "Unwritable";
/// The name of a result that is larger than the engine takes.
pub(crate) const TOO_LARGE: &str = "TooLarge";
/// The name of work that no worker could run on the wire.
pub(crate) const FAULT: &str = "Fault";

/// What a worker said of a call, in the place of the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Panicked,
    BadArguments,
    Unwritable,
    TooLarge,
    Fault,
}

impl Verdict {
    /// Read from a failure by its name. What has data is an error of the function, whatever its
    /// type is called.
    pub(crate) fn of(failure: &Failure) -> Option<Self> {
        match failure.name.as_str() {
            _ if failure.data.is_some() => None,
            PANICKED => Some(Self::Panicked),
            BAD_ARGUMENTS => Some(Self::BadArguments),
            UNWRITABLE => Some(Self::Unwritable),
            TOO_LARGE => Some(Self::TooLarge),
            FAULT => Some(Self::Fault),
            _ => None,
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::of(Kind::Store, error.to_string()).because(error)
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::new(error)
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::new(error)
    }
}

impl From<fmt::Error> for Error {
    fn from(error: fmt::Error) -> Self {
        Self::new(error)
    }
}

impl From<ArgumentError> for Error {
    fn from(error: ArgumentError) -> Self {
        Self::of(Kind::BadArguments, error.to_string()).because(error)
    }
}

impl From<String> for Error {
    fn from(message: String) -> Self {
        Self::new(message)
    }
}

impl From<&str> for Error {
    fn from(message: &str) -> Self {
        Self::new(message)
    }
}

impl<E: DurableError> From<CallError<E>> for Error {
    fn from(error: CallError<E>) -> Self {
        match error {
            CallError::Failed(own) => {
                let any: Box<dyn std::any::Any> = Box::new(own);
                match any.downcast::<Self>() {
                    Ok(error) => *error,
                    Err(any) => {
                        let message = any.downcast::<E>().map(|own| own.to_string());
                        Self::of(Kind::Application, message.unwrap_or_default())
                    }
                }
            }
            CallError::Canceled => Self::of(Kind::Canceled, CANCELED),
            CallError::TimedOut => Self::of(Kind::TimedOut, TIMED_OUT),
            CallError::Other(error) => error,
        }
    }
}

impl Final for Error {
    fn is_final(&self) -> bool {
        self.kind == Kind::Final
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

// A `main` that returns this error prints its `Debug`: so it is the sentence, not the structure.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() {
            return f
                .debug_struct("Error")
                .field("kind", &self.kind)
                .field("message", &self.message)
                .field("source", &self.source)
                .finish();
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// An error as it is recorded. Its kind is a text: a later version may have more of them, and
/// what it recorded is read here, and locked in a manifest, all the same.
#[derive(Serialize, Deserialize)]
#[serde(rename = "Error")]
struct Written<K> {
    kind: K,
    message: String,
}

impl Serialize for Error {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        Written {
            kind: self.kind,
            message: self.message.clone(),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Error {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let Written { kind, message } = Written::<String>::deserialize(deserializer)?;
        let known: StrDeserializer<'_, NoSuchKind> = kind.as_str().into_deserializer();
        let kind = Kind::deserialize(known).unwrap_or(Kind::Application);
        Ok(Self::of(kind, message))
    }
}

const CANCELED: &str = "the durable promise was canceled";
const TIMED_OUT: &str = "the durable promise reached its deadline before it was settled";

/// What a typed call fails with.
///
/// With `?` it becomes a [`resonate::Error`](Error); a function with an error type of its own
/// converts it in a `From` or a `map_err`.
#[derive(Clone, Debug)]
pub enum CallError<E = Error> {
    /// The function itself said no, with its own error.
    Failed(E),
    /// The call's promise was canceled.
    Canceled,
    /// The call's promise reached its deadline.
    TimedOut,
    /// The call could not be made, or its result neither written nor read, or it panicked.
    Other(Error),
}

impl<E> CallError<E> {
    /// The function's own error, if it was that.
    pub fn failed(self) -> Option<E> {
        match self {
            Self::Failed(error) => Some(error),
            Self::Canceled | Self::TimedOut | Self::Other(_) => None,
        }
    }
}

impl<E: fmt::Display> fmt::Display for CallError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(error) => error.fmt(f),
            Self::Canceled => f.write_str(CANCELED),
            Self::TimedOut => f.write_str(TIMED_OUT),
            Self::Other(error) => error.fmt(f),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> std::error::Error for CallError<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Other(error) => Some(error),
            Self::Failed(_) | Self::Canceled | Self::TimedOut => None,
        }
    }
}
