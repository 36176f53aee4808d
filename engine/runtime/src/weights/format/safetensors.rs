use std::path::Path;

use candle_core::DType;
use safetensors::{Dtype, SafeTensorError, SafeTensors};

use super::gguf::{Metadata, Value};
use super::{Contents, Encoding, Entry};
use crate::{ModelError, Result};

/// A safetensors file begins with the length of its header in 8 bytes.
const PREFIX: usize = 8;

pub(super) fn read(path: &Path, bytes: &[u8]) -> Result<Contents> {
    if bytes.len() < PREFIX {
        return Err(ModelError::corrupt(
            path,
            "it is too short to be a safetensors file",
        ));
    }
    let (length, header) = SafeTensors::read_metadata(bytes)
        .map_err(|error: SafeTensorError| ModelError::corrupt(path, error.to_string()))?;
    let start = PREFIX + length;
    let tensors = header.tensors().into_iter().map(|(name, info)| {
        let (begin, end) = info.data_offsets;
        let entry = Entry::new(
            encoding(info.dtype),
            info.shape.clone(),
            start + begin..start + end,
        );
        (name, entry)
    });
    let metadata = header.metadata().iter().flatten();
    let metadata = metadata.map(|(key, text)| (key.clone(), Value::Text(text.clone())));
    Ok(Contents {
        tensors: tensors.collect(),
        metadata: Metadata::new(metadata.collect()),
    })
}

fn encoding(dtype: Dtype) -> Encoding {
    match dtype {
        Dtype::F32 => Encoding::Plain(DType::F32),
        Dtype::BF16 => Encoding::Plain(DType::BF16),
        Dtype::F16 => Encoding::Plain(DType::F16),
        Dtype::F8_E4M3 => Encoding::E4m3,
        Dtype::F8_E5M2 => Encoding::E5m2,
        other => Encoding::Unread(format!("{other:?}")),
    }
}
