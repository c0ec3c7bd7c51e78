//! Every recording of a folder.

use std::fmt;
use std::path::{Path, PathBuf};

use super::{Replay, ReplayError, Replayed, replay};
use crate::dependencies::Dependencies;

/// Replays every recording of a folder: the files whose names end with `.json`. The path is
/// relative to the package, which is where `cargo test` runs tests.
///
/// ```no_run
/// #[tokio::test]
/// async fn recorded_executions_still_replay() -> resonate::Result<()> {
///     resonate::replay_all("recordings").run().await?;
///     Ok(())
/// }
/// # fn main() {}
/// ```
pub fn replay_all(folder: impl AsRef<Path>) -> ReplayAll {
    ReplayAll {
        folder: folder.as_ref().to_owned(),
        dependencies: Dependencies::default(),
    }
}

/// Replays of a folder that have not started yet.
#[must_use = "a replay does nothing before `run` is awaited"]
pub struct ReplayAll {
    folder: PathBuf,
    dependencies: Dependencies,
}

impl ReplayAll {
    /// A value that bodies get by its type: see [`Replay::dependency`].
    pub fn dependency<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        self.dependencies.insert(value);
        self
    }

    /// Replays them all, in the order of their names, whichever fail.
    ///
    /// # Errors
    /// When one does not replay: [`ReplayError::Several`] names each that does not. When there is
    /// no recording, or a file cannot be read.
    pub async fn run(self) -> Result<Vec<(PathBuf, Replayed)>, ReplayError> {
        let (mut replayed, mut failed) = (Vec::new(), Vec::new());
        for path in recordings(&self.folder)? {
            let text = std::fs::read_to_string(&path).map_err(io(&path))?;
            let one = Replay {
                dependencies: self.dependencies.clone(),
                ..replay(text)
            };
            match one.run().await {
                Ok(came) => replayed.push((path, came)),
                Err(error) => failed.push((path, error)),
            }
        }
        if failed.is_empty() {
            Ok(replayed)
        } else {
            Err(ReplayError::Several(failed))
        }
    }
}

/// The files of the folder that are recordings by their names.
fn recordings(folder: &Path) -> Result<Vec<PathBuf>, ReplayError> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(io(folder))? {
        let path = entry.map_err(io(folder))?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            paths.push(path);
        }
    }
    if paths.is_empty() {
        let folder = folder.to_owned();
        return Err(ReplayError::NoRecordings { folder });
    }
    paths.sort();
    Ok(paths)
}

fn io(path: &Path) -> impl FnOnce(std::io::Error) -> ReplayError {
    let path = path.to_owned();
    |cause| ReplayError::Io { path, cause }
}

impl fmt::Debug for ReplayAll {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplayAll")
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}
