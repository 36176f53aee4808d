//! Pictures by their hash, and the folders of results.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use uuid::Uuid;

use super::Store;
use crate::ServiceError;

const PICTURES: &str = "pictures";
const RESULTS: &str = "results";
const ARRIVING: &str = "arriving";

impl Store {
    /// Makes the folders, and removes what never arrived whole.
    pub(crate) fn prepare_folders(&self) -> Result<(), ServiceError> {
        let arriving = self.folder.join(ARRIVING);
        let prepared = match fs::remove_dir_all(&arriving) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => [ARRIVING, PICTURES, RESULTS]
                .into_iter()
                .try_for_each(|name| fs::create_dir_all(self.folder.join(name))),
        };
        prepared.map_err(|error| ServiceError::Data {
            path: self.folder.clone(),
            error,
        })
    }

    /// A file for a picture that arrives; dropped, it is gone.
    pub(crate) fn arriving(&self) -> io::Result<NamedTempFile> {
        NamedTempFile::new_in(self.folder.join(ARRIVING))
    }

    /// The picture is whole, and on the disk before a job names it.
    pub(crate) fn keep_picture(&self, file: NamedTempFile, sha256: &str) -> io::Result<()> {
        file.as_file().sync_data()?;
        file.persist(self.picture(sha256))
            .map(drop)
            .map_err(|failed| failed.error)
    }

    /// Where a picture lies or would. `sha256` is in hexadecimal.
    pub(crate) fn picture(&self, sha256: &str) -> PathBuf {
        self.folder.join(PICTURES).join(sha256)
    }

    pub(crate) fn results(&self, id: Uuid) -> PathBuf {
        self.folder.join(RESULTS).join(id.to_string())
    }

    /// All pictures that lie there, by their hashes.
    pub(super) fn pictures(&self) -> io::Result<Vec<String>> {
        fs::read_dir(self.folder.join(PICTURES))?
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect()
    }
}

/// Bytes of all files below a folder; what goes meanwhile counts nothing.
pub fn bytes_below(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => bytes_below(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}
