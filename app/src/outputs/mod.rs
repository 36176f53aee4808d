//! Where results go. Everything is written into a staging folder in the output folder first and moved into place at the
//! end, so that a failed or stopped run changes nothing.

mod document;
mod raw;
mod staging;

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::Path;

pub use document::DocumentOutputs;
pub use raw::RawOutputs;
use staging::Staging;

/// The names that the inputs of one run have taken: `a/poster.png` and `b/poster.png` must not overwrite each other.
pub type Taken = HashSet<OsString>;

/// Moves all files of a folder into another.
fn move_files(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        fs::rename(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}

/// The input's name without extension; with a number where that is taken.
fn free_name(input: &Path, taken: &mut Taken) -> OsString {
    let stem = input.file_stem().unwrap_or("picture".as_ref());
    let mut name = stem.to_owned();
    let mut number = 2;
    while !taken.insert(name.clone()) {
        name = stem.to_owned();
        name.push(format!("-{number}"));
        number += 1;
    }
    name
}
