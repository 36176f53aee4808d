//! Where results go. Everything is written into a staging folder in the output folder first and moved into place at the
//! end, so that a failed or stopped run changes nothing.

mod document;
mod raw;

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tempfile::TempDir;

pub use document::DocumentOutputs;
pub use raw::RawOutputs;

/// The names that the inputs of one run have taken: `a/poster.png` and `b/poster.png` must not overwrite each other.
pub type Taken = HashSet<OsString>;

struct Staging {
    /// The output folder.
    folder: PathBuf,
    temporary: TempDir,
}

impl Staging {
    /// Fails before anything long starts when the folder cannot be written to.
    fn new(folder: &Path) -> Result<Self> {
        let advice = "choose another with -o";
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder {}; {advice}", folder.display()))?;
        let temporary = tempfile::Builder::new()
            .prefix(".lamina-")
            .tempdir_in(folder)
            .with_context(|| {
                format!(
                    "cannot write into the folder {}; {advice}",
                    folder.display()
                )
            })?;
        Ok(Self {
            folder: folder.to_owned(),
            temporary,
        })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.temporary.path().join(name)
    }

    /// Runs the moves that end a job, and says where they failed.
    fn publish(&self, moves: impl FnOnce() -> io::Result<()>) -> Result<()> {
        moves().with_context(|| {
            format!(
                "cannot move the results into {}; choose another folder with -o",
                self.folder.display()
            )
        })
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
