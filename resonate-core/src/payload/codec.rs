//! How a JSON text becomes the data of a promise, and comes back.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::Json;
use crate::Value;

/// The way between a JSON text and the data of a promise; every process that shares promises
/// needs the same one.
pub trait Codec: Send + Sync {
    /// The value that carries `json`.
    ///
    /// # Errors
    /// When the codec cannot write it.
    fn encode(&self, json: &str) -> Result<Value, CodecError>;

    /// The JSON text that `value` carries; `None` when it carries none.
    ///
    /// # Errors
    /// When the data was not written by a codec like this one.
    fn decode(&self, value: &Value) -> Result<Option<Json>, CodecError>;
}

/// A cipher between the JSON bytes and their base64 form, as the Python, Go and Rust SDKs place
/// it (protocol §5.1).
pub trait Encryptor: Send + Sync {
    /// The bytes to keep instead of `plain`.
    ///
    /// # Errors
    /// Whatever the cipher reports.
    fn encrypt(&self, plain: &[u8]) -> Result<Vec<u8>, Cause>;

    /// The bytes that [`encrypt`](Self::encrypt) was given.
    ///
    /// # Errors
    /// Whatever the cipher reports, for example when the key is another one.
    fn decrypt(&self, kept: &[u8]) -> Result<Vec<u8>, Cause>;
}

/// What a codec or cipher reports of its own failure.
pub type Cause = Box<dyn Error + Send + Sync>;

/// The codec that all SDKs share: JSON, in UTF-8, in padded base64.
///
/// It reads what every SDK writes: absent and empty data carry no JSON text, `bnVsbA==` carries
/// `null`.
///
/// ```
/// use resonate_core::Value;
/// use resonate_core::payload::{Base64Json, Codec};
///
/// let codec = Base64Json::default();
/// assert_eq!(codec.encode("6").unwrap(), Value::of("Ng=="));
/// assert_eq!(codec.decode(&Value::of("Ng==")).unwrap().unwrap().get(), "6");
/// assert!(codec.decode(&Value::default()).unwrap().is_none());
/// ```
#[derive(Clone, Default)]
pub struct Base64Json {
    encryptor: Option<Arc<dyn Encryptor>>,
}

impl Base64Json {
    /// The same codec, with a cipher between the JSON bytes and their base64 form.
    #[must_use]
    pub fn with_encryptor(encryptor: Arc<dyn Encryptor>) -> Self {
        Self {
            encryptor: Some(encryptor),
        }
    }
}

impl fmt::Debug for Base64Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Base64Json")
            .field("encrypts", &self.encryptor.is_some())
            .finish()
    }
}

impl Codec for Base64Json {
    fn encode(&self, json: &str) -> Result<Value, CodecError> {
        let data = match &self.encryptor {
            None => BASE64.encode(json),
            Some(cipher) => BASE64.encode(
                cipher
                    .encrypt(json.as_bytes())
                    .map_err(|cause| CodecError::new(CodecStage::Encrypt, cause))?,
            ),
        };
        Ok(Value::of(data))
    }

    fn decode(&self, value: &Value) -> Result<Option<Json>, CodecError> {
        let Some(data) = value.data.as_deref().filter(|data| !data.is_empty()) else {
            return Ok(None);
        };
        let mut bytes = BASE64
            .decode(data)
            .map_err(|cause| CodecError::new(CodecStage::Base64, cause))?;
        if let Some(cipher) = &self.encryptor {
            bytes = cipher
                .decrypt(&bytes)
                .map_err(|cause| CodecError::new(CodecStage::Decrypt, cause))?;
        }
        serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|cause| CodecError::new(CodecStage::Json, cause))
    }
}

/// Data that could not be written or read. It says nothing about the promise: with the right
/// codec or key the same data may well be readable.
#[derive(Debug)]
pub struct CodecError {
    /// Where it failed.
    pub stage: CodecStage,
    /// What was reported there.
    pub cause: Cause,
}

/// Where a codec failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodecStage {
    /// The data is not base64.
    Base64,
    /// The bytes are not JSON.
    Json,
    /// The cipher refused to encrypt.
    Encrypt,
    /// The cipher refused to decrypt.
    Decrypt,
    /// In a codec of another kind.
    Other,
}

impl CodecError {
    /// A failure at `stage`.
    #[must_use]
    pub fn new(stage: CodecStage, cause: impl Into<Cause>) -> Self {
        Self {
            stage,
            cause: cause.into(),
        }
    }
}

impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.stage {
            CodecStage::Base64 => "the data is not base64",
            CodecStage::Json => "the data is not JSON (written with another codec or key?)",
            CodecStage::Encrypt => "the data could not be encrypted",
            CodecStage::Decrypt => "the data could not be decrypted",
            CodecStage::Other => "the codec failed",
        };
        write!(f, "{what}: {}", self.cause)
    }
}

impl Error for CodecError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.cause)
    }
}
