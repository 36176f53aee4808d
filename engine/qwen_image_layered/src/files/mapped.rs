use std::fs::File;
use std::ops::Range;
use std::path::Path;

use memmap2::Mmap;
use safetensors::tensor::{Metadata, TensorView};
use safetensors::{SafeTensorError, SafeTensors};

use super::lfs::refuse_lfs_pointer;
use crate::{ModelError, Result};

/// A safetensors file begins with the length of its header in 8 bytes.
const PREFIX: usize = 8;

/// A safetensors file, memory-mapped, of which only the header has been read.
pub(super) struct MappedFile {
    map: Mmap,
    header: Metadata,
    /// Where the tensors begin.
    start: usize,
}

impl MappedFile {
    pub fn open(path: &Path) -> Result<Self> {
        refuse_lfs_pointer(path)?;
        let map = map(path).map_err(|error| ModelError::io(path, error))?;
        let corrupt = |reason: String| ModelError::Corrupt {
            path: path.to_owned(),
            reason,
        };
        if map.len() < PREFIX {
            return Err(corrupt("it is too short to be a safetensors file".into()));
        }
        let (length, header) = SafeTensors::read_metadata(&map)
            .map_err(|error: SafeTensorError| corrupt(error.to_string()))?;
        Ok(Self {
            start: PREFIX + length,
            map,
            header,
        })
    }

    pub fn names(&self) -> Vec<String> {
        self.header.offset_keys()
    }

    pub fn view(&self, name: &str) -> Option<TensorView<'_>> {
        let tensor = self.header.info(name)?;
        let bytes = self.map.get(self.place(name)?)?;
        TensorView::new(tensor.dtype, tensor.shape.clone(), bytes).ok()
    }

    /// A tensor was read to the end: its pages need not stay in this program's memory. They are still cached for the next
    /// time for as long as nothing else needs the memory.
    pub fn release(&self, name: &str) {
        if let Some(place) = self.place(name) {
            release(&self.map, place);
        }
    }

    /// Of a tensor's bytes in the map.
    fn place(&self, name: &str) -> Option<Range<usize>> {
        let (begin, end) = self.header.info(name)?.data_offsets;
        let start = |offset: usize| self.start.checked_add(offset);
        Some(start(begin)?..start(end)?)
    }
}

#[allow(unsafe_code)]
fn map(path: &Path) -> std::io::Result<Mmap> {
    let file = File::open(path)?;
    // SAFETY: the mapping is read-only and the file is not written by this program. Another program that truncates a
    // model file while it is mapped could end this process, which holds for every program that maps its weights; the
    // alternative, a copy of up to 40 GB in memory, is worse.
    unsafe { Mmap::map(&file) }
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
