//! From a path to a connection that may be trusted: found or made, accepted, configured.

use std::fs::{self, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::fault::{self, Fault};
use super::lock::{Lock, beside};
use super::options::{SqliteOptions, Synchronous};
use super::{read, schema};
use crate::Millis;
use crate::store::{StoreError, StoreErrorKind};

/// The oldest SQLite without the fault that could damage a file when one connection restarted
/// the write-ahead log while another wrote a checkpoint.
const SQLITE_MIN: i32 = 3_051_003;
const PAGE_BYTES: u64 = 4096;
/// What is left of the write-ahead log after it had to grow beyond its usual 4 MiB.
const WAL_BYTES_KEPT: i64 = 64 << 20;
/// How many statements stay prepared; there are fewer.
const STATEMENTS_MAX: usize = 64;

/// A store's connection, the place of its file, and the right to it.
pub(super) struct Opened {
    pub(super) connection: Connection,
    pub(super) path: PathBuf,
    pub(super) clock: Millis,
    pub(super) lock: Lock,
}

/// Opens the store's file, or makes it.
pub(super) fn open(options: &SqliteOptions) -> Result<Opened, StoreError> {
    supported(rusqlite::version_number(), options.path())?;
    let path = resolve(options.path())?;
    let lock = Lock::take(&path)?;
    if !is_there(&path)? {
        create(&path)?;
    }
    let whole_pages = has_whole_pages(&path)?;
    let mut connection = connect(&path, OpenFlags::empty())?;
    let ready = connection
        .busy_timeout(options.busy_millis())
        .and_then(|()| keep_log_on_close(&connection, true));
    ready.map_err(|error| Fault::from(error).at(&path, "preparing the connection"))?;
    schema::accept(&mut connection, &path)?;
    configure(&connection, options, &path)?;
    if !whole_pages {
        return Err(StoreError::new(
            StoreErrorKind::Corrupt,
            "the file is damaged: it ends within a page; restore it from a backup",
        )
        .at(&path));
    }
    let clock =
        recover(&connection).map_err(|fault| fault.at(&path, "reading the file at the opening"))?;
    Ok(Opened {
        connection,
        path,
        clock,
        lock,
    })
}

/// Whether closing leaves the write-ahead log as it is, rather than moving it into the file.
pub(super) fn keep_log_on_close(connection: &Connection, keep: bool) -> rusqlite::Result<()> {
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keep)
        .map(drop)
}

/// Moves the write-ahead log into the file and empties it, as far as other readers let it.
pub(super) fn checkpoint(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(()))
}

/// Looks whether the file holds together and makes durable what a dead process left in the log.
///
/// A commit may be in the log without having been synced. Once somebody has read it, it must not
/// go away again, so it is synced before the first read.
fn recover(connection: &Connection) -> Result<Millis, Fault> {
    read::probe(connection)?;
    checkpoint(connection)?;
    keep_log_on_close(connection, false)?;
    read::clock(connection)
}

/// Refuses a SQLite that is too old; only a build against the system's library can bring one in.
fn supported(version: i32, path: &Path) -> Result<(), StoreError> {
    if version >= SQLITE_MIN {
        return Ok(());
    }
    let (major, minor, patch) = (version / 1_000_000, version / 1000 % 1000, version % 1000);
    let message = format!(
        "this program is linked with SQLite {major}.{minor}.{patch}, which can damage a file; \
         3.51.3 or newer is needed: build rusqlite with its feature `bundled`"
    );
    Err(StoreError::new(StoreErrorKind::Io, message).at(path))
}

/// The file's one name: absolute and with every link followed, so that two names of a file share
/// one lock.
fn resolve(given: &Path) -> Result<PathBuf, StoreError> {
    let failed = |error| fault::outside(given, "finding the file", error);
    match given.canonicalize() {
        Ok(path) if path.is_dir() => return Err(unusable(given, "is a folder; name a file in it")),
        Ok(path) => return Ok(path),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(failed(error)),
    }
    let mut path = std::path::absolute(given).map_err(failed)?;
    // A link to a file that is still to be made. The loop ends: a circle is no "not found".
    while let Ok(target) = fs::read_link(&path) {
        path = path.parent().unwrap_or(&path).join(target);
    }
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(unusable(given, "does not name a file"));
    };
    match folder.canonicalize() {
        Ok(folder) => Ok(folder.join(name)),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let what = format!(
                "cannot be made: the folder {} does not exist; create it first",
                folder.display()
            );
            Err(unusable(given, &what))
        }
        Err(error) => Err(failed(error)),
    }
}

/// Whether there is a file to open. What only looks like none is refused: SQLite would take an
/// empty file for a new one and throw away the log beside it.
fn is_there(path: &Path) -> Result<bool, StoreError> {
    let bytes = length(path)?;
    if bytes.is_some_and(|bytes| bytes > 0) {
        return Ok(true);
    }
    for suffix in ["-wal", "-journal"] {
        let log = beside(path, suffix);
        if length(&log)?.is_some_and(|bytes| bytes > 0) {
            let message = format!(
                "the file is missing or empty, but {} holds writes of it; restore the file, or \
                 remove both to start empty",
                log.display()
            );
            return Err(StoreError::new(StoreErrorKind::Corrupt, message).at(path));
        }
    }
    match bytes {
        None => Ok(false),
        Some(_) => Err(StoreError::new(
            StoreErrorKind::Corrupt,
            "the file is empty, which a store's file never is; restore it from a backup, or \
             remove it to start empty",
        )
        .at(path)),
    }
}

