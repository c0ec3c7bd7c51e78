//! Where a server is: its URL, and the routes below it.

use std::fmt;

use http::Uri;
use http::uri::{PathAndQuery, Scheme};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::network::{NetworkError, NetworkErrorKind};

/// What a path segment carries as it is.
const ENCODED: AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The URL of a server, without its last slash.
#[derive(Clone, Debug)]
pub(super) struct Endpoint {
    base: Uri,
    /// The path below which the server's routes are, without its last slash.
    path: String,
}

impl Endpoint {
    pub(super) fn parse(url: &str) -> Result<Self, NetworkError> {
        let wrong = |problem: &str| {
            let message = format!(
                "`{}` is not the URL of a Resonate Server: {problem}",
                hidden(url)
            );
            Err(NetworkError::new(NetworkErrorKind::Config, message))
        };
        let text = url.trim();
        if !text.contains("://") {
            return wrong(&format!(
                "it has no scheme; write `http://{}`",
                if text.is_empty() {
                    "localhost:8001".to_owned()
                } else {
                    hidden(text)
                }
            ));
        }
        let base: Uri = match text.parse() {
            Ok(base) => base,
            Err(cause) => {
                return wrong(&format!(
                    "{cause}; write for example `http://localhost:8001`"
                ));
            }
        };
        let known = base
            .scheme()
            .is_some_and(|s| *s == Scheme::HTTP || *s == Scheme::HTTPS);
        if !known {
            return wrong("its scheme is neither `http` nor `https`");
        }
        let authority = base.authority().map_or("", |authority| authority.as_str());
        if authority.contains('@') {
            return wrong(
                "it holds a name or a password, which is not sent; give the token with `.token(..)` or RESONATE_TOKEN",
            );
        }
        let host = base.host().unwrap_or_default();
        if host.is_empty() {
            return wrong("it names no host; write for example `http://localhost:8001`");
        }
        if authority != host && base.port_u16().is_none() {
            return wrong("its port is no number; write for example `http://localhost:8001`");
        }
        if base.query().is_some() || text.contains('#') {
            return wrong(
                "it has a query or a fragment; write only the path below which the server is",
            );
        }
        if cfg!(not(feature = "tls")) && base.scheme() == Some(&Scheme::HTTPS) {
            return wrong("this program was built without the feature `tls` of `resonate-runtime`");
        }
        let path = base.path().trim_end_matches('/').to_owned();
        Ok(Self { base, path })
    }

    /// Where requests go.
    pub(super) fn requests(&self) -> Result<Uri, NetworkError> {
        self.below("/")
    }

    /// Where the messages for a process come from.
    pub(super) fn messages(&self, group: &str, pid: &str) -> Result<Uri, NetworkError> {
        let segment = |text| utf8_percent_encode(text, &ENCODED);
        self.below(&format!("/poll/{}/{}", segment(group), segment(pid)))
    }

    #[cfg(feature = "tls")]
    pub(super) fn is_https(&self) -> bool {
        self.base.scheme() == Some(&Scheme::HTTPS)
    }

    fn below(&self, route: &str) -> Result<Uri, NetworkError> {
        let wrong = |cause: http::Error| {
            let message = format!("no URL can be made of `{self}` and `{route}`: {cause}");
            NetworkError::new(NetworkErrorKind::Config, message)
        };
        let path = PathAndQuery::try_from(format!("{}{route}", self.path));
        let mut parts = self.base.clone().into_parts();
        parts.path_and_query = Some(path.map_err(|cause| wrong(cause.into()))?);
        Uri::from_parts(parts).map_err(|cause| wrong(cause.into()))
    }
}

/// A URL that may hold a password, without it.
fn hidden(url: &str) -> String {
    let (scheme, rest) = match url.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), url),
    };
    let authority = rest.split('/').next().unwrap_or_default();
    match authority.rfind('@') {
        Some(at) => format!("{scheme}***{}", &rest[at..]),
        None => url.to_owned(),
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.base.scheme_str().unwrap_or("http");
        let authority = self
            .base
            .authority()
            .map_or("", |authority| authority.as_str());
        write!(f, "{scheme}://{authority}{}", self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::Endpoint;

    #[test]
    fn routes_are_below_the_url_whatever_its_slashes() {
        let table = [
            (
                "http://h:8001",
                "http://h:8001/",
                "http://h:8001/poll/g/a%2Fb%20%C3%A9",
            ),
            (
                "http://h:8001/",
                "http://h:8001/",
                "http://h:8001/poll/g/a%2Fb%20%C3%A9",
            ),
            (
                "http://h/base",
                "http://h/base/",
                "http://h/base/poll/g/a%2Fb%20%C3%A9",
            ),
            (
                "https://[::1]/a/b//",
                "https://[::1]/a/b/",
                "https://[::1]/a/b/poll/g/a%2Fb%20%C3%A9",
            ),
        ];
        for (url, requests, messages) in table {
            let endpoint = Endpoint::parse(url).unwrap();
            assert_eq!(endpoint.requests().unwrap().to_string(), requests);
            assert_eq!(
                endpoint.messages("g", "a/b é").unwrap().to_string(),
                messages
            );
        }
    }

    #[test]
    fn what_is_no_url_of_a_server_says_what_to_write() {
        let table = [
            ("localhost:8001", "write `http://localhost:8001`"),
            ("", "write `http://localhost:8001`"),
            ("poll://any@g", "neither `http` nor `https`"),
            ("http://", "write for example `http://localhost:8001`"),
            ("http://a b", "write for example `http://localhost:8001`"),
            (
                "http://h:99999x",
                "write for example `http://localhost:8001`",
            ),
            ("http://ada:s3cret@h/x", "RESONATE_TOKEN"),
            ("ada:s3cret@h:1", "write `http://***@h:1`"),
            ("http://h/?a=b", "only the path"),
            ("http://h/#a", "only the path"),
        ];
        for (url, advice) in table {
            let error = Endpoint::parse(url).unwrap_err().to_string();
            assert!(error.contains(advice), "{url}: {error}");
            assert!(!error.contains("s3cret"), "{error}");
        }
    }
}
