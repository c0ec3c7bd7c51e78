//! Where a task or a listener is told: `poll://any@group`, `poll://uni@group/pid`, `http(s)://…`.

use std::fmt;
use std::str::FromStr;

use crate::Text;
use crate::excerpt::Excerpt;

/// An address that messages can be delivered to (protocol §4.2).
///
/// ```
/// use resonate_core::Address;
/// use resonate_core::address::{Cast, Fit};
///
/// let address: Address = "poll://any@payments/w1".parse().unwrap();
/// assert_eq!(address, Address::poll(Cast::Any, "payments", Some("w1")));
/// assert_eq!(address.to_string(), "poll://any@payments/w1");
/// assert_eq!(address.fit("payments", "w2"), Fit::Group);
///
/// let mistake = "payments".parse::<Address>().unwrap_err();
/// assert!(mistake.to_string().contains("poll://any@group"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Address {
    /// Workers that hold a message stream open.
    Poll {
        /// One process, or one of many.
        cast: Cast,
        /// The group that the process joined; case counts.
        group: Text,
        /// The process. `uni` without it is an address that nobody can be reached at.
        id: Option<Text>,
    },
    /// A URL that messages are posted to, kept word for word.
    Http(Text),
}

/// How many processes an address may mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cast {
    /// Any process of the group, the named one if it is there.
    Any,
    /// Exactly the named process.
    Uni,
}

/// How well a process fits an address. A greater fit is to be preferred.
///
/// A message goes to **one** connection. If any connection fits as [`Fit::Process`], it is that
/// one (of several with the same name the newest: an older one may be dead), and the message is
/// lost when its buffer is full. Otherwise it is one of those that fit as [`Fit::Group`], whichever
/// (the protocol promises no order and no fairness). Otherwise the message is dropped; what is
/// lost is repaired by the engine's retry of `execute` and by listening again (protocol §4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fit {
    /// Not meant.
    Never,
    /// Meant as one of its group.
    Group,
    /// Meant by name.
    Process,
}

impl Address {
    /// The address of a polling process, or of its group.
    #[must_use]
    pub fn poll(cast: Cast, group: impl Into<Text>, id: Option<&str>) -> Self {
        Self::Poll {
            cast,
            group: group.into(),
            id: id.map(Text::from),
        }
    }

    /// The address that `target` stands for: a bare name is a group, and whatever contains `://`
    /// is an address already, kept word for word even if it is none that this crate delivers to.
    ///
    /// ```
    /// use resonate_core::Address;
    ///
    /// assert_eq!(&*Address::resolve("payments"), "poll://any@payments");
    /// assert_eq!(&*Address::resolve("nats://payments"), "nats://payments");
    /// ```
    #[must_use]
    pub fn resolve(target: &str) -> Text {
        if target.contains("://") {
            target.into()
        } else {
            format!("poll://any@{target}").into()
        }
    }

    /// How well the process `pid` of `group` fits this address.
    #[must_use]
    pub fn fit(&self, group: &str, pid: &str) -> Fit {
        match self {
            Self::Poll {
                cast,
                group: wanted,
                id,
            } if **wanted == *group => match (cast, id) {
                (_, Some(id)) if **id == *pid => Fit::Process,
                (Cast::Any, _) => Fit::Group,
                (Cast::Uni, _) => Fit::Never,
            },
            Self::Poll { .. } | Self::Http(_) => Fit::Never,
        }
    }

    /// Whether a message to this address may be given to the process `pid` of `group` at all.
    #[must_use]
    pub fn matches(&self, group: &str, pid: &str) -> bool {
        self.fit(group, pid) > Fit::Never
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Poll { cast, group, id } => {
                write!(f, "poll://{cast}@{group}")?;
                id.iter().try_for_each(|id| write!(f, "/{id}"))
            }
            Self::Http(url) => f.write_str(url),
        }
    }
}

impl fmt::Display for Cast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Any => "any",
            Self::Uni => "uni",
        })
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        parse(text).map_err(|problem| AddressError {
            text: text.into(),
            problem,
        })
    }
}

/// A text that is no address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressError {
    /// The text.
    pub text: Text,
    /// What is wrong with it.
    pub problem: AddressProblem,
}

