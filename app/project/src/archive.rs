//! Reading the ZIP: only what is asked for by name, in bounded memory; nothing is ever unpacked onto the disk.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use zip::ZipArchive;
use zip::result::ZipError;

use crate::error::Problem;

/// Enough for copying, and little to read for the name of an entry.
const READ_AT_ONCE: usize = 1 << 18;

pub struct Archive(ZipArchive<BufReader<File>>);

/// How an entry stands in its file, enough to know it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntryMark {
    pub crc32: u32,
    pub bytes: u64,
}

impl Archive {
    pub fn open(path: &Path) -> Result<Self, Problem> {
        let file = File::open(path)?;
        // Reading a pipe would wait for ever.
        if !file.metadata()?.is_file() {
            return Err(Problem::NotAProject);
        }
        match ZipArchive::new(BufReader::with_capacity(READ_AT_ONCE, file)) {
            Ok(archive) => Ok(Self(archive)),
            Err(ZipError::Io(error)) if error.kind() != std::io::ErrorKind::UnexpectedEof => {
                Err(error.into())
            }
            Err(_) => Err(Problem::NotAProject),
        }
    }

    /// # Errors
    /// When there is no such entry, or it is longer than `most` bytes, whatever its header says.
    pub fn read(&mut self, name: &str, most: u64) -> Result<Vec<u8>, Problem> {
        let entry = self.0.by_name(name);
        let entry = entry.map_err(|error| Problem::damaged(format!("{name}: {error}")))?;
        let too_long = || Problem::damaged(format!("{name} is longer than it can be"));
        if entry.size() > most {
            return Err(too_long());
        }
        let mut bytes = Vec::new();
        entry
            .take(most + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| Problem::damaged(format!("{name}: {error}")))?;
        if bytes.len() as u64 > most {
            return Err(too_long());
        }
        Ok(bytes)
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.index_for_name(name).is_some()
    }

    pub fn mark(&mut self, name: &str) -> Option<EntryMark> {
        let entry = self.0.by_name(name).ok()?;
        Some(EntryMark {
            crc32: entry.crc32(),
            bytes: entry.compressed_size(),
        })
    }

    pub fn zip(&mut self) -> &mut ZipArchive<BufReader<File>> {
        &mut self.0
    }
}
