//! A secret that never shows.

use std::fmt;

use subtle::ConstantTimeEq;

/// A token that callers and server share.
#[derive(Clone)]
pub(in crate::server) struct Token(String);

impl Token {
    pub(in crate::server) fn new(token: impl Into<String>) -> Self {
        Self(token.into())
    }

    /// How many characters it has.
    pub(in crate::server) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether `token` is it. How long that takes says no more than the token's length.
    pub(super) fn is(&self, token: &str) -> bool {
        self.0.as_bytes().ct_eq(token.as_bytes()).into()
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
    fn a_token_does_not_show_itself() {
        assert_eq!(format!("{:?}", Token::new("s3cret")), "***");
    }

    #[test]
    fn only_the_whole_token_in_its_own_case_is_the_token() {
        let token = Token::new("s3cret-Token");
        assert!(token.is("s3cret-Token"));
        for other in [
            "",
            "s3cret",
            "s3cret-Token ",
            "s3cret-Tokens",
            "S3CRET-TOKEN",
        ] {
            assert!(!token.is(other), "{other:?}");
        }
    }
}