/// What is wrong with a text that should be an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressProblem {
    /// There is no `://`: probably a bare group name.
    NoScheme,
    /// The scheme is neither `poll` nor `http` nor `https`.
    UnknownScheme,
    /// A `poll` address does not begin with `any@` or `uni@`, in lower case.
    NoCast,
    /// There is no group, or no host.
    NoHost,
    /// The group or host holds a blank or another character that no URL host can hold.
    BadHost,
    /// What follows the host's colon is not a port number.
    BadPort,
    /// The rest holds a control character or, in a URL, a blank.
    BadPath,
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = Excerpt(&self.text);
        write!(f, "`{text}` is not an address: ")?;
        f.write_str(match self.problem {
            AddressProblem::NoScheme => "it has no scheme",
            AddressProblem::UnknownScheme => "nothing is delivered over this scheme here",
            AddressProblem::NoCast => "a `poll` address says `any@` or `uni@` before the group",
            AddressProblem::NoHost => "the group or host is missing",
            AddressProblem::BadHost => "the group or host holds a blank or a reserved character",
            AddressProblem::BadPort => "what follows the colon is not a port number",
            AddressProblem::BadPath => "it holds a blank or a control character",
        })?;
        f.write_str(
            "; write `poll://any@group`, `poll://any@group/process`, `poll://uni@group/process`, \
             `http://host/path` or `https://host/path`",
        )
    }
}

impl std::error::Error for AddressError {}

fn parse(text: &str) -> Result<Address, AddressProblem> {
    let (scheme, rest) = text.split_once("://").ok_or(AddressProblem::NoScheme)?;
    let is_poll = scheme.eq_ignore_ascii_case("poll");
    if !is_poll
        && !["http", "https"]
            .iter()
            .any(|known| scheme.eq_ignore_ascii_case(known))
    {
        return Err(AddressProblem::UnknownScheme);
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let (user, host) = authority
        .rsplit_once('@')
        .map_or((None, authority), |(user, host)| (Some(user), host));
    if is_poll {
        let cast = cast(user)?;
        let group = host_without_port(host)?.into();
        let id = process(path)?;
        Ok(Address::Poll { cast, group, id })
    } else {
        host_without_port(host)?;
        if path.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(AddressProblem::BadPath);
        }
        Ok(Address::Http(text.into()))
    }
}

/// The user part; what follows its colon would be a password and means nothing.
fn cast(user: Option<&str>) -> Result<Cast, AddressProblem> {
    match user.and_then(|user| user.split(':').next()) {
        Some("any") => Ok(Cast::Any),
        Some("uni") => Ok(Cast::Uni),
        _ => Err(AddressProblem::NoCast),
    }
}

/// The host as written, neither folded nor decoded. A port means nothing but has to be one.
fn host_without_port(host: &str) -> Result<&str, AddressProblem> {
    let name_end = host.rfind(']').unwrap_or(0);
    let (name, port) = match host.get(name_end..).and_then(|tail| tail.find(':')) {
        Some(colon) => (&host[..name_end + colon], &host[name_end + colon + 1..]),
        None => (host, ""),
    };
    if name.is_empty() {
        return Err(AddressProblem::NoHost);
    }
    let inner = name
        .strip_prefix('[')
        .and_then(|n| n.strip_suffix(']'))
        .unwrap_or(name);
    if inner
        .chars()
        .any(|c| c.is_control() || c.is_whitespace() || "<>[]^|\\@".contains(c))
    {
        return Err(AddressProblem::BadHost);
    }
    if !port.is_empty()
        && (!port.bytes().all(|b| b.is_ascii_digit()) || port.parse::<u16>().is_err())
    {
        return Err(AddressProblem::BadPort);
    }
    Ok(name)
}

/// The process named by the path; a query or fragment means nothing.
fn process(path: &str) -> Result<Option<Text>, AddressProblem> {
    let id = path.split(['?', '#']).next().unwrap_or("");
    let id = id.strip_prefix('/').unwrap_or(id);
    if id.chars().any(char::is_control) {
        return Err(AddressProblem::BadPath);
    }
    Ok((!id.is_empty()).then(|| id.into()))
}
