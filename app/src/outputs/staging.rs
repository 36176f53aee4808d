//! The folder in which a job writes until everything is whole.
//!
//! A killed program cannot remove its own. Each therefore holds a lock, which the system releases however the process
//! ends, and a later run removes the folders whose lock nobody holds.

use std::fs::{self, DirEntry, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tempfile::TempDir;

const PREFIX: &str = ".lamina-";
const LOCK: &str = "lamina.lock";
const RESULTS: &str = "results";

pub struct Staging {
    /// The output folder.
    pub folder: PathBuf,
    /// Closed before the folder goes, as Windows keeps what is open.
    _lock: File,
    temporary: TempDir,
}

impl Staging {
    /// Fails before anything long starts when the folder cannot be written to.
    pub fn new(folder: &Path) -> Result<Self> {
        let advice = "choose another with -o";
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder {}; {advice}", folder.display()))?;
        remove_abandoned(folder);
        let (lock, temporary) = claim(folder).with_context(|| {
            format!(
                "cannot write into the folder {}; {advice}",
                folder.display()
            )
        })?;
        Ok(Self {
            folder: folder.to_owned(),
            _lock: lock,
            temporary,
        })
    }

    pub fn results(&self) -> PathBuf {
        self.temporary.path().join(RESULTS)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.results().join(name)
    }

    /// Runs the moves that end a job, and says where they failed.
    pub fn publish(&self, moves: impl FnOnce() -> io::Result<()>) -> Result<()> {
        moves().with_context(|| {
            format!(
                "cannot move the results into {}; choose another folder with -o",
                self.folder.display()
            )
        })
    }
}

/// A new folder and its lock. Until the lock is held another run may take the folder for abandoned; then the next is
/// tried.
fn claim(folder: &Path) -> io::Result<(File, TempDir)> {
    loop {
        let temporary = tempfile::Builder::new().prefix(PREFIX).tempdir_in(folder)?;
        let lock = match File::create_new(temporary.path().join(LOCK)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            made => made?,
        };
        // Where the disk knows no locks, no run can take one and remove the folder.
        if matches!(lock.try_lock(), Err(TryLockError::WouldBlock)) {
            continue;
        }
        match fs::create_dir(temporary.path().join(RESULTS)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            made => return made.map(|()| (lock, temporary)),
        }
    }
}

/// Removes what killed runs left. What cannot be removed does no harm.
fn remove_abandoned(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if let Some(_held) = lock_of_abandoned(&entry) {
            fs::remove_dir_all(entry.path()).ok();
        } else if is_staging(&entry) {
            // Of a run that was killed before it made its lock: only what is empty goes.
            fs::remove_dir(entry.path()).ok();
        }
    }
}

/// The lock of a staging folder whose process is gone; held, so that only one run removes it.
fn lock_of_abandoned(entry: &DirEntry) -> Option<File> {
    if !is_staging(entry) {
        return None;
    }
    let is_own = |name: &std::ffi::OsStr| name == LOCK || name == RESULTS;
    let nothing_foreign = fs::read_dir(entry.path())
        .ok()?
        .all(|inside| inside.is_ok_and(|inside| is_own(&inside.file_name())));
    if !nothing_foreign {
        return None;
    }
    let lock = File::options()
        .write(true)
        .open(entry.path().join(LOCK))
        .ok()?;
    lock.try_lock().ok()?;
    Some(lock)
}

fn is_staging(entry: &DirEntry) -> bool {
    let named = entry.file_name().to_string_lossy().starts_with(PREFIX);
    named && entry.file_type().is_ok_and(|kind| kind.is_dir())
}
