//! Somebody who is pushed to.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};

use serde_json::Value;

use super::raw::PATIENCE;

/// A request that came.
#[derive(Clone, Debug)]
pub struct Pushed {
    /// The first line.
    pub line: String,
    /// The headers, in lower case.
    pub headers: String,
    /// The body.
    pub body: Value,
}

/// A server that answers every push alike, and remembers them.
#[derive(Debug)]
pub struct Sink {
    /// Where it is.
    pub url: String,
    pushed: Receiver<Pushed>,
}

impl Sink {
    /// One that answers with this first line: `200 OK`.
    ///
    /// # Panics
    /// When no port is free.
    #[must_use]
    pub fn answering(status: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it has an address");
        let (said, pushed) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mut reader = BufReader::new(stream);
                let Some(request) = read(&mut reader) else {
                    continue;
                };
                let answer =
                    format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                let told = reader.get_mut().write_all(answer.as_bytes());
                if told.is_err() || said.send(request).is_err() {
                    return;
                }
            }
        });
        Self {
            url: format!("http://{address}"),
            pushed,
        }
    }

    /// The next push.
    ///
    /// # Panics
    /// When none comes.
    #[must_use]
    pub fn next(&self) -> Pushed {
        let pushed = self.pushed.recv_timeout(PATIENCE);
        pushed.expect("a message is pushed")
    }

    /// A push that came already.
    #[must_use]
    pub fn waiting(&self) -> Option<Pushed> {
        self.pushed.try_recv().ok()
    }
}

fn read(reader: &mut impl BufRead) -> Option<Pushed> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let (mut headers, mut length) = (String::new(), 0);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let header = header.trim_end().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        headers += &header;
        headers.push('\n');
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Pushed {
        line: line.trim_end().to_owned(),
        headers,
        body: serde_json::from_slice(&body).ok()?,
    })
}
