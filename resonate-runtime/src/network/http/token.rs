//! The secret that a server asks for.

use std::fmt;

use http::HeaderValue;

use crate::network::{NetworkError, NetworkErrorKind};

/// A bearer token. It is written to the wire and nowhere else.
#[derive(Clone)]
pub(crate) struct Token(String);

impl Token {
    /// The token, with or without `Bearer` before it.
    pub(crate) fn new(token: impl Into<String>) -> Self {
        let token = token.into();
        let bare = token.trim();
        let after = bare
            .strip_prefix("Bearer")
            .filter(|after| after.is_empty() || after.starts_with(' '));
        Self(after.unwrap_or(bare).trim_start().to_owned())
    }

    /// As the head of an envelope carries it.
    pub(super) fn bare(&self) -> &str {
        &self.0
    }

    /// As the `Authorization` header carries it.
    pub(super) fn header(&self) -> Result<HeaderValue, NetworkError> {
        let wrong = |problem: &str| {
            NetworkError::new(
                NetworkErrorKind::Config,
                format!("the token {problem}: take it as the server's operator gave it"),
            )
        };
        if self.0.is_empty() {
            return Err(wrong("is empty"));
        }
        let mut value = HeaderValue::try_from(format!("Bearer {}", self.0))
            .map_err(|_| wrong("holds a character that no header can carry"))?;
        value.set_sensitive(true);
        Ok(value)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::Token;

    #[test]
    fn a_token_is_never_shown() {
        let token = Token::new("Bearer s3cret");
        assert_eq!(token.bare(), "s3cret");
        let header = token.header().unwrap();
        assert_eq!(header.to_str().unwrap(), "Bearer s3cret");
        assert_eq!(format!("{token:?} {token:#?}"), "*** ***");
        assert!(!format!("{header:?}").contains("s3cret"));
    }

    #[test]
    fn a_token_that_no_header_can_carry_is_refused_without_being_shown() {
        for wrong in ["", "Bearer ", "a\nb", "s3cret\u{7f}"] {
            let error = Token::new(wrong).header().unwrap_err().to_string();
            assert!(error.starts_with("the token "), "{error}");
            assert!(!error.contains("s3cret"), "{error}");
        }
    }
}
