//! What a disk may hold after the power was cut, given what was written and what was synced.
//!
//! A disk writes sectors of 512 bytes whole, in any order, and may not have written any of those
//! that were not synced yet.

use std::fs;
use std::path::Path;

use crate::random::Random;

const SECTOR: usize = 512;
/// The log begins with its header, which is synced before anything that relies on it.
const LOG_HEADER: usize = 32;

/// A database and its write-ahead log as they stand at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Disk {
    /// The file.
    pub file: Vec<u8>,
    /// The log beside it; empty when there is none.
    pub log: Vec<u8>,
}

impl Disk {
    /// What is written to `path` and its log now.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn read(path: &Path) -> std::io::Result<Self> {
        let log = path.with_extension("db-wal");
        Ok(Self {
            file: fs::read(path)?,
            log: if log.exists() {
                fs::read(log)?
            } else {
                Vec::new()
            },
        })
    }

    /// Lays this out as the file `path` and its log.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(&self, path: &Path) -> std::io::Result<()> {
        fs::write(path, &self.file)?;
        if !self.log.is_empty() {
            fs::write(path.with_extension("db-wal"), &self.log)?;
        }
        Ok(())
    }

    /// How much of the log of `later` is synced for certain although no commit waits for it, when
    /// `synced` bytes were so here: a checkpoint syncs all of it, a new log its header.
    #[must_use]
    pub fn synced_later(&self, later: &Self, synced: usize) -> usize {
        if self.file != later.file {
            later.log.len()
        } else if self.restarts_log(later) {
            LOG_HEADER
        } else {
            synced
        }
    }

    /// Whether the log of `later` was begun anew.
    #[must_use]
    pub fn restarts_log(&self, later: &Self) -> bool {
        let header = |log: &[u8]| log.get(..LOG_HEADER).map(<[u8]>::to_vec);
        header(&self.log) != header(&later.log)
    }

    /// The power is cut while a commit goes from here, all of it synced, to `later`: the log has
    /// some of its new sectors, the file is not touched.
    #[must_use]
    pub fn cut_in_commit(&self, later: &Self, random: &mut Random) -> Self {
        let mut before = self.log.clone();
        if self.restarts_log(later) {
            // Only the new header is under way, or it is there and all else is old.
            if random.chance(20) {
                return self.clone();
            }
            before.resize(before.len().max(LOG_HEADER), 0);
            before[..LOG_HEADER].copy_from_slice(&later.log[..LOG_HEADER]);
        }
        Self {
            file: self.file.clone(),
            log: torn(&before, &later.log, random),
        }
    }

    /// The power is cut while a checkpoint goes from here to `later`: the log is synced as it is
    /// in `later`, the file has some of its new sectors.
    #[must_use]
    pub fn cut_in_checkpoint(&self, later: &Self, random: &mut Random) -> Self {
        Self {
            file: torn(&self.file, &later.file, random),
            log: later.log.clone(),
        }
    }

    /// The log lost everything from a byte on, which is not before `synced`, and the sector there
    /// is spoiled.
    #[must_use]
    pub fn cut_off(&self, synced: usize, random: &mut Random) -> Self {
        let mut cut = self.clone();
        let loose = self.log.len() - synced;
        cut.log.truncate(synced + random.below(loose + 1));
        if random.chance(50) {
            let sector = cut.log.len() / SECTOR * SECTOR;
            let filler = u8::try_from(random.below(256)).unwrap_or(0);
            cut.log[sector.max(synced)..].fill(filler);
        }
        cut
    }
}

/// `before` with some of the sectors in which `after` differs: none, all, a first part, or any.
fn torn(before: &[u8], after: &[u8], random: &mut Random) -> Vec<u8> {
    let sectors = before.len().max(after.len()).div_ceil(SECTOR);
    let (how, until) = (random.below(4), random.below(sectors + 1));
    let mut torn = Vec::with_capacity(after.len());
    for sector in 0..sectors {
        let is_written = match how {
            0 => false,
            1 => true,
            2 => sector < until,
            _ => random.chance(50),
        };
        let from = if is_written { after } else { before };
        let start = sector * SECTOR;
        let bytes = from.get(start..from.len().min(start + SECTOR));
        let bytes = bytes.unwrap_or(&[]);
        if !bytes.is_empty() {
            // A hole reads as zeros.
            torn.resize(start, 0);
            torn.extend_from_slice(bytes);
        }
    }
    torn
}
