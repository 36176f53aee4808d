use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::{ModelError, Result};

const LFS_MARK: &[u8] = b"version https://git-lfs";

/// A repository cloned without git-LFS holds small text files in place of the large ones.
pub fn refuse_lfs_pointer(path: &Path) -> Result<()> {
    let mut start = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LFS_MARK.len() as u64).read_to_end(&mut start))
        .map_err(|error| ModelError::io(path, error))?;
    if start == LFS_MARK {
        return Err(ModelError::LfsPointer(path.to_owned()));
    }
    Ok(())
}
