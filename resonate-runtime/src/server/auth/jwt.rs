//! Tokens that the owner of a key signed: JSON Web Tokens, as the Resonate Server takes them.

use std::fmt;

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::Value;

use super::Pass;
use crate::error::{Error, Kind, Result};

/// A public key in PEM, with which tokens are verified: RSA (RS and PS, 256 to 512), EC (ES256,
/// ES384) or Ed25519 (EdDSA).
///
/// A token has to say when it expires (`exp`; 60 s of difference between clocks are forgiven).
/// With the claim `role` = `admin` its bearer may ask everything, with the claim `prefix` what
/// concerns ids that begin so.
#[derive(Clone)]
pub struct PublicKey {
    pem: Vec<u8>,
    issuer: Option<String>,
    audience: Option<String>,
}

impl PublicKey {
    /// The key, as the bytes of its PEM file.
    pub fn pem(pem: impl Into<Vec<u8>>) -> Self {
        Self {
            pem: pem.into(),
            issuer: None,
            audience: None,
        }
    }

    /// Who has to have issued a token (`iss`).
    #[must_use]
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// Whom a token has to be meant for (`aud`).
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = Some(audience.into());
        self
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicKey")
            .field("issuer", &self.issuer)
            .field("audience", &self.audience)
            .finish_non_exhaustive()
    }
}

/// Verifies tokens with one key.
pub(in crate::server) struct Verifier {
    key: DecodingKey,
    algorithms: &'static [Algorithm],
    issuer: Option<String>,
    audience: Option<String>,
}

const RSA: &[Algorithm] = &[
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
];
const EC: &[Algorithm] = &[Algorithm::ES256, Algorithm::ES384];
const ED: &[Algorithm] = &[Algorithm::EdDSA];

/// The claims that decide. Anything else is the issuer's business.
#[derive(Deserialize)]
struct Claims {
    role: Option<Value>,
    prefix: Option<Value>,
}

impl Verifier {
    pub(in crate::server) fn new(key: PublicKey) -> Result<Self> {
        let PublicKey {
            pem,
            issuer,
            audience,
        } = key;
        let read = DecodingKey::from_rsa_pem(&pem)
            .map(|key| (key, RSA))
            .or_else(|_| DecodingKey::from_ec_pem(&pem).map(|key| (key, EC)))
            .or_else(|_| DecodingKey::from_ed_pem(&pem).map(|key| (key, ED)));
        let (key, algorithms) = read.map_err(|_| {
            let message =
                "the public key is not a PEM file with an RSA, EC or Ed25519 public key in it";
            Error::of(Kind::Config, message)
        })?;
        Ok(Self {
            key,
            algorithms,
            issuer,
            audience,
        })
    }

    /// What the bearer of `token` may ask; nothing when it is not a valid token.
    pub(super) fn verify(&self, token: &str) -> Option<Pass> {
        let algorithm = decode_header(token).ok()?.alg;
        if !self.algorithms.contains(&algorithm) {
            return None;
        }
        let mut rules = Validation::new(algorithm);
        rules.validate_nbf = true;
        let mut required = vec!["exp"];
        if let Some(issuer) = &self.issuer {
            rules.set_issuer(&[issuer]);
            required.push("iss");
        }
        rules.validate_aud = self.audience.is_some();
        if let Some(audience) = &self.audience {
            rules.set_audience(&[audience]);
            required.push("aud");
        }
        rules.set_required_spec_claims(&required);
        let Claims { role, prefix } = decode(token, &self.key, &rules).ok()?.claims;
        let is_admin = role.as_ref().and_then(Value::as_str);
        if is_admin.is_some_and(|role| role.eq_ignore_ascii_case("admin")) {
            return Some(Pass::Everything);
        }
        let prefix = prefix.as_ref().and_then(Value::as_str);
        Some(Pass::Prefix(prefix.map(str::to_owned)))
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("algorithms", &self.algorithms)
            .finish_non_exhaustive()
    }
}
