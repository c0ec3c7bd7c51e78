//! One process at a time: an advisory lock beside the file.

use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use super::fault;
use crate::store::{StoreError, StoreErrorKind};

/// The lock on `<file>.lock`, held until it is dropped or the process dies.
///
/// The file stays where it is: removing it would let two processes lock two files of one name.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
}

impl Drop for Lock {
    /// Closing the file would release it too, but not while a process that is just being started
    /// still has a copy of it.
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}

impl Lock {
    /// Takes the lock of the store `store`, or says who has it.
    pub(super) fn take(store: &Path) -> Result<Self, StoreError> {
        let path = beside(store, ".lock");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|error| fault::outside(&path, "opening the lock file", error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(in_use(store, holder(&mut file))),
            Err(TryLockError::Error(error)) => {
                return Err(fault::outside(&path, "locking the lock file", error));
            }
        }
        // Best effort: the number only serves the message of a process that finds the lock taken.
        let _ = note_holder(&mut file);
        Ok(Self { file })
    }
}

/// `path` with `suffix` after its last name, as SQLite names the files beside a database.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

/// Writes this process's id into the lock file.
fn note_holder(file: &mut File) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

/// The process id in the lock file; `None` when it cannot be read or is not written yet.
fn holder(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

fn in_use(store: &Path, holder: Option<u32>) -> StoreError {
    let who = match holder {
        Some(pid) if pid == std::process::id() => "this process has this store open already; \
             share the store that is open"
            .to_owned(),
        Some(pid) => {
            format!("another process (pid {pid}) has this store open; stop it first")
        }
        None => "another process has this store open; stop it first".to_owned(),
    };
    StoreError::new(
        StoreErrorKind::InUse,
        format!("{who}, or use another file: a file serves one store at a time"),
    )
    .at(store)
}
