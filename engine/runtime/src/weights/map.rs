use std::fs::{File, Metadata};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use memmap2::Mmap;

use super::lfs::refuse_lfs_pointer;
use crate::{ModelError, Result};

/// A file, memory-mapped.
pub struct FileMap {
    path: PathBuf,
    map: Mmap,
    state: State,
}

/// What changes when a file is written.
#[derive(PartialEq)]
struct State {
    length: u64,
    modified: Option<SystemTime>,
}

impl FileMap {
    pub fn open(path: &Path) -> Result<Self> {
        refuse_lfs_pointer(path)?;
        let io = |error| ModelError::io(path, error);
        let file = File::open(path).map_err(io)?;
        Ok(Self {
            state: State::of(&file.metadata().map_err(io)?),
            map: map(&file).map_err(io)?,
            path: path.to_owned(),
        })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn bytes(&self) -> &[u8] {
        &self.map
    }

    /// Fails where the file was written since it was opened: what was read may be half of one and half of another.
    pub fn check_unchanged(&self) -> Result<()> {
        let now = self.path.metadata();
        let now = now.map_err(|error| ModelError::io(&self.path, error))?;
        match State::of(&now) == self.state {
            true => Ok(()),
            false => Err(ModelError::Changed(self.path.clone())),
        }
    }

    /// Bytes were read to the end: their pages need not stay in this program's memory. They are still cached for the next
    /// time for as long as nothing else needs the memory.
    pub fn release(&self, place: Range<usize>) {
        release(&self.map, place);
    }
}

impl State {
    fn of(metadata: &Metadata) -> Self {
        Self {
            length: metadata.len(),
            modified: metadata.modified().ok(),
        }
    }
}

#[allow(unsafe_code)]
fn map(file: &File) -> std::io::Result<Mmap> {
    // SAFETY: the mapping is read-only and the file is not written by this program. Another program that truncates a
    // model file while it is mapped could end this process, which holds for every program that maps its weights; the
    // alternative, a copy of up to 40 GB in memory, is worse.
    unsafe { Mmap::map(file) }
}

#[cfg(unix)]
#[allow(unsafe_code)]
fn release(map: &Mmap, place: Range<usize>) {
    if place.end > map.len() {
        return;
    }
    // SAFETY: the range is in the map, and pages of a file that nobody writes are read from it again when they are used.
    let _ = unsafe {
        map.unchecked_advise_range(memmap2::UncheckedAdvice::DontNeed, place.start, place.len())
    };
}

/// Elsewhere the system decides by itself what stays.
#[cfg(not(unix))]
fn release(_: &Mmap, _: Range<usize>) {}