/// Whether the file ends with a page. SQLite would read the rest of a half page as zeros.
///
/// While there is a log the end of the file may be unfinished: the log has all of it.
fn has_whole_pages(path: &Path) -> Result<bool, StoreError> {
    let logged = length(&beside(path, "-wal"))?.is_some_and(|bytes| bytes > 0);
    Ok(logged || length(path)?.unwrap_or(0) % PAGE_BYTES == 0)
}

fn length(path: &Path) -> Result<Option<u64>, StoreError> {
    match fs::metadata(path) {
        Ok(found) => Ok(Some(found.len())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(fault::outside(path, "finding the file", error)),
    }
}

/// Makes the file under another name and moves it into place complete, so that a crash leaves
/// either no file or a whole one.
fn create(path: &Path) -> Result<(), StoreError> {
    let draft = beside(path, ".new");
    let failed = |error| fault::outside(&draft, "making the file", error);
    for left_over in ["", "-journal", "-wal", "-shm"] {
        match fs::remove_file(beside(&draft, left_over)) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(failed(error)),
        }
    }
    let mut connection = connect(&draft, OpenFlags::SQLITE_OPEN_CREATE)?;
    fill(&mut connection).map_err(|fault| fault.at(&draft, "making the file"))?;
    connection
        .close()
        .map_err(|(_, error)| Fault::from(error).at(&draft, "making the file"))?;
    OpenOptions::new()
        .write(true)
        .open(&draft)
        .and_then(|file| file.sync_all())
        .and_then(|()| fs::rename(&draft, path))
        .and_then(|()| sync_folder(path))
        .map_err(failed)
}

fn fill(connection: &mut Connection) -> Result<(), Fault> {
    connection.pragma_update(None, "page_size", i64::try_from(PAGE_BYTES).unwrap_or(4096))?;
    schema::create(connection)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    Ok(())
}

/// Makes the file's name durable.
#[cfg(unix)]
fn sync_folder(path: &Path) -> std::io::Result<()> {
    path.parent()
        .map_or(Ok(()), |folder| fs::File::open(folder)?.sync_all())
}

/// A folder cannot be synced here; the system writes names in order.
#[cfg(not(unix))]
fn sync_folder(_path: &Path) -> std::io::Result<()> {
    Ok(())
}

/// Opens `path` as a plain name: never as an address with parameters, nor in memory.
fn connect(path: &Path, create: OpenFlags) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | create;
    Connection::open_with_flags(path, flags)
        .map_err(|error| Fault::from(error).at(path, "opening the file"))
}

/// Sets what this store relies on and looks whether it took.
fn configure(
    connection: &Connection,
    options: &SqliteOptions,
    path: &Path,
) -> Result<(), StoreError> {
    let failed = |error| Fault::from(error).at(path, "configuring the connection");
    if connection.is_readonly("main").map_err(failed)? {
        return Err(unusable(
            path,
            "is read-only; allow this process to write to it",
        ));
    }
    let journal: String = connection
        .pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))
        .map_err(failed)?;
    if journal != "wal" {
        return Err(unusable(
            path,
            "cannot have a write-ahead log here; keep it on a local disk",
        ));
    }
    for (pragma, wanted) in [
        ("synchronous", options.synchronous.pragma()),
        (
            "fullfsync",
            i64::from(options.synchronous == Synchronous::Full),
        ),
        ("checkpoint_fullfsync", 1),
        ("foreign_keys", 0),
        ("trusted_schema", 0),
        ("cell_size_check", 1),
        ("wal_autocheckpoint", 1000),
        ("journal_size_limit", WAL_BYTES_KEPT),
        ("cache_size", -8192),
    ] {
        connection
            .pragma_update(None, pragma, wanted)
            .map_err(failed)?;
        let found = schema::number(connection, pragma)
            .map_err(|fault| fault.at(path, "configuring the connection"))?;
        if found != wanted {
            let what = format!("cannot be used: SQLite keeps {pragma} at {found}, not {wanted}");
            return Err(unusable(path, &what));
        }
    }
    if let Some(bytes) = options.bytes_max {
        let pages = i64::try_from((bytes / PAGE_BYTES).max(1)).unwrap_or(i64::MAX);
        connection
            .pragma_update(None, "max_page_count", pages)
            .map_err(failed)?;
    }
    // Otherwise every new instant to compare with makes SQLite plan the query anew.
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
        .map_err(failed)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    Ok(())
}

fn unusable(path: &Path, what: &str) -> StoreError {
    StoreError::new(StoreErrorKind::Io, format!("the file {what}")).at(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_sqlite_is_refused_by_its_number() {
        assert!(supported(3_051_003, Path::new("x.db")).is_ok());
        let refused = supported(3_051_002, Path::new("x.db")).unwrap_err();
        assert!(refused.to_string().contains("SQLite 3.51.2"), "{refused}");
    }
}
