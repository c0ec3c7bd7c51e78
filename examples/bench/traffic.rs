//! A way to a server that counts what passes: requests and bytes.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use resonate::prelude::{Error, Result};

use crate::measure::number;

/// What ends the first line of a request, and stands nowhere else in it: in JSON a line's end is
/// written `\n`.
const MARK: &[u8] = b" HTTP/1.1\r\n";

/// A listener on this machine, and a server behind it.
pub struct Proxy {
    address: SocketAddr,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    requests: AtomicU64,
    sent: AtomicU64,
    received: AtomicU64,
}

/// What passed, as a client sees it.
pub struct Traffic {
    pub requests: f64,
    pub sent: f64,
    pub received: f64,
}

impl Proxy {
    /// A proxy to the server at this URL, which has no path and no TLS. It lives as long as this
    /// process.
    pub fn to(url: &str) -> Result<Self> {
        let server = url
            .strip_prefix("http://")
            .map(|it| it.trim_end_matches('/'));
        let server = server.filter(|it| it.contains(':')).map(str::to_owned);
        let server = server.ok_or_else(|| Error::new(format!("{url} is not http://host:port")))?;
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let counts = Arc::new(Counts::default());
        let counting = Arc::clone(&counts);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if let Ok(server) = TcpStream::connect(&server) {
                    // A connection that cannot be doubled is one that just broke.
                    let _broken = join(&client, &server, &counting);
                }
            }
        });
        Ok(Self { address, counts })
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn traffic(&self) -> Traffic {
        let read = |count: &AtomicU64| number(count.load(Ordering::Relaxed));
        Traffic {
            requests: read(&self.counts.requests),
            sent: read(&self.counts.sent),
            received: read(&self.counts.received),
        }
    }
}

fn join(client: &TcpStream, server: &TcpStream, counts: &Arc<Counts>) -> std::io::Result<()> {
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from, to, counted) = (client.try_clone()?, server.try_clone()?, Arc::clone(counts));
    thread::spawn(move || {
        let mut seen = 0;
        carry(from, to, |bytes| {
            counted.sent.fetch_add(length(bytes), Ordering::Relaxed);
            let found = marks(bytes, &mut seen);
            counted.requests.fetch_add(found, Ordering::Relaxed);
        });
    });
    let (from, to, counted) = (server.try_clone()?, client.try_clone()?, Arc::clone(counts));
    thread::spawn(move || {
        carry(from, to, |bytes| {
            counted.received.fetch_add(length(bytes), Ordering::Relaxed);
        });
    });
    Ok(())
}

fn length(bytes: &[u8]) -> u64 {
    bytes.len().try_into().unwrap_or(u64::MAX)
}

/// Carries bytes until one side is done.
fn carry(mut from: TcpStream, mut to: TcpStream, mut passes: impl FnMut(&[u8])) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        let bytes = buffer.get(..count).unwrap_or_default();
        passes(bytes);
        if to.write_all(bytes).is_err() {
            break;
        }
    }
    // It may be closed already.
    let _closed = to.shutdown(Shutdown::Write);
}

/// How many marks end in these bytes, `seen` bytes of one having come before. No prefix of the
/// mark but its first byte comes again within it, so a mismatch starts anew.
fn marks(bytes: &[u8], seen: &mut usize) -> u64 {
    let mut found = 0;
    for byte in bytes {
        if MARK.get(*seen) != Some(byte) {
            *seen = 0;
        }
        if MARK.get(*seen) == Some(byte) {
            *seen += 1;
        }
        if *seen == MARK.len() {
            *seen = 0;
            found += 1;
        }
    }
    found
}
