use std::collections::HashSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::report::FileReport;

/// Where one input's results go: `NAME.psd`, `NAME/` and `NAME.json` in the output folder. Everything is written into a
/// staging folder beside them first and moved into place at the end, so that a failed or stopped run changes nothing.
pub struct Outputs {
    folder: PathBuf,
    name: OsString,
    staging: TempDir,
}

impl Outputs {
    /// Fails before anything long starts when the folder cannot be written to. `taken` holds the names given to earlier
    /// inputs of this run: `a/poster.png` and `b/poster.png` must not overwrite each other.
    pub fn prepare(folder: &Path, input: &Path, taken: &mut HashSet<OsString>) -> Result<Self> {
        let name = free_name(input, taken);
        fs::create_dir_all(folder).with_context(|| {
            format!(
                "cannot make the folder {}; choose another with -o",
                folder.display()
            )
        })?;
        let layers = folder.join(&name);
        if layers.exists() && !layers.is_dir() {
            bail!(
                "{} is a file where the folder of layers belongs; choose another output folder with -o",
                layers.display()
            );
        }
        let staging = tempfile::Builder::new()
            .prefix(".lamina-")
            .tempdir_in(folder)
            .with_context(|| {
                format!(
                    "cannot write into {}; choose another folder with -o",
                    folder.display()
                )
            })?;
        Ok(Self {
            folder: folder.to_owned(),
            name,
            staging,
        })
    }

    pub fn staged_layers(&self) -> PathBuf {
        self.staging.path().join("layers")
    }

    /// Given a plain name, because one like `v1.2` must not lose what follows its dot.
    pub fn staged_psd(&self) -> PathBuf {
        self.staging.path().join("document.psd")
    }

    pub fn staged_report(&self) -> PathBuf {
        self.staging.path().join("report.json")
    }

    /// Where the staged PSD, or PSB, will lie.
    pub fn final_psd(&self, staged: &Path) -> PathBuf {
        self.file(
            staged
                .extension()
                .and_then(|extension| extension.to_str())
                .unwrap_or("psd"),
        )
    }

    /// The final path of `NAME.<extension>`.
    fn file(&self, extension: &str) -> PathBuf {
        let mut name = self.name.clone();
        name.push(".");
        name.push(extension);
        self.folder.join(name)
    }

    /// Moves everything into place, the report last: where it lies, the rest does too. Layers that an earlier run wrote
    /// and this one did not are removed; no other file is touched.
    pub fn publish(self, staged_psd: &Path) -> Result<PathBuf> {
        let layers = self.folder.join(&self.name);
        let psd = self.final_psd(staged_psd);
        let report = self.file("json");
        let stale = FileReport::layer_files(&report);
        let write = || -> std::io::Result<()> {
            fs::create_dir_all(&layers)?;
            for file in stale {
                // Gone already is as good as removed.
                fs::remove_file(layers.join(file)).ok();
            }
            for entry in fs::read_dir(self.staged_layers())? {
                let entry = entry?;
                fs::rename(entry.path(), layers.join(entry.file_name()))?;
            }
            fs::rename(staged_psd, &psd)?;
            fs::rename(self.staged_report(), &report)
        };
        write().with_context(|| {
            format!(
                "cannot move the results into {}; choose another folder with -o",
                self.folder.display()
            )
        })?;
        Ok(psd)
    }
}

/// The input's name without extension; with a number where that is taken.
fn free_name(input: &Path, taken: &mut HashSet<OsString>) -> OsString {
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
