//! HTTP by hand, byte by byte: for what no client library would send.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How long a test waits before it says that nothing comes.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// A connection.
#[derive(Debug)]
pub struct Raw {
    reader: BufReader<TcpStream>,
}

/// The line and the headers of an answer.
#[derive(Clone, Debug)]
pub struct Head {
    /// The number in the first line.
    pub status: u16,
    headers: Vec<(String, String)>,
}

impl Head {
    /// A header by its name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }
}

impl Raw {
    /// Connects.
    ///
    /// # Panics
    /// When nobody listens.
    #[must_use]
    pub fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("somebody listens");
        stream.set_nodelay(true).expect("a socket can be set");
        stream
            .set_read_timeout(Some(PATIENCE))
            .expect("a socket can be set");
        stream
            .set_write_timeout(Some(PATIENCE))
            .expect("a socket can be set");
        Self {
            reader: BufReader::new(stream),
        }
    }

    /// The socket.
    #[must_use]
    pub fn socket(&self) -> &TcpStream {
        self.reader.get_ref()
    }

    /// Sends bytes. A peer that has closed is no failure: what it answered is still to be read.
    pub fn send(&mut self, bytes: &[u8]) -> bool {
        self.reader.get_mut().write_all(bytes).is_ok()
    }

    /// Reads the line and the headers of an answer; nothing when the peer closed instead.
    pub fn head(&mut self) -> Option<Head> {
        let first = self.line()?;
        let status = first.split(' ').nth(1)?.parse().ok()?;
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            match line.split_once(':') {
                Some((name, value)) => {
                    headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
                }
                None => return Some(Head { status, headers }),
            }
        }
    }

    /// Reads the next piece of a body that comes in pieces; nothing at its end.
    pub fn chunk(&mut self) -> Option<Vec<u8>> {
        let size = usize::from_str_radix(&self.line()?, 16).ok()?;
        let mut bytes = vec![0; size + 2];
        self.reader.read_exact(&mut bytes).ok()?;
        bytes.truncate(size);
        (size > 0).then_some(bytes)
    }

    /// Reads a whole answer.
    pub fn answer(&mut self) -> Option<(Head, String)> {
        let head = self.head()?;
        let length = head.header("content-length")?.parse().ok()?;
        let mut body = vec![0; length];
        self.reader.read_exact(&mut body).ok()?;
        Some((head, String::from_utf8(body).ok()?))
    }

    /// Waits until the peer closes, whatever it says before.
    ///
    /// # Panics
    /// When it never does.
    pub fn wait_closed(&mut self) {
        let mut rest = Vec::new();
        if let Err(error) = self.reader.read_to_end(&mut rest) {
            let kind = error.kind();
            let is_open = matches!(
                kind,
                std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
            );
            assert!(!is_open, "the connection is still open");
        }
    }

    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = self.reader.read_line(&mut line).ok()?;
        (read > 0).then(|| line.trim_end().to_owned())
    }
}
