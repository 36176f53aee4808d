//! Reading a file's bytes: regular files only, so that nothing waits on a pipe, and only up to the limit.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use crate::error::Problem;
use crate::limits::MAX_FILE_BYTES;

pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Problem> {
    let metadata = fs::metadata(path).map_err(problem)?;
    if !metadata.is_file() {
        return Err(Problem::NotAFile);
    }
    if metadata.len() > MAX_FILE_BYTES {
        return Err(Problem::FileTooLarge(metadata.len()));
    }
    let mut bytes = Vec::new();
    // The length may change or be a lie (as in /proc), so the limit holds for what is really read.
    File::open(path)
        .and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes))
        .map_err(problem)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(Problem::FileTooLarge(bytes.len() as u64));
    }
    Ok(bytes)
}

fn problem(error: io::Error) -> Problem {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Problem::Missing,
        io::ErrorKind::PermissionDenied => Problem::Forbidden,
        _ => Problem::Unreadable(error),
    }
}
