use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::{Staging, move_files};
use crate::report::written_layers;

/// The extension of a run's report.
pub const REPORT: &str = "json";

/// `NAME.psd`, the folder of layers `NAME/` and `NAME.json` in the output folder.
pub struct DocumentOutputs {
    name: OsString,
    staging: Staging,
}

impl DocumentOutputs {
    pub fn prepare(folder: &Path, name: OsString) -> Result<Self> {
        let layers = folder.join(&name);
        if layers.exists() && !layers.is_dir() {
            bail!(
                "{} is a file where the folder of layers belongs; choose another output folder with -o",
                layers.display()
            );
        }
        let staging = Staging::new(folder)?;
        Ok(Self { name, staging })
    }

    pub fn staged_layers(&self) -> PathBuf {
        self.staging.path("layers")
    }

    pub fn staged_psd(&self, psb: bool) -> PathBuf {
        self.staged(if psb { "psb" } else { "psd" })
    }

    /// Given a plain name, because one like `v1.2` must not lose what follows its dot.
    pub fn staged(&self, extension: &str) -> PathBuf {
        self.staging.path(&format!("document.{extension}"))
    }

    pub fn staged_report(&self) -> PathBuf {
        self.staging.path("report.json")
    }

    /// Where the staged PSD, or PSB, will lie.
    pub fn final_psd(&self, staged: &Path) -> PathBuf {
        self.final_file(staged)
    }

    fn final_file(&self, staged: &Path) -> PathBuf {
        self.at(staged
            .extension()
            .and_then(|extension| extension.to_str())
            .unwrap_or("psd"))
    }

    /// The final path of `NAME.<extension>`.
    fn at(&self, extension: &str) -> PathBuf {
        Self::file(&self.staging.folder, &self.name, extension)
    }

    /// Where a run's file of that name and extension lies: a name like `v1.2` keeps what follows its dot.
    pub fn file(folder: &Path, name: &OsStr, extension: &str) -> PathBuf {
        let mut name = name.to_owned();
        name.push(".");
        name.push(extension);
        folder.join(name)
    }

    /// Moves everything into place, the report last: where it lies, the rest does too. Layers that an earlier run wrote
    /// and this one did not are removed; no other file is touched.
    pub fn publish(self, staged_psd: &Path, also: &[PathBuf]) -> Result<PathBuf> {
        let layers = self.staging.folder.join(&self.name);
        let psd = self.final_psd(staged_psd);
        let report = self.at(REPORT);
        let stale = written_layers(&report);
        self.staging.publish(|| {
            fs::create_dir_all(&layers)?;
            for file in stale {
                // Gone already is as good as removed.
                fs::remove_file(layers.join(file)).ok();
            }
            move_files(&self.staged_layers(), &layers)?;
            fs::rename(staged_psd, &psd)?;
            for staged in also {
                fs::rename(staged, self.final_file(staged))?;
            }
            fs::rename(self.staged_report(), &report)
        })?;
        Ok(psd)
    }
}
