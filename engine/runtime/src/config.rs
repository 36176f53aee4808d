//! What a model's JSON files say.

use std::fs;
use std::path::Path;

use serde::de::DeserializeOwned;

use crate::weights::refuse_lfs_pointer;
use crate::{ModelError, Result};

/// Configurations are a few kilobytes; generation and processor files too.
const MAX_JSON_BYTES: u64 = 1 << 20;
/// No width, depth or count in the model is larger.
const MAX_SIZE: usize = 1 << 20;

pub fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let length = fs::metadata(path)
        .map_err(|error| ModelError::io(path, error))?
        .len();
    if length > MAX_JSON_BYTES {
        return Err(ModelError::config(path, "the file is too large"));
    }
    refuse_lfs_pointer(path)?;
    let text = fs::read_to_string(path).map_err(|error| ModelError::io(path, error))?;
    serde_json::from_str(&text).map_err(|error| ModelError::config(path, error.to_string()))
}

/// Each size is at least 1 and within reason, so that no later product overflows.
pub fn check_sizes(path: &Path, sizes: &[(&str, usize)]) -> Result<()> {
    for (name, size) in sizes {
        if !(1..=MAX_SIZE).contains(size) {
            return Err(ModelError::config(path, format!("{name} is {size}")));
        }
    }
    Ok(())
}

pub fn ensure(path: &Path, holds: bool, reason: &str) -> Result<()> {
    if holds {
        Ok(())
    } else {
        Err(ModelError::config(path, reason))
    }
}
