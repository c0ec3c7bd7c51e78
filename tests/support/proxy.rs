//! A bad line between a client and a server: requests and answers get lost, cut, late or doubled,
//! and streams of messages end, all as a seed says.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use crate::random::Random;
use crate::stub::{Asked, forward};

/// What happens to one request.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Passes,
    IsLost,
    AnswerIsLost,
    AnswerIsCut,
    IsDoubled,
    IsLate,
}

/// The line. It is gone when it is dropped.
#[derive(Debug)]
pub struct Proxy {
    url: String,
    line: Arc<Line>,
    serving: JoinHandle<()>,
}

#[derive(Debug)]
struct Line {
    server: SocketAddr,
    random: Mutex<Random>,
    /// How many requests of 100 something happens to.
    percent: usize,
    bad: AtomicBool,
    spoiled: AtomicU64,
}

impl Proxy {
    /// A line to `server` on which something happens to `percent` of 100 requests.
    ///
    /// # Panics
    /// When there is no free port.
    pub async fn start(server: SocketAddr, percent: usize, seed: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it listens somewhere");
        let line = Arc::new(Line {
            server,
            random: Mutex::new(Random::new(seed)),
            percent,
            bad: AtomicBool::new(true),
            spoiled: AtomicU64::new(0),
        });
        let shared = Arc::clone(&line);
        let serving = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let line = Arc::clone(&shared);
                connections.spawn(async move {
                    // A line that breaks is what this is for.
                    let _broken = line.carry(stream).await;
                });
            }
        });
        Self {
            url: format!("http://{address}"),
            line,
            serving,
        }
    }

    /// Where it begins.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// From here on nothing goes wrong.
    pub fn heal(&self) {
        self.line.bad.store(false, Ordering::Relaxed);
    }

    /// How many requests something happened to.
    #[must_use]
    pub fn spoiled(&self) -> u64 {
        self.line.spoiled.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Line {
    async fn carry(&self, mut client: TcpStream) -> io::Result<()> {
        client.set_nodelay(true)?;
        while let Some(asked) = Asked::read(&mut client).await? {
            if asked.method == "GET" {
                return self.stream(client, &asked).await;
            }
            let Some(answer) = self.request(&asked).await? else {
                return Ok(());
            };
            client.write_all(&answer.bytes).await?;
            if answer.is_last {
                return client.shutdown().await;
            }
        }
        Ok(())
    }

    /// What comes back of a request, if anything does.
    async fn request(&self, asked: &Asked) -> io::Result<Option<Carried>> {
        let whole = |bytes| Carried {
            bytes,
            is_last: false,
        };
        let answer = match self.fate() {
            Fate::IsLost => return Ok(None),
            Fate::Passes => self.ask(asked).await?,
            Fate::AnswerIsLost => {
                self.ask(asked).await?;
                return Ok(None);
            }
            Fate::AnswerIsCut => {
                let mut bytes = self.ask(asked).await?;
                bytes.truncate(self.below(bytes.len()));
                return Ok(Some(Carried {
                    bytes,
                    is_last: true,
                }));
            }
            Fate::IsDoubled => {
                self.ask(asked).await?;
                self.ask(asked).await?
            }
            Fate::IsLate => {
                tokio::time::sleep(Duration::from_millis(30)).await;
                self.ask(asked).await?
            }
        };
        Ok(Some(whole(answer)))
    }

    async fn ask(&self, asked: &Asked) -> io::Result<Vec<u8>> {
        let mut server = TcpStream::connect(self.server).await?;
        forward(&mut server, asked).await
    }

    /// A stream of messages, which ends after some bytes while the line is bad.
    async fn stream(&self, mut client: TcpStream, asked: &Asked) -> io::Result<()> {
        let mut server = TcpStream::connect(self.server).await?;
        server.write_all(&asked.bytes).await?;
        let mut left = 200 + self.below(3000);
        let mut buffer = [0; 512];
        loop {
            let mut gone = [0; 1];
            let read = tokio::select! {
                read = server.read(&mut buffer) => read?,
                _ = client.read(&mut gone) => return Ok(()),
            };
            if read == 0 {
                return client.shutdown().await;
            }
            let passes = if self.bad.load(Ordering::Relaxed) {
                read.min(left)
            } else {
                read
            };
            client.write_all(&buffer[..passes]).await?;
            left -= passes;
            if passes < read {
                self.spoiled.fetch_add(1, Ordering::Relaxed);
                return client.shutdown().await;
            }
            if !self.bad.load(Ordering::Relaxed) {
                left = usize::MAX;
            }
        }
    }

    fn fate(&self) -> Fate {
        let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.bad.load(Ordering::Relaxed) || !random.chance(self.percent) {
            return Fate::Passes;
        }
        self.spoiled.fetch_add(1, Ordering::Relaxed);
        *random.pick(&[
            Fate::IsLost,
            Fate::AnswerIsLost,
            Fate::AnswerIsCut,
            Fate::IsDoubled,
            Fate::IsLate,
        ])
    }

    fn below(&self, end: usize) -> usize {
        let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        random.below(end.max(1))
    }
}

/// What the client gets.
struct Carried {
    bytes: Vec<u8>,
    is_last: bool,
}
