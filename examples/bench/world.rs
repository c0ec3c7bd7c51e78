//! An engine, and clients of it one after the other.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use resonate::network::{Embedded, EngineConfig, Http, HttpOptions, Network};
use resonate::prelude::*;
use resonate::{SqliteOptions, Synchronous, SystemClock};
use resonate_core::execution::IdGrammar;
use resonate_core::store::SqliteStore;

use crate::counted::Counted;
use crate::functions::{Marks, Waiting};

/// A folder that is removed with its owner.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Result<Self> {
        let path = std::env::temp_dir().join(unique());
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed is the system's to remove.
        let _left = std::fs::remove_dir_all(&self.0);
    }
}

/// A name that no other run has.
pub fn unique() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let micros = since.map_or(0, |since| since.as_micros());
    format!("bench-{}-{micros}", std::process::id())
}

pub struct World {
    pub network: Arc<Counted>,
    pub waiting: Arc<Waiting>,
    pub marks: Arc<Marks>,
    grammar: IdGrammar,
    name: String,
    _folder: Folder,
}

impl World {
    /// The engine that `store` names: `memory`, `sqlite`, `sqlite-normal` or a URL.
    pub async fn open(store: &str) -> Result<Self> {
        let folder = Folder::new()?;
        let file = SqliteOptions::new(folder.path().join("bench.db"));
        let (config, clock) = (EngineConfig::default(), Arc::new(SystemClock::start()));
        let opened = |file| SqliteStore::open(file).map_err(Error::new);
        let mut grammar = IdGrammar::default();
        let network: Arc<dyn Network> = match store {
            "memory" => Embedded::memory(config, clock)?,
            "sqlite" => Embedded::on(opened(file)?, config, clock)?,
            "sqlite-normal" => {
                let file = file.synchronous(Synchronous::Normal);
                Embedded::on(opened(file)?, config, clock)?
            }
            url if url.starts_with("http") => {
                let http = Http::new(&HttpOptions::new(url)).map_err(Error::new)?;
                let taken = http.id_grammar("").await.map_err(Error::new)?;
                grammar = taken.unwrap_or(grammar);
                Arc::new(http)
            }
            other => {
                let known = "memory, sqlite, sqlite-normal or a URL";
                return Err(Error::new(format!("--store {other}? There is {known}")));
            }
        };
        Ok(Self {
            network: Counted::new(network),
            waiting: Arc::default(),
            marks: Arc::default(),
            grammar,
            name: unique(),
            _folder: folder,
        })
    }

    /// A client of that engine, which serves as well, and keeps so many suspended workflows as they
    /// stand.
    pub async fn client(&self, warm: usize) -> Result<Resonate> {
        let client = Resonate::builder()
            .warm(warm)
            .network(Arc::clone(&self.network) as Arc<dyn Network>)
            .id_grammar(self.grammar)
            .group(&self.name)
            .dependency(Arc::clone(&self.waiting))
            .dependency(Arc::clone(&self.marks));
        client.build().await
    }

    /// An id that no other run has.
    pub fn id(&self, of: u64) -> String {
        format!("{}-{of}", self.name)
    }
}
