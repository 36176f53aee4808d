//! What is refused before anything is decoded: what is no regular file, so that nothing waits on a pipe, what is longer
//! than the limit, and a picture of no pixels or too many.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use crate::error::Problem;
use crate::limits::{MAX_FILE_BYTES, MAX_PIXELS, MAX_SIDE};

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

/// Refuses a picture of no pixels or too many.
pub(crate) fn check_size(width: u32, height: u32) -> Result<(), Problem> {
    if width == 0 || height == 0 {
        return Err(Problem::NoPixels);
    }
    let pixels = u64::from(width) * u64::from(height);
    if width > MAX_SIDE || height > MAX_SIDE || pixels > MAX_PIXELS {
        return Err(Problem::TooManyPixels { width, height });
    }
    Ok(())
}
