use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::{NamedTempFile, TempPath};

use crate::ExportError;

const PREFIX: &str = ".lamina-";
/// Of a file whose process holds its lock until it has its name.
const PART: &str = ".part";
/// Of a file that is whole and closed, and waits for others.
const WAITING: &str = ".wait";
/// Whoever holds a folder only looks at a file and renames another.
const HOLD_TRIES: u32 = 400;
const HOLD_PAUSE: Duration = Duration::from_millis(5);

/// A file that appears under its name only once it is whole: written beside its place, then renamed.
/// Dropped before it is kept, it leaves nothing; killed, it leaves a part that the next file in the folder removes.
pub struct AtomicFile {
    target: PathBuf,
    temporary: NamedTempFile,
    folders: NewFolders,
}

impl AtomicFile {
    /// Makes the folders that are missing, and removes what killed programs left there.
    pub fn create(target: &Path) -> Result<Self, ExportError> {
        Self::beside(target, |folder| {
            remove_abandoned(folder);
            claim(folder)
        })
    }

    /// One of many that appear together: as it is closed while it waits, it holds no lock.
    pub(crate) fn create_waiting(target: &Path) -> Result<Self, ExportError> {
        Self::beside(target, |folder| builder(WAITING).tempfile_in(folder))
    }

    fn beside(
        target: &Path,
        temporary: impl FnOnce(&Path) -> io::Result<NamedTempFile>,
    ) -> Result<Self, ExportError> {
        if target.file_name().is_none() {
            return Err(ExportError::NoFileName(target.to_path_buf()));
        }
        // Renaming over a device such as /dev/null would replace it.
        if fs::metadata(target).is_ok_and(|found| !found.is_file()) {
            return Err(ExportError::NotAFile(target.to_path_buf()));
        }
        let folder = folder_of(target);
        let folders = NewFolders::create(folder)?;
        let temporary = temporary(folder).map_err(|error| ExportError::io(target, error))?;
        Ok(Self {
            target: target.to_path_buf(),
            temporary,
            folders,
        })
    }

    pub fn file(&mut self) -> &mut fs::File {
        self.temporary.as_file_mut()
    }

    /// Gives the file its name once its content is safely on the disk, replacing an older one.
    pub fn keep(self) -> Result<PathBuf, ExportError> {
        let Self {
            target,
            temporary,
            folders,
        } = self;
        sync(temporary.as_file(), &target)?;
        temporary
            .persist(&target)
            .map_err(|failed| ExportError::io(&target, failed.error))?;
        folders.keep();
        Ok(target)
    }

    /// As [`AtomicFile::keep`], if `may` agrees once all is written: until the file has its name, no other program that asks
    /// in this way replaces a file in the folder.
    pub fn keep_if<E: From<ExportError>>(
        self,
        may: impl FnOnce() -> Result<(), E>,
    ) -> Result<PathBuf, E> {
        sync(self.temporary.as_file(), &self.target)?;
        let _held = hold(folder_of(&self.target));
        may()?;
        Ok(self.keep()?)
    }

    /// Closes the file once its content is safely on the disk.
    pub(crate) fn finish(self) -> Result<FinishedFile, ExportError> {
        let Self {
            target,
            temporary,
            folders,
        } = self;
        sync(temporary.as_file(), &target)?;
        Ok(FinishedFile {
            target,
            temporary: temporary.into_temp_path(),
            folders,
        })
    }
}

/// A whole file that waits for its name. Dropped before [`FinishedFile::keep`], it leaves nothing.
pub struct FinishedFile {
    target: PathBuf,
    temporary: TempPath,
    folders: NewFolders,
}

impl FinishedFile {
    /// Gives the file its name, replacing an older one.
    pub fn keep(self) -> Result<PathBuf, ExportError> {
        let Self {
            target,
            temporary,
            folders,
        } = self;
        temporary
            .persist(&target)
            .map_err(|failed| ExportError::io(&target, failed.error))?;
        folders.keep();
        Ok(target)
    }
}

/// Without this a power cut could leave the name on an empty file, and a network disk could refuse the data after the
/// rename.
fn sync(file: &File, target: &Path) -> Result<(), ExportError> {
    file.sync_data()
        .map_err(|error| ExportError::io(target, error))
}

/// The folder's lock. Where there is none, on some network disks and on Windows, or nobody lets it go, it does without.
fn hold(folder: &Path) -> Option<File> {
    let file = File::open(folder).ok()?;
    for _ in 0..HOLD_TRIES {
        match file.try_lock() {
            Ok(()) => return Some(file),
            Err(TryLockError::WouldBlock) => std::thread::sleep(HOLD_PAUSE),
            Err(TryLockError::Error(_)) => return None,
        }
    }
    None
}

fn folder_of(target: &Path) -> &Path {
    match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// A new part and its lock. Until the lock is held another program may take the part for abandoned; then the next is
/// tried.
fn claim(folder: &Path) -> io::Result<NamedTempFile> {
    loop {
        let part = builder(PART).tempfile_in(folder)?;
        // Where the disk knows no locks, no program can take one and remove the part.
        let taken = matches!(part.as_file().try_lock(), Err(TryLockError::WouldBlock));
        if !taken && part.path().exists() {
            return Ok(part);
        }
    }
}

/// Removes the parts in a folder whose programs are gone: the system releases a lock however its process ends. What
/// cannot be removed does no harm.
pub fn remove_abandoned(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if !(name.starts_with(PREFIX) && name.ends_with(PART)) {
            continue;
        }
        if let Ok(part) = File::options().write(true).open(entry.path())
            && part.try_lock().is_ok()
        {
            fs::remove_file(entry.path()).ok();
        }
    }
}

/// A new file as any program makes it: readable by whom the umask allows, not only by its owner.
fn builder(suffix: &str) -> tempfile::Builder<'static, '_> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX).suffix(suffix);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder
}

/// Folders that were made for an export, removed again when it fails.
pub struct NewFolders(Vec<PathBuf>);

impl NewFolders {
    pub fn create(folder: &Path) -> Result<Self, ExportError> {
        let missing = folder
            .ancestors()
            .take_while(|path| !path.as_os_str().is_empty() && !path.exists());
        let created = Self(missing.map(Path::to_path_buf).collect());
        match fs::create_dir_all(folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(ExportError::NotAFolder(folder.to_path_buf()))
            }
            Err(error) => Err(ExportError::io(folder, error)),
            Ok(()) => Ok(created),
        }
    }

    pub fn keep(mut self) {
        self.0.clear();
    }
}

impl Drop for NewFolders {
    fn drop(&mut self) {
        for folder in &self.0 {
            // Only ever an empty folder; one that is in use by now stays.
            let _ = fs::remove_dir(folder);
        }
    }
}
