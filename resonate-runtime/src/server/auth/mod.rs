//! Who may ask what (protocol §1.5).

#[cfg(feature = "jwt")]
mod jwt;
mod token;

use hyper::HeaderMap;
use hyper::header::AUTHORIZATION;
use resonate_core::protocol::envelope::Envelope;
use resonate_core::protocol::{Refusal, Status};

#[cfg(feature = "jwt")]
pub use jwt::PublicKey;
#[cfg(feature = "jwt")]
pub(super) use jwt::Verifier;
pub(super) use token::Token;

/// What a server asks of its callers.
#[derive(Debug, Default)]
pub(super) enum Gate {
    /// Nothing.
    #[default]
    Open,
    /// One token that all callers know.
    Token(Token),
    /// A token that the owner of a key signed.
    #[cfg(feature = "jwt")]
    Signed(Verifier),
}

/// What a caller may ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pass {
    /// Everything.
    Everything,
    /// What concerns ids that begin so; without a prefix nothing.
    #[cfg(feature = "jwt")]
    Prefix(Option<String>),
}

impl Gate {
    /// Whether anybody may ask anything.
    pub(super) fn is_open(&self) -> bool {
        matches!(self, Self::Open)
    }

    /// Judges a token. All refusals look alike.
    pub(super) fn admit(&self, token: Option<&str>) -> Result<Pass, Refusal> {
        let unauthorized = || Refusal::new(Status::Unauthorized, "Unauthorized");
        match self {
            Self::Open => Ok(Pass::Everything),
            Self::Token(expected) => token
                .filter(|token| expected.is(token))
                .map(|_| Pass::Everything)
                .ok_or_else(unauthorized),
            #[cfg(feature = "jwt")]
            Self::Signed(verifier) => token
                .and_then(|token| verifier.verify(token))
                .ok_or_else(unauthorized),
        }
    }
}

impl Pass {
    /// Judges what the request concerns: every id of it has to be allowed, and a request that
    /// names none is for those who may ask everything.
    #[cfg_attr(
        not(feature = "jwt"),
        expect(
            clippy::unused_self,
            clippy::unnecessary_wraps,
            reason = "without signed tokens every pass is for everything"
        )
    )]
    pub(super) fn check(&self, request: &Envelope) -> Result<(), Refusal> {
        #[cfg(feature = "jwt")]
        if let Self::Prefix(prefix) = self {
            let ids = request.resource_ids();
            let is_allowed = prefix.as_ref().is_some_and(|prefix| {
                prefix.is_empty()
                    || (!ids.is_empty() && ids.iter().all(|id| id.starts_with(prefix)))
            });
            if !is_allowed {
                return Err(Refusal::new(Status::Forbidden, "Forbidden"));
            }
        }
        let _ = request;
        Ok(())
    }
}

/// The token of an `Authorization: Bearer` header.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim_start_matches(' '))
}
