//! The engine as an HTTP server, for clients and workers of any language.
//!
//! ```text
//! cargo run --example serve -- --port 8001 --db resonate.db
//! ```

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
    --retain SECONDS        delete executions that finished longer ago (never)
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
    retain: Option<Duration>,
    help: bool,
}

impl Options {
    fn read() -> Result<Self> {
        let mut args = pico_args::Arguments::from_env();
        let token = args.opt_value_from_str("--token").map_err(Error::new)?;
        let retain: Option<u64> = args.opt_value_from_str("--retain").map_err(Error::new)?;
        let retry: Option<u64> = args.opt_value_from_str("--retry").map_err(Error::new)?;
        let options = Self {
            help: args.contains(["-h", "--help"]),
            memory: args.contains("--memory"),
            insecure: args.contains("--insecure-no-auth"),
            no_push: args.contains("--no-push"),
            debug: args.contains("--debug"),
            host: args.opt_value_from_str("--host").map_err(Error::new)?,
            port: args.opt_value_from_str("--port").map_err(Error::new)?,
            db: args.opt_value_from_str("--db").map_err(Error::new)?,
            token: token.or_else(|| std::env::var("RESONATE_TOKEN").ok()),
            public_key: args
                .opt_value_from_str("--public-key")
                .map_err(Error::new)?,
            issuer: args.opt_value_from_str("--issuer").map_err(Error::new)?,
            audience: args.opt_value_from_str("--audience").map_err(Error::new)?,
            public_url: args
                .opt_value_from_str("--public-url")
                .map_err(Error::new)?,
            cors: args.values_from_str("--cors").map_err(Error::new)?,
            retry: retry.map(Duration::from_millis),
            retain: retain.map(Duration::from_secs),
        };
        match args.finish().first() {
            None => Ok(options),
            Some(unknown) => Err(Error::new(format!("unknown option {}", unknown.display()))),
        }
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
        if let Some(retention) = self.retain {
            builder = builder.retain(retention);
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
    let options = Options::read()?;
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
