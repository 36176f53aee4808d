//! Where results go. Everything is written into a staging folder in the output folder first and moved into place at the
//! end, so that a failed or stopped run changes nothing.

mod document;
mod raw;
mod staging;

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

pub use document::{DocumentOutputs, REPORT};
pub use raw::{REPORT as RAW_REPORT, RawOutputs};
use staging::Staging;

/// Which job each name of results belongs to: `a/poster.png` and `b/poster.png` must not overwrite each other, while one
/// that is done again keeps its name.
#[derive(Default)]
pub struct TakenNames(HashMap<PathBuf, Owner>);

/// A picture, and which of the jobs on it.
pub type Owner = (PathBuf, usize);

impl TakenNames {
    /// For the owner's results in `folder`: the picture's name without extension; with a number where that is taken.
    pub fn name(&mut self, folder: &Path, owner: &Owner) -> OsString {
        let stem = owner.0.file_stem().unwrap_or("picture".as_ref());
        let mut name = stem.to_owned();
        let mut number = 2;
        loop {
            let holder = self.0.entry(folder.join(&name)).or_insert(owner.clone());
            if holder == owner {
                return name;
            }
            name = stem.to_owned();
            name.push(format!("-{number}"));
            number += 1;
        }
    }
}

/// Moves all files of a folder into another.
fn move_files(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        fs::rename(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}
