use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempPath};

use crate::ExportError;

/// A file that appears under its name only once it is whole: written beside its place, then renamed.
/// Dropped before [`FinishedFile::keep`], it leaves nothing.
pub struct AtomicFile {
    target: PathBuf,
    temporary: NamedTempFile,
    folders: NewFolders,
}

impl AtomicFile {
    /// Makes the folders that are missing.
    pub fn create(target: &Path) -> Result<Self, ExportError> {
        if target.file_name().is_none() {
            return Err(ExportError::NoFileName(target.to_path_buf()));
        }
        // Renaming over a device such as /dev/null would replace it.
        if fs::metadata(target).is_ok_and(|found| !found.is_file()) {
            return Err(ExportError::NotAFile(target.to_path_buf()));
        }
        let folder = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let folders = NewFolders::create(folder)?;
        let temporary = builder()
            .tempfile_in(folder)
            .map_err(|error| ExportError::io(target, error))?;
        Ok(Self {
            target: target.to_path_buf(),
            temporary,
            folders,
        })
    }

    pub fn file(&mut self) -> &mut fs::File {
        self.temporary.as_file_mut()
    }

    /// Closes the file once its content is safely on the disk.
    pub fn finish(self) -> Result<FinishedFile, ExportError> {
        let Self {
            target,
            temporary,
            folders,
        } = self;
        // Without this a power cut could leave the name on an empty file, and a network disk could refuse the data
        // after the rename.
        temporary
            .as_file()
            .sync_data()
            .map_err(|error| ExportError::io(&target, error))?;
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

/// A new file as any program makes it: readable by whom the umask allows, not only by its owner.
fn builder() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".lamina-").suffix(".part");
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
