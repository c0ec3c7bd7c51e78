//! The engine as an HTTP server, for clients and workers of any language.
//!
//! ```text
//! cargo run --example serve -- --port 8001 --db resonate.db
//! ```

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Duration;

use resonate::Server;
use resonate::prelude::*;
use resonate::server::{PublicKey, ServerBuilder};
use resonate_core::engine::Config;
use tracing_subscriber::EnvFilter;

const HELP: &str = "\
The Resonate engine as an HTTP server: for development, tests and single machines.

    serve [--host ADDRESS] [--port PORT] [--db FILE | --memory] …

    --host ADDRESS          where to listen (127.0.0.1)
    --port PORT             the port (8001; 0 is any that is free)
    --db FILE               keep everything in this SQLite file (resonate.db)
    --memory                keep everything in memory
    --token TOKEN           the token that callers show; also RESONATE_TOKEN
    --public-key FILE       the key (PEM) that callers' tokens are signed with
    --issuer TEXT           who has to have issued them
    --audience TEXT         whom they have to be meant for
    --insecure-no-auth      let anybody in, though others reach this machine
    --public-url URL        where workers that are pushed to call back
    --cors ORIGIN           web pages that may ask; `*` is any; may be repeated
    --no-push               deliver nothing to http and https addresses
    --retry MILLISECONDS    how long an offer waits before it is made again (30000)
    --debug                 let callers set the clock, see and delete everything
";

#[derive(Default)]
struct Options {
    host: Option<IpAddr>,
    port: Option<u16>,
    db: Option<PathBuf>,
    memory: bool,
    token: Option<String>,
    public_key: Option<PathBuf>,
    issuer: Option<String>,
    audience: Option<String>,
    public_url: Option<String>,
    cors: Vec<String>,
    insecure: bool,
    no_push: bool,
    debug: bool,
    retry: Option<Duration>,
    help: bool,
}

impl Options {
    fn read(arguments: Vec<OsString>) -> Result<Self, lexopt::Error> {
        use lexopt::prelude::*;

        let mut options = Self {
            token: std::env::var("RESONATE_TOKEN").ok(),
            ..Self::default()
        };
        let mut parser = lexopt::Parser::from_args(arguments);
        while let Some(argument) = parser.next()? {
            match argument {
                Long("host") => options.host = Some(parser.value()?.parse()?),
                Long("port") => options.port = Some(parser.value()?.parse()?),
                Long("db") => options.db = Some(parser.value()?.into()),
                Long("memory") => options.memory = true,
                Long("token") => options.token = Some(parser.value()?.string()?),
                Long("public-key") => options.public_key = Some(parser.value()?.into()),
                Long("issuer") => options.issuer = Some(parser.value()?.string()?),
                Long("audience") => options.audience = Some(parser.value()?.string()?),
                Long("insecure-no-auth") => options.insecure = true,
                Long("public-url") => options.public_url = Some(parser.value()?.string()?),
                Long("cors") => options.cors.push(parser.value()?.string()?),
                Long("no-push") => options.no_push = true,
                Long("retry") => {
                    options.retry = Some(Duration::from_millis(parser.value()?.parse()?));
                }
                Long("debug") => options.debug = true,
                Short('h') | Long("help") => options.help = true,
                Short(_) | Long(_) | Value(_) => return Err(argument.unexpected()),
            }
        }
        Ok(options)
    }

    fn builder(self) -> Result<ServerBuilder> {
        let host = self.host.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let mut builder = Server::builder()
            .bind((host, self.port.unwrap_or(8001)))
            .debug(self.debug)
            .push(!self.no_push);
        if !self.memory {
            builder = builder.path(self.db.unwrap_or_else(|| "resonate.db".into()));
        }
        if let Some(token) = self.token {
            builder = builder.token(token);
        }
        if let Some(path) = self.public_key {
            let pem = std::fs::read(&path)
                .map_err(|error| Error::new(format!("{}: {error}", path.display())))?;
            let mut key = PublicKey::pem(pem);
            if let Some(issuer) = self.issuer {
                key = key.issuer(issuer);
            }
            if let Some(audience) = self.audience {
                key = key.audience(audience);
            }
            builder = builder.public_key(key);
        }
        if self.insecure {
            builder = builder.insecure_no_auth();
        }
        if let Some(url) = self.public_url {
            builder = builder.public_url(url);
        }
        if let Some(retry_every) = self.retry {
            builder = builder.engine(Config {
                retry_every,
                ..Config::default()
            });
        }
        Ok(self.cors.into_iter().fold(builder, ServerBuilder::cors))
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    tracing_subscriber::fmt()
        .with_env_filter(
            EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info")),
        )
        .with_writer(std::io::stderr)
        .init();
    let options = Options::read(std::env::args_os().skip(1).collect()).map_err(Error::new)?;
    if options.help {
        println!("{HELP}");
        return Ok(());
    }
    let server = options.builder()?.start().await?;
    println!("{}", server.url());
    stopped().await;
    server.shutdown().await;
    Ok(())
}

/// Ends when this process is told to end.
async fn stopped() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _told = tokio::signal::ctrl_c().await;
}
