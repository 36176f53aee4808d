//! GGUF (ggml-org/ggml, `docs/gguf.md`), versions 2 and 3.

mod cursor;
mod metadata;

use std::collections::{HashMap, HashSet};
use std::path::Path;

use candle_core::DType;
use kernels::Blocks;

use super::{Contents, Encoding, Entry};
use crate::{ModelError, Result};
use cursor::{Broken, Cursor};
pub use metadata::{Metadata, Value};

const MAGIC: &[u8] = b"GGUF";
const ALIGNMENT: &str = "general.alignment";
/// Of a tensor that its maker cut into other rows before it was quantised (city96/ComfyUI-GGUF, `tools/convert.py`).
const TRUE_SHAPE: &str = "comfy.gguf.orig_shape.";
const MOST_DIMENSIONS: u32 = 4;

pub(super) fn is_gguf(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

pub(super) fn read(path: &Path, bytes: &[u8]) -> Result<Contents> {
    contents(bytes).map_err(|Broken(reason)| ModelError::corrupt(path, reason))
}

fn contents(bytes: &[u8]) -> Result<Contents, Broken> {
    let mut cursor = Cursor::new(bytes, MAGIC.len());
    let version = cursor.u32()?;
    if !(2..=3).contains(&version) {
        return Err(Broken(format!("it is of GGUF version {version}")));
    }
    let (tensors, values) = (cursor.u64()?, cursor.u64()?);
    let metadata = Metadata::read(&mut cursor, values)?;
    let (mut found, mut names) = (Vec::new(), HashSet::new());
    for _ in 0..tensors {
        let tensor = Found::read(&mut cursor)?;
        if !names.insert(tensor.name) {
            return Err(Broken(format!("it has {} twice", tensor.name)));
        }
        found.push(tensor);
    }
    let alignment = match metadata.number(ALIGNMENT) {
        None => 32,
        Some(number) if number >= 1.0 && number <= f64::from(1 << 20) => number as usize,
        Some(number) => return Err(Broken(format!("its alignment is {number}"))),
    };
    let start = cursor
        .at()
        .checked_next_multiple_of(alignment)
        .unwrap_or(usize::MAX);
    let mut tensors = HashMap::new();
    for tensor in found {
        let mut entry = tensor.entry(start, bytes.len())?;
        let key = format!("{TRUE_SHAPE}{}", tensor.name);
        if let Some(shape) = metadata.numbers(&key, bytes) {
            let shape: Vec<usize> = shape.into_iter().map(|size| size as usize).collect();
            if product(&shape) != product(&entry.shape) {
                return Err(Broken(format!("{key} is not of its tensor")));
            }
            entry.shape = shape;
        }
        tensors.insert(tensor.name.to_owned(), entry);
    }
    Ok(Contents { tensors, metadata })
}

/// A tensor's line in the header.
struct Found<'a> {
    name: &'a str,
    /// Slowest first, as everywhere but in GGUF.
    shape: Vec<usize>,
    ggml_type: u32,
    /// From where the tensors begin.
    offset: u64,
}

impl<'a> Found<'a> {
    fn read(cursor: &mut Cursor<'a>) -> Result<Self, Broken> {
        let name = cursor.text()?;
        let dimensions = cursor.u32()?;
        if dimensions > MOST_DIMENSIONS {
            return Err(Broken(format!("{name} has {dimensions} dimensions")));
        }
        let mut shape = Vec::new();
        for _ in 0..dimensions {
            shape.push(cursor.size()?);
        }
        shape.reverse();
        Ok(Self {
            name,
            shape,
            ggml_type: cursor.u32()?,
            offset: cursor.u64()?,
        })
    }

    /// `start`: where the tensors begin in a file of so many bytes.
    fn entry(&self, start: usize, length: usize) -> Result<Entry, Broken> {
        let name = self.name;
        let count = product(&self.shape).ok_or_else(|| Broken(format!("{name} has no end")))?;
        let (encoding, bytes) = match (self.ggml_type, Blocks::of_ggml(self.ggml_type)) {
            (0, _) => (Encoding::Plain(DType::F32), count.checked_mul(4)),
            (1, _) => (Encoding::Plain(DType::F16), count.checked_mul(2)),
            (30, _) => (Encoding::Plain(DType::BF16), count.checked_mul(2)),
            (_, Some(blocks)) => {
                let row = self.shape.last().copied().unwrap_or_default();
                if !row.is_multiple_of(blocks.numbers()) {
                    return Err(Broken(format!(
                        "{name} has rows of {row}, which {} cannot hold",
                        blocks.name()
                    )));
                }
                let whole = count / blocks.numbers();
                (Encoding::Blocks(blocks), whole.checked_mul(blocks.bytes()))
            }
            // How long it is only its readers know.
            (other, None) => (Encoding::Unread(unread(other)), Some(0)),
        };
        let begin = usize::try_from(self.offset)
            .ok()
            .and_then(|offset| start.checked_add(offset));
        let place = begin.and_then(|begin| Some(begin..begin.checked_add(bytes?)?));
        match place.filter(|place| place.end <= length) {
            Some(place) => Ok(Entry::new(encoding, self.shape.clone(), place)),
            None => Err(Broken(format!("{name} ends beyond the file"))),
        }
    }
}

fn product(shape: &[usize]) -> Option<usize> {
    shape
        .iter()
        .try_fold(1usize, |product, size| product.checked_mul(*size))
}

/// The types that files of this model are known to be made in besides (ggml-org/ggml, `include/ggml.h`).
fn unread(ggml_type: u32) -> String {
    let name = match ggml_type {
        16 => "IQ2_XXS",
        17 => "IQ2_XS",
        18 => "IQ3_XXS",
        19 => "IQ1_S",
        21 => "IQ3_S",
        22 => "IQ2_S",
        29 => "IQ1_M",
        34 => "TQ1_0",
        35 => "TQ2_0",
        39 => "MXFP4",
        40 => "NVFP4",
        other => return format!("ggml's type {other}"),
    };
    name.into()
}
