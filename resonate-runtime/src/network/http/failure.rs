//! What went wrong on the way, as a sentence that names the URL, the cause and the remedy.

use std::error::Error as StdError;
use std::fmt;
#[cfg(feature = "tls")]
use std::io;
use std::time::Duration;

use http::uri::Scheme;
use http::{HeaderMap, StatusCode, Uri, header};

use crate::network::{NetworkError, NetworkErrorKind as Kind};

/// Shown of what was said where an answer was expected.
const SAID_CHARACTERS_MAX: usize = 120;

/// What was asked of whom.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub(super) uri: &'a Uri,
    /// The kind of request, or what else it is.
    pub(super) what: &'a str,
}

impl Asked<'_> {
    pub(super) fn failed(
        &self,
        kind: Kind,
        cause: impl fmt::Display,
        remedy: &str,
    ) -> NetworkError {
        let Self { uri, what } = self;
        NetworkError::new(kind, format!("{what} at {uri}: {cause}. {remedy}"))
    }

    pub(super) fn timed_out(&self, after: Duration) -> NetworkError {
        self.failed(
            Kind::TimedOut,
            format_args!("no answer within {after:?}"),
            "Is the server overloaded, or does something swallow the connection? `.request_timeout(..)` waits longer",
        )
    }

    /// Something failed below HTTP, or the peer does not speak it.
    pub(super) fn broken(&self, error: impl StdError + Send + Sync + 'static) -> NetworkError {
        let (kind, mut remedy) = classify(&error);
        // Some servers behind TLS hang up on whoever speaks without it.
        if remedy == CUT_OFF && self.uri.scheme() == Some(&Scheme::HTTP) {
            remedy = CUT_OFF_PLAIN;
        }
        self.failed(kind, Chain(&error), remedy).because(error)
    }

    /// The connection ended in the middle of an answer.
    pub(super) fn cut_off(&self, error: impl StdError + Send + Sync + 'static) -> NetworkError {
        self.failed(Kind::Unreachable, Chain(&error), CUT_OFF)
            .because(error)
    }

    pub(super) fn too_large(&self, what: &str, bytes_max: usize) -> NetworkError {
        self.failed(
            Kind::TooLarge,
            format_args!("{what} is larger than {} MiB", bytes_max >> 20),
            "Keep large values elsewhere, and pass where they are",
        )
    }

    /// An answer that is none of the protocol's, by its HTTP status.
    pub(super) fn foreign(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
    ) -> NetworkError {
        let said = Said(body);
        let (kind, remedy) = match status.as_u16() {
            300..=399 => return self.redirected(status, headers),
            401 => (Kind::Unauthorized, TOKEN),
            403 => (
                Kind::Forbidden,
                "Ask the server's operator for a token that allows it",
            ),
            408 | 504 => (Kind::TimedOut, LATER),
            413 => (
                Kind::TooLarge,
                "Keep large values elsewhere, and pass where they are, or raise the limit of what answered",
            ),
            429 | 503 => (Kind::Busy, LATER),
            200..=299 | 400..=499 | 501 => (Kind::NotResonate, URL),
            _ => (Kind::Failed, LATER),
        };
        self.failed(kind, format_args!("HTTP {status} {said}"), remedy)
            .retry_after(retry_after(headers))
    }

    fn redirected(&self, status: StatusCode, headers: &HeaderMap) -> NetworkError {
        let to = headers
            .get(header::LOCATION)
            .and_then(|to| to.to_str().ok());
        let remedy = "Redirects are not followed: they would carry the token elsewhere. Set the URL that it leads to";
        let to = to.unwrap_or("an address that it does not tell");
        self.failed(
            Kind::Redirected,
            format_args!("HTTP {status}, redirected to {to}"),
            remedy,
        )
    }
}

pub(super) const TOKEN: &str =
    "The token is missing, wrong or expired: set `.token(..)` or RESONATE_TOKEN";
pub(super) const URL: &str =
    "That is not what a Resonate Server says: correct the URL (its default port is 8001)";
const LATER: &str = "The server, or what stands before it, is overloaded or down";
const START: &str = "Start the server, or correct the URL; `.wait_for_server(true)` waits for it";

const CUT_OFF: &str = "The answer was cut off: by the server, or by something between here and it";
const CUT_OFF_PLAIN: &str = "The answer was cut off: by the server, or by something between here and it; does it want `https`?";

/// How long the peer asks to be left alone: in seconds; dates are not looked at.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers
        .get(header::RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()?;
    Some(Duration::from_secs(seconds))
}

fn classify(error: &(dyn StdError + 'static)) -> (Kind, &'static str) {
    let mut cause = Some(error);
    while let Some(here) = cause {
        if let Some(known) = classify_one(here) {
            return known;
        }
        cause = here.source();
    }
    (Kind::Unreachable, START)
}

fn classify_one(error: &(dyn StdError + 'static)) -> Option<(Kind, &'static str)> {
    #[cfg(feature = "tls")]
    if let Some(known) = tls(error) {
        return Some(known);
    }
    if let Some(http) = error.downcast_ref::<hyper::Error>() {
        if http.is_parse() {
            let remedy = "What answers does not speak HTTP: correct the URL; does it want `https`?";
            return Some((Kind::NotResonate, remedy));
        }
        if http.is_incomplete_message() || http.is_closed() || http.is_body_write_aborted() {
            return Some((Kind::Unreachable, CUT_OFF));
        }
    }
    None
}

#[cfg(feature = "tls")]
fn tls(error: &(dyn StdError + 'static)) -> Option<(Kind, &'static str)> {
    use rustls::Error;

    // An I/O error tells what is inside it, but not as its source.
    let mut inner = error;
    while let Some(wrapped) = inner.downcast_ref().and_then(io::Error::get_ref) {
        inner = wrapped;
    }
    let tls = inner.downcast_ref::<Error>()?;
    let remedy = if matches!(tls, Error::InvalidCertificate(_)) {
        "Correct the URL's host, or trust the authority that signed it: `.certificate_authority(..)`, or SSL_CERT_FILE"
    } else if matches!(tls, Error::InvalidMessage(_)) {
        "What answers does not speak TLS: write `http` in the URL?"
    } else {
        "Correct the URL, or the TLS settings of what answers"
    };
    Some((Kind::Tls, remedy))
}

/// An error and its causes, each once.
struct Chain<'e>(&'e (dyn StdError + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut last = self.0.to_string();
        f.write_str(&last)?;
        let mut cause = self.0.source();
        while let Some(here) = cause {
            let text = here.to_string();
            if !last.contains(&text) {
                write!(f, ": {text}")?;
            }
            last = text;
            cause = here.source();
        }
        Ok(())
    }
}

/// How a body begins that is not what was expected, on one line.
struct Said<'b>(&'b [u8]);

impl fmt::Display for Said<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = &self.0[..self.0.len().min(4 * SAID_CHARACTERS_MAX)];
        let text = String::from_utf8_lossy(head);
        let plain: String = text
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .take(SAID_CHARACTERS_MAX)
            .collect();
        match plain.trim() {
            "" => f.write_str("without a body"),
            said if said.len() < self.0.len() => write!(f, "`{said}…`"),
            said => write!(f, "`{said}`"),
        }
    }
}
