//! Which web pages may ask (protocol §1.6).

use hyper::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, HeaderMap, HeaderValue, ORIGIN,
    VARY,
};
use hyper::{Method, Uri};

const METHODS: HeaderValue = HeaderValue::from_static("GET, POST, PUT, PATCH, DELETE, OPTIONS");
const HEADERS: HeaderValue =
    HeaderValue::from_static("origin, content-length, content-type, authorization");
const ANY: HeaderValue = HeaderValue::from_static("*");

/// Which origins may read answers in a browser.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Cors {
    /// None.
    #[default]
    Off,
    /// Any.
    Any,
    /// These.
    List(Vec<String>),
}

impl Cors {
    /// The same, with one more origin; `*` is any.
    pub(super) fn with(self, origin: String) -> Self {
        match self {
            Self::Any => Self::Any,
            _ if origin == "*" => Self::Any,
            Self::Off => Self::List(vec![origin]),
            Self::List(mut origins) => {
                origins.push(origin);
                Self::List(origins)
            }
        }
    }

    /// Whether a browser asks what it may ask.
    pub(super) fn is_preflight(&self, method: &Method, headers: &HeaderMap) -> bool {
        *self != Self::Off
            && method == Method::OPTIONS
            && headers.contains_key(ORIGIN)
            && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
    }

    /// Whether the request comes from a web page of somebody else. Without a token, such a page
    /// could make the browser of a developer ask a server that listens on this machine only.
    pub(super) fn is_foreign(&self, headers: &HeaderMap) -> bool {
        let Some(origin) = headers.get(ORIGIN) else {
            return false;
        };
        match self {
            Self::Any => return false,
            Self::List(origins) if origins.iter().any(|known| origin == known) => return false,
            Self::List(_) | Self::Off => {}
        }
        let host = origin.to_str().ok().and_then(host);
        !host.is_some_and(|host| is_here(&host))
    }

    /// Writes into an answer what the browser may do with it.
    pub(super) fn write(&self, origin: Option<&HeaderValue>, headers: &mut HeaderMap) {
        match self {
            Self::Off => {}
            Self::Any => {
                headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, ANY);
                headers.insert(ACCESS_CONTROL_ALLOW_METHODS, ANY);
                headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, ANY);
                headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, ANY);
            }
            Self::List(origins) => {
                headers.append(VARY, HeaderValue::from_static("origin"));
                let allowed =
                    origin.filter(|origin| origins.iter().any(|known| **origin == *known));
                if let Some(origin) = allowed {
                    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
                    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
                    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HEADERS);
                }
            }
        }
    }
}

fn host(origin: &str) -> Option<String> {
    let uri: Uri = origin.parse().ok()?;
    uri.host().map(str::to_owned)
}

/// Whether a host is this machine by any of its names for itself.
fn is_here(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host.ends_with(".localhost")
        || address
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}
