//! A peer that speaks HTTP as a script says: for what clients make of wrong answers.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// A request as the peer read it.
#[derive(Clone, Debug)]
pub struct Asked {
    /// `POST` or `GET`.
    pub method: String,
    /// As the request line has it.
    pub path: String,
    /// By name in lower case.
    pub headers: Vec<(String, String)>,
    /// As it came.
    pub body: Vec<u8>,
    /// All of it, as it came.
    pub bytes: Vec<u8>,
}

/// What the peer does with a request.
#[derive(Debug)]
pub enum Reply {
    /// Sends these bytes, and closes.
    Bytes(Vec<u8>),
    /// Sends these bytes, and says no more.
    Hang(Vec<u8>),
    /// Sends what comes here, and closes at its end.
    Fed(mpsc::UnboundedReceiver<Vec<u8>>),
}

/// The peer. It ends when it is dropped.
#[derive(Debug)]
pub struct Stub {
    url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    serving: JoinHandle<()>,
}

impl Stub {
    /// A peer on a free port of this machine.
    ///
    /// # Panics
    /// When there is none.
    pub async fn start(script: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it listens somewhere");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (script, log) = (Arc::new(script), Arc::clone(&asked));
        let serving = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (script, log) = (Arc::clone(&script), Arc::clone(&log));
                connections.spawn(async move {
                    // A client that goes away is its own business.
                    let _gone = serve(stream, &*script, &log).await;
                });
            }
        });
        Self {
            url: format!("http://{address}"),
            asked,
            serving,
        }
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Everything that was asked so far.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        lock(&self.asked).clone()
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(
    mut stream: TcpStream,
    script: &(dyn Fn(&Asked) -> Reply + Send + Sync),
    log: &Mutex<Vec<Asked>>,
) -> io::Result<()> {
    let Some(asked) = Asked::read(&mut stream).await? else {
        return Ok(());
    };
    lock(log).push(asked.clone());
    match script(&asked) {
        Reply::Bytes(bytes) => stream.write_all(&bytes).await?,
        Reply::Hang(bytes) => {
            stream.write_all(&bytes).await?;
            std::future::pending::<()>().await;
        }
        Reply::Fed(mut pieces) => {
            while let Some(piece) = pieces.recv().await {
                stream.write_all(&piece).await?;
                stream.flush().await?;
            }
        }
    }
    stream.shutdown().await
}

impl Asked {
    /// The next request of a connection; `None` at its end.
    ///
    /// # Errors
    /// As the connection's.
    pub async fn read(from: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Self>> {
        let Some((head, mut bytes)) = read_head(from).await? else {
            return Ok(None);
        };
        let mut lines = head.split("\r\n");
        let mut first = lines
            .next()
            .unwrap_or_default()
            .split(' ')
            .map(str::to_owned);
        let (method, path) = (
            first.next().unwrap_or_default(),
            first.next().unwrap_or_default(),
        );
        let headers = headers(lines);
        let body = read_body(from, &headers).await?;
        bytes.extend(&body);
        Ok(Some(Self {
            method,
            path,
            headers,
            body,
            bytes,
        }))
    }

    /// A header's value.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The body as JSON; null if it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The kind of the request in the body.
    #[must_use]
    pub fn kind(&self) -> String {
        self.json()["kind"].as_str().unwrap_or_default().to_owned()
    }

    /// The protocol's answer to this request.
    #[must_use]
    pub fn answer(&self, status: u16, data: &Value) -> Vec<u8> {
        let asked = self.json();
        let head =
            json!({ "corrId": asked["head"]["corrId"], "status": status, "version": "2026-04-01" });
        let frame = json!({ "kind": asked["kind"], "head": head, "data": data });
        http(
            &format!("{status} X"),
            &["content-type: application/json"],
            frame.to_string().as_bytes(),
        )
    }
}

/// A whole answer of HTTP, after which the connection closes.
#[must_use]
pub fn http(status: &str, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let mut head = format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n",
        body.len()
    );
    for header in headers {
        head.push_str(header);
        head.push_str("\r\n");
    }
    head.push_str("\r\n");
    [head.as_bytes(), body].concat()
}

/// How the answer to a request for messages begins.
pub const EVENTS: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";

/// The head of a request or an answer of HTTP, as text and as it came.
async fn read_head(from: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<(String, Vec<u8>)>> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        match from.read_u8().await {
            Ok(byte) => bytes.push(byte),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(error),
        }
    }
    let head = String::from_utf8_lossy(&bytes).trim_end().to_owned();
    Ok(Some((head, bytes)))
}

fn headers<'l>(lines: impl Iterator<Item = &'l str>) -> Vec<(String, String)> {
    lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect()
}

async fn read_body(
    from: &mut (impl AsyncRead + Unpin),
    headers: &[(String, String)],
) -> io::Result<Vec<u8>> {
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length
        .and_then(|(_, value)| value.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    from.read_exact(&mut body).await?;
    Ok(body)
}

/// Sends a request to a server as it came, and reads its whole answer. The answer has to tell
/// its length.
///
/// # Errors
/// As the connection's.
pub async fn forward<S: AsyncRead + AsyncWrite + Unpin>(
    to: &mut S,
    asked: &Asked,
) -> io::Result<Vec<u8>> {
    to.write_all(&asked.bytes).await?;
    let Some((head, mut bytes)) = read_head(to).await? else {
        return Err(io::ErrorKind::UnexpectedEof.into());
    };
    let headers = headers(head.split("\r\n").skip(1));
    bytes.extend(read_body(to, &headers).await?);
    Ok(bytes)
}
