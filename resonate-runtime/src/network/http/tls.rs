//! Which certificates are trusted.

use std::sync::Arc;

use hyper_rustls::ConfigBuilderExt as _;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};

use super::HttpOptions;
use crate::network::{NetworkError, NetworkErrorKind};

/// The authorities given by hand, or those of the operating system (and of SSL_CERT_FILE).
pub(super) fn config(options: &HttpOptions) -> Result<ClientConfig, NetworkError> {
    let builder = builder()?;
    let builder = if options.authorities.is_empty() {
        builder.with_native_roots().map_err(|cause| {
            wrong("the operating system's certificate authorities cannot be read").because(cause)
        })?
    } else {
        builder.with_root_certificates(roots(&options.authorities)?)
    };
    Ok(builder.with_no_client_auth())
}

/// For a server without TLS.
pub(super) fn unused() -> Result<ClientConfig, NetworkError> {
    let roots = RootCertStore::empty();
    Ok(builder()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

fn builder() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, NetworkError> {
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|cause| wrong("TLS cannot be set up").because(cause))
}

fn roots(authorities: &[Vec<u8>]) -> Result<RootCertStore, NetworkError> {
    let mut roots = RootCertStore::empty();
    for pem in authorities {
        let before = roots.len();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate =
                certificate.map_err(|cause| wrong(NO_PEM).because(cause.to_string()))?;
            roots.add(certificate).map_err(|cause| {
                wrong("a certificate authority cannot be trusted").because(cause)
            })?;
        }
        if roots.len() == before {
            return Err(wrong(NO_PEM));
        }
    }
    Ok(roots)
}

const NO_PEM: &str =
    "a certificate authority is not a PEM file with a `-----BEGIN CERTIFICATE-----`";

fn wrong(message: &str) -> NetworkError {
    NetworkError::new(NetworkErrorKind::Config, message)
}
