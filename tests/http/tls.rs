//! Servers behind TLS: whose certificate is trusted, and what is said when it is not.
#![allow(clippy::unwrap_used)]

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Response, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use resonate::network::{Http, HttpOptions, Network as _, NetworkError, NetworkErrorKind as Kind};
use resonate_core::protocol::{PromiseGet, Request};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// A server that answers everything with 404, and the authority that vouches for it.
struct Secure {
    url: String,
    authority: String,
    versions: Arc<Mutex<Vec<Version>>>,
}

async fn secure(name: &str, offers: &[&str]) -> Secure {
    let key = rcgen::generate_simple_self_signed(vec![name.to_owned()]).unwrap();
    let authority = key.cert.pem();
    let secret = PrivateKeyDer::try_from(key.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![key.cert.der().clone()], secret)
        .unwrap();
    config.alpn_protocols = offers
        .iter()
        .map(|offer| offer.as_bytes().to_vec())
        .collect();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!(
        "https://localhost:{}",
        listener.local_addr().unwrap().port()
    );
    let versions = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&versions);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, seen) = (acceptor.clone(), Arc::clone(&seen));
            tokio::spawn(async move {
                // A client that does not trust it goes away.
                let Ok(stream) = acceptor.accept(stream).await else {
                    return;
                };
                let answering = service_fn(move |request| answer(request, Arc::clone(&seen)));
                let connection = auto::Builder::new(TokioExecutor::new());
                let served = connection.serve_connection(TokioIo::new(stream), answering);
                let _gone = served.await;
            });
        }
    });
    Secure {
        url,
        authority,
        versions,
    }
}

async fn answer(
    request: hyper::Request<Incoming>,
    seen: Arc<Mutex<Vec<Version>>>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    seen.lock().unwrap().push(request.version());
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let asked: Value = serde_json::from_slice(&body).unwrap();
    let head = json!({ "corrId": asked["head"]["corrId"], "status": 404, "version": "2026-04-01" });
    let frame = json!({ "kind": asked["kind"], "head": head, "data": "not found" });
    Ok(Response::new(Full::from(frame.to_string())))
}

async fn look(options: &HttpOptions) -> Result<(), NetworkError> {
    let get = || Request::PromiseGet(PromiseGet { id: "p".into() });
    let network = Http::new(options)?;
    for _ in 0..3 {
        let answers = network.call(vec![get()]).await?;
        assert_eq!(answers[0].as_ref().unwrap_err().status.code(), 404);
    }
    Ok(())
}

#[tokio::test]
async fn the_newest_http_that_the_server_offers_is_spoken() {
    let table: [(&[&str], Version); 3] = [
        (&["h2", "http/1.1"], Version::HTTP_2),
        (&["http/1.1"], Version::HTTP_11),
        (&[], Version::HTTP_11),
    ];
    for (offers, version) in table {
        let server = secure("localhost", offers).await;
        let options = HttpOptions::new(&server.url).certificate_authority(server.authority);
        look(&options).await.unwrap();
        assert_eq!(*server.versions.lock().unwrap(), [version; 3], "{offers:?}");
    }
}

/// Where something answers that knows nothing of TLS.
async fn plain() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            stream
                .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                .await
                .unwrap();
        }
    });
    format!("https://{address}")
}

#[tokio::test]
async fn a_peer_that_cannot_be_trusted_is_not_spoken_to() {
    let server = secure("localhost", &[]).await;
    let elsewhere = secure("elsewhere.example", &[]).await;
    let plain = plain().await;
    let table = [
        (HttpOptions::new(&server.url), ".certificate_authority(..)"),
        (
            HttpOptions::new(&elsewhere.url).certificate_authority(elsewhere.authority.clone()),
            "Correct the URL's host",
        ),
        (HttpOptions::new(plain), "write `http` in the URL"),
    ];
    for (options, remedy) in table {
        let error = look(&options).await.unwrap_err();
        let said = error.to_string();
        assert_eq!(error.kind(), Kind::Tls, "{said}");
        assert!(error.is_permanent());
        assert!(said.contains("https://") && said.contains(remedy), "{said}");
    }
    assert!(server.versions.lock().unwrap().is_empty());
}

#[tokio::test]
async fn an_authority_that_is_none_is_refused() {
    for text in [
        "",
        "nonsense",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ] {
        let options = HttpOptions::new("https://localhost:1").certificate_authority(text);
        let error = look(&options).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Config, "{text}: {error}");
    }
}

#[tokio::test]
async fn plain_http_to_a_server_behind_tls_says_so() {
    let server = secure("localhost", &[]).await;
    let url = server.url.replace("https", "http");
    let error = look(&HttpOptions::new(url)).await.unwrap_err().to_string();
    assert!(error.contains("does it want `https`?"), "{error}");
}
