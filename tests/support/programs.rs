//! The examples as programs: built once, then run as a person would.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::OnceLock;

/// The workspace's folder.
#[must_use]
pub fn workspace() -> &'static Path {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests)
}

/// The command that runs an example, which is built first, the way this test was.
///
/// # Panics
/// When it cannot be built.
#[must_use]
pub fn example(name: &str) -> Command {
    built(&format!("examples/{name}"))
}

/// The command that runs a program of the workspace, built as the examples are.
///
/// # Panics
/// When it cannot be built.
#[must_use]
pub fn program(name: &str) -> Command {
    built(name)
}

fn built(path: &str) -> Command {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let program = FOLDER.get_or_init(build).join(path);
    let mut command = Command::new(program.with_extension(std::env::consts::EXE_EXTENSION));
    // What the person at the keyboard has set is not this test's business.
    command.env_remove("RUST_LOG");
    for (key, _) in std::env::vars_os() {
        if key.to_string_lossy().starts_with("RESONATE_") {
            command.env_remove(key);
        }
    }
    command
}

/// Builds all programs and answers where they are. The whole workspace is named, so that what
/// `cargo test --workspace` built is what is used.
fn build() -> PathBuf {
    let this = std::env::current_exe().expect("a running test has a program");
    let profile = this.ancestors().nth(2).expect("tests are in target/*/deps");
    let target = profile.parent().expect("profiles are in target");
    let named = match profile.file_name().and_then(OsStr::to_str) {
        Some("debug") | None => "dev",
        Some(name) => name,
    };
    let built = Command::new(env!("CARGO"))
        .args([
            "build",
            "--quiet",
            "--workspace",
            "--examples",
            "--bins",
            "--profile",
            named,
        ])
        .arg("--target-dir")
        .arg(target)
        .current_dir(workspace())
        .status()
        .expect("cargo can be started");
    assert!(built.success(), "the examples cannot be built");
    profile.to_owned()
}

/// A program that is killed when its test is over, however that ends.
#[derive(Debug)]
pub struct Running {
    process: Child,
    /// What it prints: open for as long as it runs.
    said: Lines<BufReader<ChildStdout>>,
}

impl Running {
    /// Starts it, without a terminal.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn start(command: &mut Command) -> Self {
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("a built program can be started");
        let said = process.stdout.take().expect("it was piped");
        Self {
            process,
            said: BufReader::new(said).lines(),
        }
    }

    /// A server in memory, and its address.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn server(args: &[&str]) -> (Self, String) {
        let mut command = example("serve");
        command.args(["--memory", "--port", "0"]).args(args);
        let mut server = Self::start(&mut command);
        let url = server.line();
        (server, url)
    }

    /// The next line that it prints.
    ///
    /// # Panics
    /// When it prints no more.
    pub fn line(&mut self) -> String {
        let line = self.said.next().expect("it goes on printing");
        line.expect("it prints text")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _gone = self.process.kill();
        let _gone = self.process.wait();
    }
}
