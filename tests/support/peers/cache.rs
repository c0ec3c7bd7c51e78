//! What was installed once, for all tests and all runs: `.cache/peers` in the workspace.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::programs::workspace;

/// The folder of this workspace for what tests install; git ignores it.
fn root() -> PathBuf {
    workspace().join(".cache").join("peers")
}

/// A folder in which `install` has been done, once, whoever asks. `stamp` says what is in it:
/// with another one it is done anew.
///
/// # Panics
/// When the folder cannot be made, or `install` panics; then it is done again the next time.
pub(super) fn installed(name: &str, stamp: &str, install: impl FnOnce(&Path)) -> PathBuf {
    let folder = root().join(name);
    fs::create_dir_all(root()).expect("the cache is in the workspace");
    let lock = File::create(folder.with_extension("lock")).expect("the cache can be written");
    lock.lock().expect("one process at a time installs");
    let stamped = folder.join(".installed");
    if fs::read_to_string(&stamped).is_ok_and(|found| found == stamp) {
        return folder;
    }
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("what is out of date can be removed");
    }
    fs::create_dir_all(&folder).expect("the cache can be written");
    install(&folder);
    fs::write(stamped, stamp).expect("the cache can be written");
    folder
}

/// Runs a command of an installation to its end.
///
/// # Panics
/// When it cannot be started or fails, with what it said.
pub(super) fn run(command: &mut Command) {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("this test needs `{program}`: {error}"));
    assert!(
        output.status.success(),
        "{command:?} failed:\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
