//! A file in which functions of any language leave a line, and a gate that holds them up.

use std::fs;
use std::path::{Path, PathBuf};

use super::eventually;

/// What functions really did: lines that are no part of the durable state.
#[derive(Debug)]
pub struct Journal {
    folder: tempfile::TempDir,
}

impl Journal {
    /// An empty journal with a closed gate.
    ///
    /// # Panics
    /// When there is no place for it.
    #[must_use]
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a temporary folder can be made"),
        }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("journal")
    }

    /// Its path, as functions take it.
    #[must_use]
    pub fn path(&self) -> String {
        self.file().display().to_string()
    }

    /// The lines so far.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let text = fs::read_to_string(self.file()).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// How often a line is there.
    #[must_use]
    pub fn count(&self, line: &str) -> usize {
        self.lines().iter().filter(|found| *found == line).count()
    }

    /// The first line that begins with `beginning`, as soon as it is there.
    pub async fn line(&self, beginning: &str) -> String {
        let what = format!("a line `{beginning}…` in the journal");
        eventually(&what, || async {
            let lines = self.lines();
            lines.into_iter().find(|line| line.starts_with(beginning))
        })
        .await
    }

    /// Lets through whoever stands at the gate, and all who come.
    ///
    /// # Panics
    /// When the file cannot be made.
    pub fn open_gate(&self) {
        let gate = format!("{}.open", self.path());
        fs::write(Path::new(&gate), "").expect("a temporary folder can be written");
    }
}

impl Default for Journal {
    fn default() -> Self {
        Self::new()
    }
}
