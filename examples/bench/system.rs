//! What is measured: this project, and programs that do the same with others. Each run is a
//! process of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use resonate::prelude::{Error, Result};

use crate::measure::Figures;
use crate::scenario::Case;
use crate::traffic::Proxy;

/// How often it is looked whether a run has ended.
const LOOK: Duration = Duration::from_millis(2);

/// Somebody to be measured.
#[derive(Clone, Copy)]
pub enum System {
    /// This program.
    Ours,
    /// A program in `peers`.
    Peer(&'static Peer),
}

/// A program in `peers`, which does the scenarios with something else.
pub struct Peer {
    pub name: &'static str,
    /// Where it runs of what a scenario may be run on.
    stores: &'static [&'static str],
    scenarios: &'static [&'static str],
}

pub const PEERS: [Peer; 1] = [Peer {
    name: "official-rust",
    stores: &["memory", "http"],
    scenarios: &["seq", "fan", "many", "rpc", "resume", "suspended", "idle"],
}];

impl System {
    /// The peer of that name.
    pub fn peer(name: &str) -> Option<Self> {
        PEERS.iter().find(|peer| peer.name == name).map(Self::Peer)
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Ours => "resonate",
            Self::Peer(peer) => peer.name,
        }
    }

    /// Whether it does such a thing.
    pub fn does(self, case: &Case) -> bool {
        match self {
            Self::Ours => true,
            Self::Peer(peer) => {
                peer.scenarios.contains(&case.scenario.as_str())
                    && peer
                        .stores
                        .iter()
                        .any(|store| case.store.starts_with(store))
            }
        }
    }

    /// Builds it, if that is needed.
    pub fn build(self) -> Result<()> {
        let Self::Peer(peer) = self else {
            return Ok(());
        };
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let built = Command::new(cargo)
            .args([
                "build",
                "--quiet",
                "--release",
                "--locked",
                "--manifest-path",
            ])
            .arg(peer.folder().join("Cargo.toml"))
            .status()?;
        if built.success() {
            Ok(())
        } else {
            Err(Error::new(format!("{} cannot be built", peer.name)))
        }
    }

    /// One run. On a server, the bytes of a step are counted in another one, which is not timed.
    pub fn run(self, case: &Case, limit: Duration) -> Result<Figures> {
        let mut figures = self.run_on(case, &case.store, limit)?;
        if let (Some(url), Some(steps)) = (case.url(), figures.get("steps").copied()) {
            let proxy = Proxy::to(url)?;
            self.run_on(case, &proxy.url(), limit)?;
            let traffic = proxy.traffic();
            figures.insert("requests_per_step".to_owned(), traffic.requests / steps);
            figures.insert("bytes_sent_per_step".to_owned(), traffic.sent / steps);
            figures.insert(
                "bytes_received_per_step".to_owned(),
                traffic.received / steps,
            );
        }
        Ok(figures)
    }

    fn run_on(self, case: &Case, store: &str, limit: Duration) -> Result<Figures> {
        let mut command = self.command()?;
        command
            .args(["--scenario", &case.scenario, "--store", store, "--n"])
            .arg(case.n.to_string());
        let said = said(&mut command, limit)?;
        let line = said.lines().last().unwrap_or_default();
        serde_json::from_str(line).map_err(|_| {
            let name = self.name();
            Error::new(format!(
                "{name} did not end {case} with its figures: {said}"
            ))
        })
    }

    fn command(self) -> Result<Command> {
        Ok(match self {
            Self::Ours => {
                let mut command = Command::new(std::env::current_exe()?);
                command.arg("--here");
                command
            }
            Self::Peer(peer) => {
                let program = peer.folder().join("target/release").join(peer.name);
                Command::new(program.with_extension(std::env::consts::EXE_EXTENSION))
            }
        })
    }
}

impl Peer {
    fn folder(&self) -> PathBuf {
        let peers = Path::new(env!("CARGO_MANIFEST_DIR")).join("bench/peers");
        peers.join(self.name)
    }
}

/// What a program prints, if it succeeds in time.
fn said(command: &mut Command, limit: Duration) -> Result<String> {
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let started = Instant::now();
    while child.try_wait()?.is_none() {
        if started.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            return Err(Error::new(format!("not done within {} s", limit.as_secs())));
        }
        thread::sleep(LOOK);
    }
    let output = child.wait_with_output()?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        Ok(said)
    } else {
        Err(Error::new(format!(
            "a run failed ({}): {said}",
            output.status
        )))
    }
}
