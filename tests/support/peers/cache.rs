//! What was installed once, for all tests and all runs: `.cache/peers` in the workspace.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::programs::workspace;

/// How long to leave a registry alone before each try: it may be slow, or away for a moment.
const WAITS: [u64; 3] = [0, 5, 20];

/// The folder of this workspace for what tests install; git ignores it.
fn root() -> PathBuf {
    workspace().join(".cache").join("peers")
}

/// A folder in which `install` has been done, once, whoever asks. `stamp` says what is in it:
/// with another one it is done anew; so it is when `proof` is not in it, because what was kept
/// between runs may have been kept in part.
///
/// # Panics
/// When the folder cannot be made, or `install` fails again and again; then it is tried the next
/// time, too.
pub(super) fn installed(
    name: &str,
    stamp: &str,
    proof: impl AsRef<Path>,
    install: impl Fn(&Path) -> Result<(), String>,
) -> PathBuf {
    let folder = root().join(name);
    fs::create_dir_all(root()).expect("the cache is in the workspace");
    let lock = File::create(folder.with_extension("lock")).expect("the cache can be written");
    lock.lock().expect("one process at a time installs");
    let (stamped, proof) = (folder.join(".installed"), folder.join(proof));
    if proof.exists() && fs::read_to_string(&stamped).is_ok_and(|found| found == stamp) {
        return folder;
    }
    tried(name, || {
        if folder.exists() {
            fs::remove_dir_all(&folder).expect("what is out of date can be removed");
        }
        fs::create_dir_all(&folder).expect("the cache can be written");
        install(&folder)?;
        if proof.exists() {
            Ok(())
        } else {
            Err(format!("{} is not there", proof.display()))
        }
    });
    fs::write(stamped, stamp).expect("the cache can be written");
    folder
}

/// Does what needs a registry, a few times if need be.
///
/// # Panics
/// When it fails each time, with what was said the last time.
pub(super) fn tried(what: &str, mut attempt: impl FnMut() -> Result<(), String>) {
    let mut said = String::new();
    for wait in WAITS {
        std::thread::sleep(Duration::from_secs(wait));
        match attempt() {
            Ok(()) => return,
            Err(error) => said = error,
        }
    }
    panic!("{what} cannot be installed: {said}");
}

/// Runs a command of an installation to its end.
///
/// # Errors
/// What it said when it failed.
///
/// # Panics
/// When it cannot be started.
pub(super) fn run(command: &mut Command) -> Result<(), String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("this test needs `{program}`: {error}"));
    if output.status.success() {
        return Ok(());
    }
    Err(format!(
        "{command:?} failed:\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    ))
}
