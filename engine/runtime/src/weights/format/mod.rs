//! What a weight file's header says of its tensors, whatever its format: safetensors, with ComfyUI's quantised layers, or
//! GGUF. Nothing that a header asks for is allocated: all is checked against the file's own length first.

mod comfy;
mod encoding;
mod gguf;
mod safetensors;

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;

pub use encoding::{Encoding, NotFinite, Stored};
pub use gguf::Metadata;

use encoding::Scaling;

use crate::Result;

/// A file's tensors by its own names.
pub struct Contents {
    pub tensors: HashMap<String, Entry>,
    pub metadata: Metadata,
}

/// A tensor in a file.
#[derive(Debug)]
pub struct Entry {
    pub encoding: Encoding,
    /// Of the numbers, however many share a byte.
    pub shape: Vec<usize>,
    /// Of its bytes in the file.
    pub place: Range<usize>,
    scaling: Scaling,
}

impl Contents {
    pub fn read(path: &Path, bytes: &[u8]) -> Result<Self> {
        if gguf::is_gguf(bytes) {
            return gguf::read(path, bytes);
        }
        let mut contents = safetensors::read(path, bytes)?;
        comfy::resolve(&mut contents, path, bytes)?;
        Ok(contents)
    }
}

impl Entry {
    fn new(encoding: Encoding, shape: Vec<usize>, place: Range<usize>) -> Self {
        Self {
            encoding,
            shape,
            place,
            scaling: Scaling::None,
        }
    }

    /// `None` where the entry is not of this file.
    pub fn stored<'a>(&'a self, file: &'a [u8]) -> Option<Stored<'a>> {
        Stored::new(self, file)
    }

    /// With those of its scales.
    pub fn byte_count(&self) -> u64 {
        (self.place.len() + self.scaling.byte_count()) as u64
    }
}
