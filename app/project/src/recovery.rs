//! What is kept of unsaved work until it is saved or given up, so that the end of a process loses little of it.
//!
//! Each window has a folder of its own with a lock, which the system releases however the process ends: a folder whose
//! lock nobody holds was left by one that is gone.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use export::{ExportError, OnProgress, write_file};
use serde::{Deserialize, Serialize};

use crate::{Project, ProjectError, Saved, save};

const PREFIX: &str = "unsaved-";
const LOCK: &str = "lamina.lock";
const ORIGIN: &str = "origin.json";
const DOCUMENT: &str = "document.lamina";

/// What the work is called, and where its project file is, if it has one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    pub name: String,
    pub project: Option<PathBuf>,
}

/// One window's folder. It stays when this is dropped, unless it was discarded.
#[derive(Debug)]
pub struct Autosave {
    /// Closed before the folder goes, as Windows keeps what is open.
    lock: File,
    folder: PathBuf,
    saved: Option<Saved>,
}

/// A folder with unsaved work whose process is gone. Held, so that only one window offers it.
#[derive(Debug)]
pub struct Abandoned {
    autosave: Autosave,
    origin: Origin,
    written: SystemTime,
}

impl Autosave {
    /// A new folder in `root`, which is made if missing.
    ///
    /// # Errors
    /// [`ProjectError::Write`].
    pub fn claim(root: &Path) -> Result<Self, ProjectError> {
        let failed = |error| ExportError::io(root, error);
        fs::create_dir_all(root).map_err(failed)?;
        loop {
            let made = tempfile::Builder::new()
                .prefix(PREFIX)
                .tempdir_in(root)
                .map_err(failed)?;
            let lock = File::create_new(made.path().join(LOCK)).map_err(failed)?;
            // Until the lock is held another window may take the folder for abandoned; then the next is tried.
            let taken = matches!(lock.try_lock(), Err(TryLockError::WouldBlock));
            if !taken && made.path().join(LOCK).exists() {
                let folder = made.keep();
                let saved = None;
                return Ok(Self {
                    lock,
                    folder,
                    saved,
                });
            }
        }
    }

    /// Keeps the work as it is now, in place of what was kept before.
    ///
    /// # Errors
    /// As [`save`]; what was kept before is then as it was.
    pub fn write(
        &mut self,
        project: &Project,
        origin: &Origin,
        progress: OnProgress,
    ) -> Result<(), ProjectError> {
        let path = self.folder.join(ORIGIN);
        let text =
            serde_json::to_vec(origin).map_err(|error| ExportError::io(&path, error.into()))?;
        write_file(&path, &text)?;
        let document = self.folder.join(DOCUMENT);
        self.saved = Some(save(project, &document, self.saved.as_ref(), progress)?);
        Ok(())
    }

    /// Removes the folder: the work is safe, or nobody wants it.
    pub fn discard(self) {
        drop(self.lock);
        // What cannot be removed is offered again.
        fs::remove_dir_all(self.folder).ok();
    }
}

impl Abandoned {
    /// All in `root`, the latest first. Folders in which nothing was kept yet are removed.
    pub fn all_in(root: &Path) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for entry in fs::read_dir(root).into_iter().flatten().flatten() {
            let ours = entry.file_name().to_string_lossy().starts_with(PREFIX);
            let lock = ours.then(|| lock_of_abandoned(&entry.path())).flatten();
            let Some(lock) = lock else { continue };
            let autosave = Autosave {
                lock,
                folder: entry.path(),
                saved: None,
            };
            match autosave.kept() {
                Ok((origin, written)) => all.push(Self {
                    autosave,
                    origin,
                    written,
                }),
                Err(error) if error.kind() == io::ErrorKind::NotFound => autosave.discard(),
                // Perhaps another time.
                Err(_) => {}
            }
        }
        all.sort_by_key(|abandoned| std::cmp::Reverse(abandoned.written));
        all
    }

    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The project file to open.
    pub fn document(&self) -> PathBuf {
        self.autosave.folder.join(DOCUMENT)
    }

    pub fn discard(self) {
        self.autosave.discard();
    }

    /// The folder as that of the window which goes on with the work.
    pub fn adopt(self) -> Autosave {
        self.autosave
    }
}

impl Autosave {
    fn kept(&self) -> io::Result<(Origin, SystemTime)> {
        let written = fs::metadata(self.folder.join(DOCUMENT))?.modified()?;
        let origin = serde_json::from_slice(&fs::read(self.folder.join(ORIGIN))?)?;
        Ok((origin, written))
    }
}

fn lock_of_abandoned(folder: &Path) -> Option<File> {
    let lock = File::options().write(true).open(folder.join(LOCK)).ok()?;
    lock.try_lock().ok()?;
    Some(lock)
}
